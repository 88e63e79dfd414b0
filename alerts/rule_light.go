package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

func lightRulings() []ruling {
	return []ruling{
		{fDark, atReading, darkRule},
		{fDayBurning, atReading, dayRule},
		{fFlicker, atReading, flickerRule},
		{fShort, atReading, shortRule},
		{fDim, atReading, dimRule},
	}
}

// lightLimits are the figures of the rules on light.
type lightLimits struct {
	litShare, loadFloor           float64
	twilight, evening             time.Duration
	duskLate, duskWait            time.Duration
	othersLit                     float64
	dimShare, dimBack             float64
	flickers, flickerSwings       float64
	dawnLate, dawnWait, dullWait  time.Duration
	dullShare, darkShare          float64
	dullOthers                    float64
	shortDebt                     time.Duration
	shortShare, shortOthers, seen float64
}

func lightLimitsOf(s *ruleSet) lightLimits {
	return lightLimits{
		litShare: s.limit(fDark, "lit_share"), loadFloor: s.limit(fDark, "load_floor_w"),
		twilight: minutes(s.limit(fDark, "twilight_min")), evening: minutes(60 * s.limit(fDark, "evening_h")),
		duskLate: minutes(s.limit(fDark, "late_min")), duskWait: minutes(s.limit(fDark, "wait_min")), othersLit: s.limit(fDark, "others_lit"),
		dimShare: s.limit(fDim, "dim_share"), dimBack: s.limit(fDim, "back_share"),
		flickers: s.limit(fFlicker, "switches"), flickerSwings: s.limit(fFlicker, "swings"),
		dawnLate: minutes(s.limit(fDayBurning, "late_min")), dawnWait: minutes(s.limit(fDayBurning, "wait_min")),
		dullWait: minutes(s.limit(fDayBurning, "dull_min")), dullShare: s.limit(fDayBurning, "dull_share"), darkShare: s.limit(fDayBurning, "dark_share"), dullOthers: s.limit(fDayBurning, "dull_others"),
		shortDebt: minutes(s.limit(fShort, "debt_min")), shortShare: s.limit(fShort, "debt_share"),
		shortOthers: s.limit(fShort, "others_short"), seen: s.limit(fShort, "observed_share"),
	}
}

// darkRule: in hours in which light is promised, or commanded, the lamp is not lit
// although its battery could. By day it says nothing, so what was dark in the
// night stays so until the lamp is seen lit.
func darkRule(k *look) verdict {
	l := k.l
	if l.lit == lightUnknown {
		return verdict{}
	}
	if l.lit == lit {
		return verdict{is: healthy, detail: darkDetail}
	}
	no := verdict{lapse: true, detail: darkDetail}
	j := k.e.judgedAt(l, k.at)
	cut := l.tracks.phase(fEmpty) != idle || l.battery.low
	on := k.told()
	fed := on && l.battery.fed(k) || l.sustained(k) // no weather and no empty battery explains it
	switch {
	case attended(k.r):
		return no
	case cut && on && !k.r.Has(device.BatteryV) && l.battery.skipped():
		return verdict{} // the next reading tells
	case cut && !fed:
		return no
	}
	commanded := on && j.commanded.has(k.at) && !l.known.promisesAll()
	if !commanded && !j.promises(k.at) || k.e.asExpected(k, j) {
		return no
	}
	return verdict{is: holds, despite: fed, detail: darkDetail}
}

// asExpected says that a dark look in promised hours has another reason: an evening
// on which lamps come on late, a lamp that always does, one that its controller
// put out early (it is short, not dark), or one that goes on and off.
func (e *Engine) asExpected(k *look, j *judged) bool {
	l, m, lim := k.l, &k.l.light, &k.l.rules.light
	switch {
	case k.told():
		return m.blinks || m.swings >= 3 && k.at.Sub(m.runAt) < flickerRun
	case m.onAt != 0 && !j.promises(k.at.Add(endEarly)):
		return true
	case m.onAt != 0:
		return m.earlyEnd() || m.blinks || m.swings >= 3 && k.at.Sub(m.runAt) < flickerRun
	}
	late := k.at.Sub(j.dark.from)
	usual, known := m.usualDusk()
	if !known {
		usual = lim.twilight.Minutes()
	}
	if late < minutes(usual)+lim.duskLate || m.lateBefore(late.Minutes()) {
		return true
	}
	return late < lim.duskWait && e.othersLate(l, k.at)
}

// flickerRun is how long a lamp that comes and goes must stay dark to be dark.
const flickerRun = 10 * time.Minute

// endEarly is how much before the end of what is promised a photo-cell, or a clock of
// its own, may put the lamp out.
const endEarly = 35 * time.Minute

// othersLate says whether the lamps around have not come on either.
func (e *Engine) othersLate(l *lampState, at device.Millis) bool {
	on, all := e.around(l, at, func(o *lampState) (counts, is bool) {
		if o.battery.low || o.tracks.phase(fDark) == firing || o.lit == lightUnknown || o.known.schedule.Motion && o.known.schedule.Idle == 0 {
			return false, false
		}
		return true, o.lit == lit || o.light.onAt != 0 && o.light.night == l.light.night
	})
	return all >= fewLamps && float64(on) < l.rules.light.othersLit*float64(all)
}

// fewLamps is how many others it takes to speak of the evening and not of a lamp.
const fewLamps = 4

// around asks the other lamps of the village that were heard lately, or of the
// town where the village has few.
func (e *Engine) around(l *lampState, at device.Millis, ask func(*lampState) (counts, is bool)) (yes, all int) {
	for _, lamps := range [...][]*lampState{e.neighbours(l.village), e.order} {
		yes, all = 0, 0
		for _, o := range lamps {
			if o == l || !o.known.reports || at.Sub(o.lastTS) > max(30*time.Minute, 2*o.interval()) {
				continue
			}
			if counts, is := ask(o); counts {
				all++
				if is {
					yes++
				}
			}
		}
		if all >= fewLamps {
			break
		}
	}
	return yes, all
}

// neighbours are the lamps of a village, found once until lamps come, go or move; of no
// village, none.
func (e *Engine) neighbours(village device.Subject) []*lampState {
	if e.near == nil {
		e.near = map[device.Subject][]*lampState{}
		for _, l := range e.order {
			if l.village != "" {
				e.near[l.village] = append(e.near[l.village], l)
			}
		}
	}
	return e.near[village]
}

func darkDetail(k *look) map[string]any {
	detail := figures(k.r, device.LampOn, device.DimPct, device.LoadW, device.BatteryV)
	if !math.IsNaN(k.watts) {
		detail["load_w"], detail["lit_from_w"] = round(k.watts), round(k.e.litWatts(k.l))
	}
	return detail
}

// promisesAll says whether the schedule itself is the whole promise; a lamp whose
// schedule is unknown or has no idle light promises what its controller commands.
func (f *lampFacts) promisesAll() bool {
	return f.schedule.Known() && !(f.schedule.Motion && f.schedule.Idle == 0)
}
