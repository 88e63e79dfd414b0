package alerts

import (
	"math"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

func townRulings() []ruling {
	return []ruling{{fWeather, atVillage | atTown, shortageRule}}
}

// townLimits are the figures of the rule on the weather.
type townLimits struct {
	low, share, back, sun, lamps, deficit float64
}

func townLimitsOf(s *ruleSet) townLimits {
	of := func(name string) float64 { return s.limit(fWeather, name) }
	return townLimits{of("low_share"), of("lamps_share"), of("back_share"), of("sun_h"), of("lamps"), of("deficit_share")}
}

// shortageEvery is how often villages are counted.
const shortageEvery = 10 * time.Minute

// shortageRule: half of the lamps of a village, or of the town, have little left,
// after days with little sun. Lamps of which it cannot be told do not count.
func shortageRule(k *look) verdict {
	if !k.e.due(shortageEvery, 0) {
		return verdict{}
	}
	lim := &k.e.rulesOf(k.group).town
	low, known, sun := k.e.stores(k.group.subject, k.at)
	share := 0.0
	if known > 0 {
		share = float64(low) / float64(known)
	}
	detail := func(*look) map[string]any {
		out := map[string]any{"lamps_low": low, "lamps_known": known}
		if sun == sun {
			out["sun_h_per_day"] = round(sun)
		}
		return out
	}
	switch {
	case float64(known) >= lim.lamps && share >= lim.share && sun < lim.sun:
		return verdict{is: holds, detail: detail}
	case share < lim.back:
		return verdict{is: healthy, detail: detail}
	}
	return verdict{lapse: share < lim.share, detail: detail}
}

// stores counts the lamps of a village or the town whose batteries have little
// left, those of which that is known, and the sun of the last days, in Wh for each Wp a day:
// NaN where no lamp knows it.
func (e *Engine) stores(s device.Subject, at device.Millis) (low, known int, sun float64) {
	lamps := 0 // that know the sun
	for _, l := range e.order {
		if !l.known.reports || l.heardAt == 0 || at.Sub(l.heardAt) > 3*24*time.Hour || s != e.cfg.Town && l.village != s {
			continue
		}
		if s := l.panel.sunLately(); s == s {
			sun += s
			lamps++
		}
		if l.sick() {
			continue
		}
		is, told := l.littleLeft()
		if told {
			known++
		}
		if is {
			low++
		}
	}
	return low, known, sun / float64(lamps)
}

// sick says that the lamp has a fault of its own that empties it, and so tells
// nothing of the weather.
func (l *lampState) sick() bool {
	for _, f := range [...]fault{fPanelDead, fLowYield, fDayBurning, fAging, fSensor, fTampered} {
		if l.tracks.phase(f) == firing {
			return true
		}
	}
	return false
}

// littleLeft says whether a lamp's battery has little left; told is false where it
// cannot be said.
func (l *lampState) littleLeft() (is, told bool) {
	m := &l.energy
	switch most := m.usable(&l.known); {
	case l.battery.low || l.tracks.phase(fEmpty) != idle:
		return true, true
	case most > 0 && (m.how == knownGauge || m.how == knownCount):
		return float64(m.lacks) >= (1-l.rules.town.low)*most, true
	case l.battery.ample:
		return false, true
	}
	return false, false
}

// sunLately is the mean of the last days' sun, Wh for each Wp, of those of which it is
// known: NaN where of none. The running day counts as far as it was better.
func (s *standing) sunLately() float64 {
	const days = 3
	sum, known := 0.0, 0.0
	for _, v := range s.supply[:days] {
		if v > 0 {
			sum += float64(v) / 40
			known++
		}
	}
	if known == 0 {
		return math.NaN() // a day that runs may yet be better
	}
	return max(sum/known, float64(s.today))
}

// dull says that the last days had little sun; not where it is unknown.
func (s *standing) dull(lim *townLimits) bool {
	return s.sunLately() < lim.sun
}

// newHere says that the lamp was first heard in these two days, none of whose sun is known yet, though panels around can
// tell it: nothing is known of the days before, so what is empty may be so by the weather.
func (e *Engine) newHere(l *lampState) bool {
	if l.energy.days > 1 || !math.IsNaN(l.panel.sunLately()) {
		return false
	}
	return l.known.panelWp > 0 || slices.ContainsFunc(e.order, func(o *lampState) bool { return o.village == l.village && o.known.panelWp > 0 })
}

// spentByWeather says that the lamp's own light took what its battery lacks, in
// days with little sun: then it is empty, and nothing is wrong with it. Where no
// books can be kept, days with next to no sun must do.
func (e *Engine) spentByWeather(l *lampState) bool {
	lim := &l.rules.town
	if e.newHere(l) {
		return true
	}
	if !l.panel.dull(lim) || l.sick() || l.leaks() {
		return false
	}
	deficit, kept := l.energy.deficit(&l.known)
	if !kept {
		return l.panel.sunLately() < lim.sun/2
	}
	return deficit >= lim.deficit*float64(l.energy.days)/energyDays // of the week, what was watched
}

// stillSpent says that a battery which the weather emptied has not been given since what a night takes: it is empty as
// before. What it lacked when it ran out is past by then, since a lamp that is cut off spends nothing.
func (e *Engine) stillSpent(l *lampState) bool {
	t := l.tracks[fEmpty]
	if t == nil || t.phase != waiting || t.count != 0 || !l.panel.dull(&l.rules.town) || l.sick() || l.leaks() {
		return false // it is held back by nothing
	}
	_, darkness := e.darkHours(l, e.town.now)
	need := 0.0
	for _, p := range e.nightUse(l, darkness) {
		need += p.watts * p.over.to.Sub(p.over.from).Hours()
	}
	for _, d := range l.energy.past[:l.energy.days] {
		need = max(need, float64(d.out)/10) // nights in which it was cut off would tell too little
	}
	return need == 0 || l.panel.sunLately()*sizeOf(l) < need
}

// deficit is what the light took beyond what the panel gave in the last days, at its
// most, as a share of the usable charge; kept is false where the books tell too little.
func (m *energyMemory) deficit(f *lampFacts) (share float64, kept bool) {
	most := m.usable(f)
	deficit, spent := float64(m.out-m.in), float64(m.out)
	best := deficit
	for _, d := range m.past[:m.days] {
		spent += float64(d.out) / 10
		deficit += float64(d.out)/10 - float64(d.in)/10*0.9
		best = max(best, deficit)
	}
	if most == 0 || m.days < 3 || spent < 0.3*most {
		return 0, false
	}
	return best / most, true
}
