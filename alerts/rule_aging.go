package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// agingMemory is what tells of a lamp's battery how much it still holds: energy
// counted since it was full, what a gauge and the voltage made of it in the
// nights, and its resistance.
type agingMemory struct {
	at     moment  // of the newest look
	night  moment  // the noon that tonight began at
	fullAt moment  // when it was last full; 0 while that is not known
	flowed float32 // Wh by the meters since the consumption counter moved; NaN before it did
	used   float64 // Wh, that counter then, and one; 0 where not sent
	watts  float32 // out of the battery at the newest look
	volts  float32 // of a cell, then
	amps   float32 // out of the battery, then; NaN where not measured
	out    float32 // Wh net since it was full
	drawn  float32 // Wh tonight

	socFrom, drawnFrom float32 // where the gauge began tonight
	socTo, drawnTo     float32 // where it stands

	gaugeWh, gaugePct    float32  // drawn, and the gauge's fall, of the last nights, fading
	gaugeNew             float32  // Wh for a % of it in the first nights; 0 before
	first, lately        stepSums // of steps of the current: of the first nights, and of the last, fading
	evidence             uint8    // points for a worn battery, up to 6
	strained             uint8    // nights in a row in which its resistance was too high, up to three
	fell                 bool     // by a cell at once, and has not come back since
	sound, plunged, weak bool     // tonight: nothing wrong could be seen; fell from far above empty; a gauge or step said so
}

// pointsToFire are two plunges, or three nights of a gauge.
const (
	pointsToFire = 3
	pointsMost   = 6
)

// forget begins anew, of a battery that was changed.
func (m *agingMemory) forget() { *m = agingMemory{} }

// see follows the battery's energy.
func (m *agingMemory) see(k *look) {
	l, r := k.l, k.r
	j := k.e.judgedAt(l, k.at)
	if m.night != momentOf(j.whole.from) {
		m.turn(k, j.whole.from)
		m.night = momentOf(j.whole.from)
	}
	v, hasV := r.Get(device.BatteryV)
	cell := float32(math.NaN())
	if hasV && v >= noBattery*cellsOf(&l.known, v) {
		cell = float32(v / cellsOf(&l.known, v))
	}
	amps, watts := outOf(k, v)
	if watts != watts && j.dark.has(k.at) {
		watts = float64(m.watts) // a message that lacks it changes no load
	}
	gap := k.at.Sub(m.at.millis())
	m.count(r, gap, float32(watts))
	if m.isFull(k, cell) {
		m.fullAt, m.out = momentOf(k.at), 0
	}
	m.gauge(k, watts)
	if gap <= longestGap {
		m.step(k, j, cell, float32(amps))
	}
	m.fall(k, cell, gap)
	m.plunge(k, cell, watts)
	m.sag(k, float64(cell), amps)
	m.at, m.watts, m.volts, m.amps = momentOf(k.at), float32(watts), cell, float32(amps)
}

// outOf is what flows out of the battery, negative while it is charged: by its own shunt, or as the load
// less what the panel gives. NaN where nothing tells.
func outOf(k *look, v float64) (amps, watts float64) {
	if v == 0 {
		v = k.l.known.nominal
	}
	if a, ok := k.r.Get(device.BatteryA); ok {
		return -a, -a * v
	}
	p := k.r.Value(device.PanelW)
	if math.IsNaN(p) {
		if charging(k.r) {
			return math.NaN(), math.NaN()
		}
		p = 0
	}
	return (k.watts - p) / v, k.watts - p
}

// count adds the energy since the look before: what flowed, set right by what the consumption counter says.
func (m *agingMemory) count(r *device.Reading, gap time.Duration, watts float32) {
	mean := (m.watts + watts) / 2
	n, counted := r.Get(device.ConsumedWh)
	if gap > 2*time.Hour || mean != mean {
		if gap > 12*time.Hour {
			m.fullAt = 0 // the count is lost
		}
		m.used = 0
		return
	}
	wh := mean * float32(gap.Hours())
	if wh <= 0 {
		m.out, m.used = max(0, m.out+0.9*wh), 0 // some of the charge is lost
		return
	}
	m.flowed += wh
	if counted {
		wh += m.correct(n)
	}
	m.drawn += wh
	m.out += wh
}

// correct is by how much more was consumed than flowed by the meters since the counter moved before: many count in steps of
// 10 Wh, so that one which stands says nothing, and what it says counts from one move to the next.
func (m *agingMemory) correct(n float64) (wh float32) {
	d := float32(n + 1 - m.used)
	switch {
	case m.used == 0 || d < 0:
		m.flowed = float32(math.NaN()) // it may have moved long ago
	case d == 0:
		return 0
	case d < 3*m.flowed+5:
		wh = d - m.flowed
	}
	if m.used != 0 && d > 0 {
		m.flowed = 0
	}
	m.used = n + 1
	return wh
}

