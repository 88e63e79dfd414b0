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
	night  device.Millis // the noon that tonight began at
	at     device.Millis // of the newest look
	fullAt device.Millis // when it was last full
	used   float64       // Wh, the consumption counter at the newest look, and one; 0 where not sent
	watts  float32       // out of the battery, then
	volts  float32       // of a cell, then
	amps   float32       // out of the battery, then; NaN where not measured
	out    float32       // Wh net since it was full
	drawn  float32       // Wh tonight

	socFrom, drawnFrom float32 // where the gauge began tonight
	socTo, drawnTo     float32 // where it stands

	gaugeWh, gaugePct    float32 // drawn, and the gauge's fall, of the last nights, fading
	stepVA, stepAA       float32 // of load steps of the last nights, fading: slope is resistance
	firstVA, firstAA     float32 // of the first nights
	steps, firstSteps    uint16
	evidence             uint8 // points for a worn battery, up to 6
	sound, plunged, weak bool  // tonight: nothing wrong could be seen; fell from far above empty; a gauge or step said so
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
	if m.night != j.whole.from {
		m.turn(k)
		m.night = j.whole.from
	}
	v, hasV := r.Get(device.BatteryV)
	cell := float32(math.NaN())
	if hasV && v >= noBattery*cellsOf(&l.known, v) {
		cell = float32(v / cellsOf(&l.known, v))
	}
	amps, watts := outOf(k, v)
	gap := k.at.Sub(m.at)
	m.count(r, gap, float32(watts))
	if m.isFull(k, cell) {
		m.fullAt, m.out = k.at, 0
	}
	m.gauge(k, watts)
	if dark := k.at > j.dark.from.Add(90*time.Minute) && k.at < j.dark.to; dark && gap <= 12*time.Minute {
		m.step(cell, float32(amps))
	}
	m.plunge(k, cell, watts)
	m.at, m.watts, m.volts, m.amps = k.at, float32(watts), cell, float32(amps)
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

// count adds the energy since the look before: what the consumption counter says, or what flowed.
func (m *agingMemory) count(r *device.Reading, gap time.Duration, watts float32) {
	mean, before := (m.watts+watts)/2, m.used
	m.used = 0
	if n, ok := r.Get(device.ConsumedWh); ok {
		m.used = n + 1
	}
	if gap > 2*time.Hour || mean != mean {
		if gap > 12*time.Hour {
			m.fullAt = 0 // the count is lost
		}
		return
	}
	wh := mean * float32(gap.Hours())
	if d := m.used - before; before > 0 && m.used > 0 && d >= 0 && mean > 0 && float32(d) < 3*wh+5 {
		wh = float32(d)
	}
	if wh > 0 {
		m.drawn += wh
		m.out += wh
	} else {
		m.out = max(0, m.out+0.9*wh) // some of the charge is lost
	}
}

