package alerts

import "time"

// overdueEvery is how often lamps that ran empty and stayed silent are compared with the lamps around them.
const overdueEvery = time.Hour

// overdue says that a lamp which fell silent with an empty battery should have
// been back: so long was observed, no shortage stands, and most of the lamps
// around report with something in their batteries. With few lamps around it is
// given twice as long. Where battery_empty fires, that stands for the lamp already.
func (e *Engine) overdue(l *lampState, quiet time.Duration) bool {
	lim := &l.rules.link
	if !e.due(overdueEvery, 0) || quiet < lim.overdue || l.tracks.phase(fEmpty) == firing {
		return false
	}
	if e.shortOfSun(l) {
		return false
	}
	up, all := 0, 0
	for _, o := range e.order {
		if o == l || o.village != l.village || !o.stands(e.town.now) {
			continue
		}
		all++
		if e.town.now.Sub(o.heardAt) <= max(30*time.Minute, 2*o.interval()) && !o.battery.low {
			up++
		}
	}
	if all < fewLamps {
		return quiet >= 2*lim.overdue
	}
	return float64(up) >= lim.othersUp*float64(all)
}
