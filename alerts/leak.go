package alerts

import (
	"math"

	"github.com/yingguang/yingguang/device"
)

// Figures of what a battery gives beside its light.
const (
	leakHours = 3.0  // over which it is averaged: one reading may fall into a switching moment
	leakWatts = 3.0  // a controller and its modem take under 1.5 W (EPEVER: 15 mA, LTE modems 0.5 W), shunts err by 0.05 A
	leakShare = 0.25 // of the lamp's power, since shunts also err by some per cent
)

// seep learns what flows out of the battery by night that no light took: water in a joint, or somebody
// else's load. By day the converter's losses would hide it.
func (m *energyMemory) seep(k *look, hours float64) {
	a, hasA := k.r.Get(device.BatteryA)
	v, hasV := k.r.Get(device.BatteryV)
	if !hasA || !hasV || math.IsNaN(k.watts) || hours <= 0 || !k.e.judgedAt(k.l, k.at).dark.has(k.at.Add(-intoNight)) {
		return
	}
	if w, ok := fromPanel(k.r); ok && w > 1 {
		return
	}
	part := min(hours/leakHours, 1)
	m.leak += float32(part * (-a*v - k.watts - float64(m.leak)))
}

// leaks says that the battery gives so much beside its light that no weather need have emptied it.
func (l *lampState) leaks() bool {
	return float64(l.energy.leak) >= max(leakWatts, leakShare*max(l.known.watts, float64(l.maxLoad)))
}