// isFull says that the charger has ended: floating, or at the end of boost with little flowing.
func (m *agingMemory) isFull(k *look, cell float32) bool {
	if s, ok := k.r.Get(device.ChargeState); ok && s == 3 {
		return true
	}
	if soc, _, counted := k.l.battery.charge(k.r); counted {
		return soc >= 99
	}
	end := float32(2.35)
	if k.l.known.lithium {
		end = 3.45
	}
	return cell >= end && k.l.lit != lit
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

// step learns the resistance from changes of the load.
func (m *agingMemory) step(cell, amps float32) {
	dv, da := m.volts-cell, amps-m.amps
	if !(max(da, -da) >= 0.15) || !(max(dv, -dv) < 0.2) || amps < 0 || m.amps < 0 {
		return
	}
	m.stepVA += dv * da
	m.stepAA += da * da
	m.steps = min(m.steps+1, math.MaxUint16-1)
}

// plunge notes a battery that is low although, since it was full, or by a gauge
// that counts, far less was drawn than it holds.
func (m *agingMemory) plunge(k *look, cell float32, watts float64) {
	l, lim := k.l, &k.l.rules.battery
	whole := l.wholeWh()
	if whole == 0 || !(float64(cell) <= lim.cells(&l.known).low) || !(watts > 0) {
		return
	}
	if m.fullAt != 0 && k.at.Sub(m.fullAt) < 4*24*time.Hour {
		depth := float64(m.out) / whole
		m.plunged = m.plunged || depth < lim.agedDepth
		m.sound = m.sound || depth > lim.agedSound
	}
	if soc, ok, _ := l.battery.charge(k.r); ok && l.battery.gauge == gaugeCount && soc >= countedFar+m.drift(k) {
		m.weak = true // a count drifts, so it weighs less
	}
}

// countedFar is how far from empty, in %, a count must stand for a battery that is low to be worn: end of life is 80 %, and cold
// and the age that is usual take some 20 % more.
const countedFar = 45

// drift is by how much, in %, a count may stand too high: lead keeps 85 to 90 % of what goes in, of which a dull day's is
// some 8 % of the battery, and only a full charge sets the count right (IEC 61427-1).
func (m *agingMemory) drift(k *look) float64 {
	const aDay, most = 1.0, 20.0
	if k.l.known.lithium {
		return 0
	}
	if m.fullAt == 0 {
		return most
	}
	return min(aDay*k.at.Sub(m.fullAt).Hours()/24, most)
}

// wholeWh is what the battery held when it was new, 0 where that is not known.
func (l *lampState) wholeWh() float64 { return l.known.batteryAh * l.known.nominal }

// turn puts the night that ends into the balance.
func (m *agingMemory) turn(k *look) {
	lim, whole := &k.l.rules.battery, k.l.wholeWh()
	if pct := m.socFrom - m.socTo; m.socFrom > 0 && pct >= 5 && whole > 0 {
		m.gaugeWh = 0.6*m.gaugeWh + m.drawnTo - m.drawnFrom
		m.gaugePct = 0.6*m.gaugePct + pct
		if m.gaugePct >= 15 {
			share := float64(m.gaugeWh) / float64(m.gaugePct) * 100 / whole
			m.weak = m.weak || share < lim.agedShare
			m.sound = m.sound || share > lim.agedSound
		}
	}
	m.resist(lim)
	switch t := k.l.tracks[fOverheat]; {
	case t != nil && (t.phase == firing || k.at.Sub(t.endedAt) < 7*24*time.Hour):
		// heat empties a battery too
	case m.plunged:
		m.evidence = min(m.evidence+2, pointsMost)
	case m.weak:
		m.evidence = min(m.evidence+1, pointsMost)
	case m.sound && m.evidence > 0:
		m.evidence--
	}
	m.socFrom, m.socTo, m.drawn, m.drawnFrom, m.drawnTo = 0, 0, 0, 0, 0
	m.sound, m.plunged, m.weak = false, false, false
}

// stepsToLearn and stepsToJudge are how many load steps make a resistance, against
// a voltage that is read to 10 mV.
const (
	stepsToLearn = 200
	stepsToJudge = 100
)

func (m *agingMemory) resist(lim *batteryLimits) {
	if m.firstSteps < stepsToLearn {
		m.firstVA, m.firstAA, m.firstSteps = m.firstVA+m.stepVA, m.firstAA+m.stepAA, m.firstSteps+m.steps
		m.stepVA, m.stepAA, m.steps = 0, 0, 0
		return
	}
	if first := m.firstVA / m.firstAA; m.steps >= stepsToJudge && first > 0.001 {
		m.weak = m.weak || float64(m.stepVA/m.stepAA/first) > lim.agedResist
	}
	m.stepVA, m.stepAA, m.steps = 0.7*m.stepVA, 0.7*m.stepAA, m.steps*7/10
}

// agingRule: nights in which the battery fell from far above empty, gave by its own gauge
// far less than it held when new, or resisted far more than it used to.
func agingRule(k *look) verdict {
	m := &k.l.aging
	switch {
	case m.evidence >= pointsToFire:
		return verdict{is: holds, atOnce: true, detail: agingDetail}
	case m.evidence == 0 && m.sound:
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
	if m.firstAA > 0 && m.stepAA > 0 {
		detail["ohm_per_cell"], detail["ohm_per_cell_before"] = round(float64(m.stepVA/m.stepAA)), round(float64(m.firstVA/m.firstAA))
	}
	return detail
}

const agingVersion = 1

func (m *agingMemory) store(w *writer) {
	w.uint(agingVersion)
	for _, t := range [...]device.Millis{m.night, m.at, m.fullAt} {
		w.millis(t)
	}
	w.double(m.used)
	for _, f := range m.floats() {
		w.float(*f)
	}
	w.uint(uint64(m.steps))
	w.uint(uint64(m.firstSteps))
	w.uint(uint64(m.evidence))
	w.flag(m.sound)
	w.flag(m.plunged)
	w.flag(m.weak)
}

func (m *agingMemory) load(r *reader) {
	if r.uint() != agingVersion {
		r.fail()
		return
	}
	for _, t := range [...]*device.Millis{&m.night, &m.at, &m.fullAt} {
		*t = r.millis()
	}
	m.used = r.double()
	for _, f := range m.floats() {
		*f = r.float()
	}
	m.steps, m.firstSteps, m.evidence = uint16(r.uint()), uint16(r.uint()), uint8(r.uint())
	m.sound, m.plunged, m.weak = r.flag(), r.flag(), r.flag()
}

// floats are the stored figures in their order.
func (m *agingMemory) floats() [15]*float32 {
	return [...]*float32{
		&m.watts, &m.volts, &m.amps, &m.out, &m.drawn, &m.socFrom, &m.drawnFrom, &m.socTo, &m.drawnTo,
		&m.gaugeWh, &m.gaugePct, &m.stepVA, &m.stepAA, &m.firstVA, &m.firstAA,
	}
}
