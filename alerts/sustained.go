package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// lights keeps the voltage of a cell of a lit lamp, and the lowest at which one stayed lit until the look after: below
// that its controller may disconnect it, above it does not.
func (b *batteryMemory) lights(cell float64, before bool) {
	stayed := max(cell, float64(b.litCell))
	if mv := uint16(math.Round(1000 * min(stayed, 60))); before && b.litCell != 0 && (b.lowest == 0 || mv < b.lowest) {
		b.lowest = mv
	}
	b.litCell = float32(cell)
}

// litLower says that the lamp was lit with less in its battery than when it was last seen lit, whatever that lost in a time.
func (b *batteryMemory) litLower(at *cellLimits, within time.Duration) bool {
	return b.lowest != 0 && float64(b.litCell) >= float64(b.lowest)/1000+voltNoise+(at.low-at.cutoff)*within.Hours()
}

// voltNoise is what a voltmeter errs by from look to look, in V per cell.
const voltNoise = 0.01

// sustained says that a lamp is not dark because its controller disconnected it. Either its battery stands where every
// controller connects again. Or, with no shortage of sun in the village, it stands as high, freed of the lamp's load, as when it was
// last lit, and the lamp was lit tonight with more than it was once lit with before; or was not lit tonight, and gave all
// its light last night far from where controllers disconnect, since by day nothing draws on it.
func (l *lampState) sustained(k *look) bool {
	b, m, at := &l.battery, &l.light, l.rules.battery.cells(&l.known)
	v, ok := k.r.Get(device.BatteryV)
	if ok && !b.low && v >= (at.back+reconnecting)*cellsOf(&l.known, v) {
		return true
	}
	if k.e.shortOfSun(l) {
		return false // what it stood yesterday says little of a battery that has been low for days
	}
	if !ok || b.litCell == 0 || v/cellsOf(&l.known, v) < float64(b.litCell)-voltNoise || m.night != k.e.judgedAt(l, k.at).whole.from {
		return false
	}
	if m.onAt == 0 {
		return m.last.lasted && m.night.Sub(m.last.noon) < 26*time.Hour && float64(b.litCell) > at.low
	}
	wentOut := k.at
	if m.was == dark {
		wentOut = m.runAt
	}
	return b.litLower(at, wentOut.Sub(m.litAt))
}
