package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

func sensorRulings() []ruling {
	return []ruling{{fSensor, atReading, sensorRule}}
}

// sensorLimits are the figures of the rule on sensors.
type sensorLimits struct {
	fine, fineHours, coarseHours, neverHours float64
	looks                                    float64
	leap, leaps                              float64
	flow                                     float64
	nightAmps, nightWatts, most              float64
	zero                                     float64
}

func sensorLimitsOf(s *ruleSet) sensorLimits {
	of := func(name string) float64 { return s.limit(fSensor, name) }
	return sensorLimits{
		fine: of("fine_v"), fineHours: of("fine_h"), coarseHours: of("coarse_h"), neverHours: of("never_h"), looks: of("looks"),
		leap: of("leap_pct"), leaps: of("leaps"), flow: of("flow_share"),
		nightAmps: of("night_a"), nightWatts: of("night_w"), most: of("most_share"), zero: of("zero_share"),
	}
}

// suspicion is what is wrong with a sensor.
type suspicion uint8

const (
	unsuspected suspicion = iota
	frozenVolts
	frozenAmps
	frozenGauge
	leapingGauge
	lightByNight
	tooMuch
	noVolts
)

// suspicions are their names, for people and pages.
var suspicions = [...]string{"", "battery_v_frozen", "battery_a_frozen", "soc_frozen", "soc_leaps", "panel_by_night", "panel_too_much", "battery_v_zero"}

// sensorRule: a value stands still through a night's load and a day's charge; the
// gauge leaps or does not follow the current; current comes from nothing; the
// voltmeter shows none of a battery that works.
func sensorRule(k *look) verdict {
	m := &k.l.sensor
	if m.why != unsuspected {
		return verdict{is: holds, atOnce: true, detail: sensorDetail}
	}
	if k.r.Has(device.BatteryV) || k.r.Has(device.BatterySoC) {
		return verdict{is: healthy, detail: sensorDetail}
	}
	return verdict{}
}

func sensorDetail(k *look) map[string]any {
	detail := figures(k.r, device.BatteryV, device.BatteryA, device.BatterySoC, device.PanelA, device.PanelW)
	detail["suspicion"] = suspicions[k.l.sensor.why]
	return detail
}

// flow is the current into the battery by what panel and lamp say, A; NaN where they do not.
func (k *look) flow() float64 {
	panel, measured := fromPanel(k.r)
	load := k.watts
	switch {
	case measured:
	case k.e.deepNight(k.l, k.at):
		panel = 0
	default:
		return math.NaN()
	}
	switch {
	case load == load:
	case k.l.lit == lit:
		load = k.e.litWatts(k.l)
	case k.l.lit == dark:
		load = 0
	}
	volts, ok := k.r.Get(device.BatteryV)
	if nominal := max(k.l.known.nominal, 12); !ok || volts < nominal/2 {
		volts = nominal
	}
	return (panel - load) / volts
}

// shuntOffset is what a cheap shunt may show of no current, A.
const shuntOffset = 0.05

// broadDay says whether the sun is well up at t, deepNight whether it is well down.
func (e *Engine) broadDay(l *lampState, t device.Millis) bool {
	day, edge := e.judgedAt(l, t).dark, device.Millis(l.rules.panel.edge.Milliseconds())
	return t > day.to+edge || t < day.from-edge
}

func (e *Engine) deepNight(l *lampState, t device.Millis) bool {
	const edge = device.Millis(40 * time.Minute / time.Millisecond)
	day := e.judgedAt(l, t).dark
	return t > day.from+edge && t < day.to-edge
}

// judge says what is suspect at a reading.
func (m *sensorMemory) judge(k *look, hours float64) suspicion {
	lim := &k.l.rules.sensor
	volts := &m.still[stillVolts]
	enough := lim.coarseHours
	switch {
	case m.step == 0:
		enough = lim.neverHours
	case float64(m.step)/1000 <= lim.fine:
		enough = lim.fineHours
	}
	amps := &m.still[stillAmps]
	switch {
	case m.zero >= 2:
		return noVolts
	case volts.through(lim.looks) && hours-float64(volts.since)/60 >= enough:
		return frozenVolts
	case amps.value != 0 && amps.through(lim.looks):
		return frozenAmps
	case m.gaugeStuck(k):
		return frozenGauge
	case float64(m.leaps) >= lim.leaps*leapWeight:
		return leapingGauge
	case m.night >= 3:
		return lightByNight
	case m.over >= 3:
		return tooMuch
	}
	return unsuspected
}

// gaugeStuck says whether the gauge stood still while a good part of the battery's
// charge flowed; at its ends it may for longer.
func (m *sensorMemory) gaugeStuck(k *look) bool {
	ah := k.l.known.batteryAh
	soc := float64(m.still[stillGauge].value)
	if _, _, counted := k.l.battery.charge(k.r); ah == 0 || !counted {
		return false
	}
	share := k.l.rules.sensor.flow
	if soc >= 97 || soc <= 3 {
		share *= 2
	}
	return math.Abs(float64(m.flow)) >= share*ah
}
