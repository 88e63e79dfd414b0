package alerts

import (
	"math"

	"github.com/yingguang/yingguang/device"
)

// feel keeps the battery's temperature, how long it has not moved, and whether it came
// to where it is as a battery's temperature does.
func (b *batteryMemory) feel(r *device.Reading, lim *batteryLimits) {
	v, ok := r.Get(device.BatteryTemp)
	if !ok {
		return // not every message repeats it
	}
	t := float32(v)
	switch {
	case v < lim.hotOdd-3:
		b.warmed = false
	case t != b.temp:
		b.warmed = b.warmed || t-b.temp <= warmingStep
	}
	switch {
	case t != b.temp:
		b.frozen = 0
	case b.frozen < math.MaxUint8:
		b.frozen++
	}
	b.temp = t
}

// stuckLooks is how many looks at one value, to the digit, a living sensor near a
// hot battery does not give.
const stuckLooks = 6

// warmingStep is what a battery may warm by from one reading to the next, in K: one that leaps
// further is a sensor's until it moves.
const warmingStep = 15

// sensorReset is what a DS18B20, the usual sensor, answers after losing its power (data sheet: 85 °C).
const sensorReset = 85

// overheatRule: too hot for its chemistry; or unusually hot, and hotter by far than the
// batteries around under the same sun. A sensor that does not move is no evidence,
// and one that hangs for twice as long never was.
func overheatRule(k *look) verdict {
	t, ok := k.r.Get(device.BatteryTemp)
	if !ok {
		return verdict{}
	}
	b, lim := &k.l.battery, &k.l.rules.battery
	switch {
	case t < lim.hotOdd-3:
		return verdict{is: healthy, lapse: true, detail: heatDetail}
	case b.frozen >= 2*stuckLooks && k.l.tracks.phase(fOverheat) == firing:
		return verdict{is: healthy, undone: true, detail: heatDetail}
	case b.frozen >= stuckLooks || t == sensorReset:
		return verdict{lapse: true}
	case !b.warmed:
		return verdict{}
	case t >= lim.hot, t >= lim.hotOdd && k.e.hotterThanOthers(k.l, k.at, t):
		return verdict{is: holds, detail: heatDetail}
	}
	return verdict{}
}

func (e *Engine) hotterThanOthers(l *lampState, at device.Millis, t float64) bool {
	cooler, all := e.around(l, at, func(o *lampState) (counts, is bool) {
		u := float64(o.battery.temp)
		return !math.IsNaN(u), t-u >= l.rules.battery.hotOver
	})
	return all >= fewLamps && 4*cooler >= 3*all
}

func heatDetail(k *look) map[string]any {
	return figures(k.r, device.BatteryTemp, device.ControllerTemp, device.BatteryV, device.BatteryA)
}

// overvoltageRule: above what any charger of the battery's chemistry goes to, in the
// cold too.
func overvoltageRule(k *look) verdict {
	v, ok := k.r.Get(device.BatteryV)
	if !ok {
		return verdict{}
	}
	limit := overVolts(k, v)
	switch {
	case v >= limit:
		return verdict{is: holds, detail: overDetail}
	case v < 0.985*limit:
		return verdict{is: healthy, lapse: true, detail: overDetail}
	}
	return verdict{}
}

// overVolts is the voltage from which the battery is overcharged. Lead chargers go up
// in the cold; where no temperature is sent, it is taken for a cool day.
func overVolts(k *look, v float64) float64 {
	f, lim := &k.l.known, &k.l.rules.battery
	cells := cellsOf(f, v)
	if f.lithium {
		return cells * lim.lithiumOver
	}
	t, ok := k.r.Get(device.BatteryTemp)
	if !ok {
		t = coolDay
		if v >= cells*(lim.leadOver-10*lim.compensation) {
			t = k.e.coolest(k.l, k.at)
		}
	}
	return cells * (lim.leadOver + lim.compensation*max(-10, 25-t))
}

// coolDay is for how cold a battery is taken of which nothing is known, °C.
const coolDay = 10

// coolest is the lowest temperature of the batteries around, °C.
func (e *Engine) coolest(l *lampState, at device.Millis) float64 {
	lowest := math.Inf(1)
	_, all := e.around(l, at, func(o *lampState) (counts, is bool) {
		u := float64(o.battery.temp)
		if math.IsNaN(u) {
			return false, false
		}
		lowest = min(lowest, u)
		return true, true
	})
	if all < fewLamps {
		return coolDay
	}
	return lowest
}

func overDetail(k *look) map[string]any {
	detail := figures(k.r, device.BatteryV, device.BatteryTemp, device.PanelV)
	if v, ok := k.r.Get(device.BatteryV); ok {
		detail["limit_v"] = round(overVolts(k, v))
	}
	return detail
}