// isFull says that the charger has ended: floating, or at the end of boost with little flowing.
func (m *agingMemory) isFull(k *look, cell float32) bool {
	if s, ok := k.r.Get(device.ChargeState); ok && s == 3 {
		return true
	}
	if soc, _, counted := k.l.battery.charge(k.r); counted {
		return soc >= 99 && (k.l.battery.gauge != gaugeCount || !(float64(cell) < chargeEnds(k)))
	}
	end := float32(2.35)
	if k.l.known.lithium {
		end = 3.45
	}
	return cell >= end && k.l.lit != lit
}

// chargeEnds is the voltage of a cell near which a charge ends. A controller's count climbs to 100 % in weeks of rain though the
// battery was never full: it counts all that goes in, of which lead keeps 85 to 90 % (IEC 61427-1).
func chargeEnds(k *look) float64 {
	if k.l.known.lithium {
		return k.l.rules.panel.lithiumFull
	}
	return k.l.rules.panel.leadFull
}

// gauge follows a BMS's own state of charge in the night. A counter of the controller knows
// the nominal capacity only, and one made of the voltage nothing on LiFePO4.
func (m *agingMemory) gauge(k *look, watts float64) {
	soc, ok, _ := k.l.battery.charge(k.r)
	if !ok || k.l.battery.gauge != gaugeBMS || !(watts > 0) {
		return
	}
	if m.socFrom == 0 || float32(soc) > m.socTo+3 {
		m.socFrom, m.drawnFrom = float32(soc), m.drawn
	}
	m.socTo, m.drawnTo = float32(soc), m.drawn
}

// wholeWh is what the battery held when it was new, or where the roster does not say, by its BMS in the first nights; 0 where
// neither tells.
func (l *lampState) wholeWh() float64 {
	if l.known.batteryAh == 0 {
		return 100 * float64(l.aging.gaugeNew)
	}
	return l.known.batteryAh * l.known.nominal
}

// gaugePctFirst is how far, in %, a gauge must have fallen in the first nights to tell what a new battery holds.
const gaugePctFirst = 25

// turn puts the night that ends into the balance.
func (m *agingMemory) turn(k *look, noon device.Millis) {
	lim, whole := &k.l.rules.battery, k.l.wholeWh()
	if pct := m.socFrom - m.socTo; m.socFrom > 0 && pct >= 5 {
		m.gaugeWh = 0.6*m.gaugeWh + m.drawnTo - m.drawnFrom
		m.gaugePct = 0.6*m.gaugePct + pct
		if m.gaugeNew == 0 && m.gaugePct >= gaugePctFirst {
			m.gaugeNew = m.gaugeWh / m.gaugePct
		}
		if m.gaugePct >= gaugePctEnough && whole > 0 {
			share := float64(m.gaugeWh) / float64(m.gaugePct) * 100 / whole
			m.weak = m.weak || share < lim.agedShare
			m.sound = m.sound || share > lim.agedSound
		}
	}
	m.resist(k, noon)
	switch t := k.l.tracks[fOverheat]; {
	case t != nil && (t.phase == firing || k.at.Sub(t.endedAt) < 7*24*time.Hour):
		// heat empties a battery too
	case m.plunged || m.fell:
		m.evidence = min(m.evidence+2, pointsMost)
	case m.weak:
		m.evidence = min(m.evidence+1, pointsMost)
	case m.sound && m.evidence > 0:
		m.evidence--
	}
	m.socFrom, m.socTo, m.drawn, m.drawnFrom, m.drawnTo = 0, 0, 0, 0, 0
	m.sound, m.plunged, m.weak = false, false, false
}

// agingRule: nights in which the battery fell from far above empty, gave by its own gauge far less than it held when new,
// stood too low for what it gave, resisted far more than it used to, or lacked a cell.
func agingRule(k *look) verdict {
	m := &k.l.aging
	switch {
	case m.evidence >= pointsToFire:
		return verdict{is: holds, atOnce: true, detail: agingDetail}
	case m.evidence == 0 && (m.sound || m.asBefore()):
		return verdict{is: healthy, detail: agingDetail}
	}
	return verdict{}
}

func agingDetail(k *look) map[string]any {
	m := &k.l.aging
	detail := figures(k.r, device.BatteryV, device.BatterySoC)
	if whole := k.l.wholeWh(); whole > 0 {
		detail["new_wh"] = round(whole)
		if m.gaugePct > 0 {
			detail["left_wh"] = round(float64(m.gaugeWh) / float64(m.gaugePct) * 100)
		}
	}
	if m.first.known() && m.lately.known() {
		now, _ := m.lately.ohms()
		first, _ := m.first.ohms()
		detail["ohm_per_cell"], detail["ohm_per_cell_before"] = round(now), round(first)
	}
	return detail
}
