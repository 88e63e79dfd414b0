package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// stepSums are the sums of a line through the origin: by how much the voltage of a cell moved with the current from one
// look to the next. Its slope is the resistance.
type stepSums struct {
	va, aa float32 // V·A and A²
	vv, n  float32 // V², and how many
}

func (s *stepSums) add(dv, da float32) {
	s.va, s.aa, s.vv, s.n = s.va+dv*da, s.aa+da*da, s.vv+dv*dv, s.n+1
}

// fade makes older steps count less.
func (s *stepSums) fade(share float32) {
	s.va, s.aa, s.vv, s.n = s.va*share, s.aa*share, s.vv*share, s.n*share
}

// join adds the steps of another time.
func (s *stepSums) join(o *stepSums) {
	s.va, s.aa, s.vv, s.n = s.va+o.va, s.aa+o.aa, s.vv+o.vv, s.n+o.n
}

// leastNoise is in V per cell, of the difference of two readings that are rounded to 10 mV and noisy by as much again.
const leastNoise = 0.0035

// ohms is the resistance of a cell and its standard error, Ω; NaN where there was no step.
func (s *stepSums) ohms() (r, blur float64) {
	va, aa, vv, n := float64(s.va), float64(s.aa), float64(s.vv), float64(s.n)
	if n == 0 || aa == 0 {
		return math.NaN(), math.Inf(1)
	}
	r = va / aa
	noise := math.Sqrt(max(vv-va*r, 0) / max(n-1, 1))
	return r, max(noise, leastNoise) / math.Sqrt(aa)
}

// within says that the resistance is known to within a share.
func (s *stepSums) within(share float64) bool {
	r, blur := s.ohms()
	return blur <= share*r
}

// known says that it is known well enough to compare with.
func (s *stepSums) known() bool { return s.within(0.25) }

// Figures of steps.
const (
	leastStep  = 0.15             // A, several times what a shunt errs
	longestGap = 35 * time.Minute // between two looks: in more the charge itself moves the voltage
	mostStep   = 0.2              // V per cell: what moves more is no resistance
	perKelvin  = 0.012            // by which a cell's resistance grows for each K below 25 °C (data sheets of lead and LiFePO4)
	topVolts   = 3.40             // V of a LiFePO4 cell, from which on the end of the charge lifts it
	surface    = 90 * time.Minute // after sunset, in which the charge at the plates' surface wears off
	trickleA   = 0.1              // A into the battery, as a shunt's error may have it by night
)

// step learns the resistance from changes of the current: by night once the surface charge is gone, until the hour after
// sunrise; of LiFePO4, whose voltage is flat, by day too while it is charged.
func (m *agingMemory) step(k *look, j *judged, cell, amps float32) {
	dv, da := cell-m.volts, m.amps-amps
	if !(max(da, -da) >= leastStep) || !(max(dv, -dv) < mostStep) || m.coarse(k) {
		return
	}
	if float64(min(cell, m.volts)) < k.l.rules.battery.cells(&k.l.known).rest {
		return // near its end the voltage falls by itself
	}
	byNight := k.at > j.dark.from.Add(surface) && k.at < j.dark.to.Add(time.Hour)
	byDay := k.at >= j.dark.to.Add(time.Hour) || k.at < j.dark.from
	switch {
	case byNight && min(amps, m.amps) >= -trickleA:
	case byDay && k.l.known.lithium && max(amps, m.amps) < 0 && max(cell, m.volts) < topVolts:
	default:
		return
	}
	t := k.l.battery.temp
	if t != t {
		t = float32(k.e.kinOf(k.l.known.lithium, j.whole.from).warmth)
	}
	if t == t {
		dv /= 1 + perKelvin*max(25-t, 0)
	}
	m.lately.add(dv, da)
}

// coarse says that both voltages are of those that a voltmeter of 0.05 V or 0.1 V can show: its rounding is greater than what a step does.
func (m *agingMemory) coarse(k *look) bool {
	const toTheVolt = 20
	v := k.r.Value(device.BatteryV)
	before := float64(m.volts) * cellsOf(&k.l.known, v)
	whole := func(n float64) bool { return math.Abs(n-math.Round(n)) < 0.02 }
	return whole(v*toTheVolt) && whole(before*toTheVolt)
}

// Figures of the judgement.
const (
	fewSteps     = 3
	stepsKept    = 0.8  // of a night's steps the night after
	firstSure    = 0.12 // error, as a share, from which on the first nights need no more
	resistAlike  = 1.35 // times: a night with less still counts among the first
	resistSpread = 0.3  // by which cells of one kind and size differ
	resistSure   = 2.5  // standard errors
	resistCold   = 1.3  // times, by which cold may raise it where neither thermometer nor others tell
	resistDoubt  = 0.4  // error of what it should be, as a share, that is too much to judge by
)

// resist puts the steps of the night that ends into the balance: three nights in a row in which the resistance is surely too high
// make a worn battery, and one in which it is as it should be takes that back.
func (m *agingMemory) resist(k *look, noon device.Millis) {
	r, blur := m.lately.ohms()
	ref, doubt := m.reference(k, noon)
	most := k.l.rules.battery.agedResist
	switch {
	case !m.first.within(firstSure) && (m.first.n < fewSteps || !(r > resistAlike*ref && ref > 0)):
		m.first.join(&m.lately)
		m.lately = stepSums{}
	case m.lately.n < fewSteps || !(doubt <= resistDoubt*ref):
	case r-most*ref > resistSure*math.Hypot(blur, most*doubt):
		if m.strained < pointsToFire {
			m.strained++
			if m.strained == pointsToFire {
				m.evidence = min(m.evidence+pointsToFire, pointsMost)
			}
		}
	case m.strained < pointsToFire:
		m.strained = 0
	case m.lately.known() && r <= resistAlike*ref:
		m.strained = 0
		m.evidence -= min(m.evidence, pointsToFire)
	}
	m.lately.fade(stepsKept)
}

// asBefore says that the resistance is known to be what it was in the first nights.
func (m *agingMemory) asBefore() bool {
	first, _ := m.first.ohms()
	now, _ := m.lately.ohms()
	return m.first.known() && m.lately.known() && now <= resistAlike*first
}

// reference is the resistance that a cell should have, and its error: that of its first nights, and of the others of its
// kind in theirs as far as its own is not known; by as much more as theirs has grown since then, which is the season.
func (m *agingMemory) reference(k *look, noon device.Millis) (r, blur float64) {
	r, blur = m.first.ohms()
	kin, ah := k.e.kinOf(k.l.known.lithium, noon), k.l.known.batteryAh
	if kin.ohmAh > 0 && ah > 0 {
		theirs := kin.ohmAh / ah
		own, other := 1/(blur*blur), 1/(resistSpread*resistSpread*theirs*theirs)
		if own == 0 {
			r = 0
		}
		r, blur = (r*own+theirs*other)/(own+other), 1/math.Sqrt(own+other)
	}
	season := kin.season
	if season == 0 {
		season = 1
		if t := k.l.battery.temp; t != t && math.IsNaN(kin.warmth) {
			season = resistCold
		}
	}
	return r * season, blur * season
}
