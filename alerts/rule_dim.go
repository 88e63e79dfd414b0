package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// dimRule: at a level that is known, the lamp draws far less than it used to at
// that level, while its battery has no reason to save.
func dimRule(k *look) verdict {
	l, m, lim := k.l, &k.l.light, &k.l.rules.light
	_, told := k.r.Get(device.DimPct)
	if l.lit != lit || k.level <= 0 || math.IsNaN(k.watts) || l.moves() && !told || attended(k.r) {
		return verdict{}
	}
	full := &m.full[levelClass(k.level)]
	now := k.watts * 100 / k.level
	if k.at.Sub(m.runAt) < 5*time.Minute && m.runAt != 0 && k.at != m.runAt {
		return verdict{} // still warming up
	}
	share := now / float64(full.watts)
	if !told && !l.known.schedule.Known() && full.looks > 0 && (share > 1/lim.dimShare || share < lim.dimShare && full.looks < looksToLearn) {
		full.looks = 0 // it keeps to no level at this hour, as one that follows passers-by: nothing is known of it
	}
	learnt := full.looks >= looksToLearn
	cell := k.cellVolts()
	switch {
	case !learnt || share >= lim.dimShare && share < lim.dimBack:
		full.add(now, learnt)
		return verdict{}
	case share >= lim.dimBack:
		full.add(now, learnt)
		full.at(cell)
		return verdict{is: healthy, lapse: true, detail: dimDetail}
	}
	before := full.cell > 0 && cell >= full.cell // in full with as little in its battery: no lack explains it now
	if told || before || l.battery.ample {
		return verdict{is: holds, despite: before || told && l.battery.fed(k), detail: dimDetail}
	}
	return verdict{lapse: true} // a controller that saves dims by itself
}

// cellVolts is the battery's voltage per cell, NaN where it is not sent.
func (k *look) cellVolts() float32 {
	v := k.r.Value(device.BatteryV)
	return float32(v / cellsOf(&k.l.known, v))
}

// at keeps the lowest voltage at which the lamp was seen to draw in full, and forgets it slowly.
func (f *fullW) at(cell float32) {
	if f.cell == 0 || cell < f.cell {
		f.cell = cell
	}
	if f.cell += 0.0001; f.cell != f.cell {
		f.cell = 0 // no voltage was sent
	}
}

// looksToLearn is how many looks at one level make its load known.
const looksToLearn = 12

func levelClass(pct float64) int {
	switch {
	case pct >= 75:
		return 0
	case pct >= 45:
		return 1
	case pct >= 25:
		return 2
	}
	return 3
}

// add takes one more look: the mean of the first, then quickly up and slowly down,
// so that LEDs may age and one that fails does not become the custom.
func (f *fullW) add(w float64, learnt bool) {
	by := 1 / (float64(f.looks) + 1)
	if learnt {
		if by = 0.05; w < float64(f.watts) {
			by = 0.005
		}
	}
	f.watts += float32(by * (w - float64(f.watts)))
	if f.looks < math.MaxUint8 {
		f.looks++
	}
}

func dimDetail(k *look) map[string]any {
	full := float64(k.l.light.full[levelClass(k.level)].watts)
	detail := figures(k.r, device.DimPct, device.BatteryV)
	detail["load_w"], detail["usual_w"], detail["level_pct"] = round(k.watts), round(full*k.level/100), round(k.level)
	return detail
}
