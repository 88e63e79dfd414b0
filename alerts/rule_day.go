package alerts

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// dayRule: lit well after sunrise, when the lamp's own photo-cell has long put it
// out on other days and the lamps around are out; or lit for half an hour in full day.
func dayRule(k *look) verdict {
	l, lim := k.l, &k.l.rules.light
	switch l.lit {
	case dark:
		return verdict{is: healthy, lapse: true, detail: dayDetail}
	case lightUnknown:
		return verdict{}
	}
	j := k.e.judgedAt(l, k.at)
	after, before := k.at.Sub(j.dark.to), j.dark.from.Sub(k.at)
	morning := after >= 0
	if !morning && (before < time.Hour || attended(k.r)) || morning && after < l.light.usualDawn(j)+lim.dawnLate || attended(k.r) {
		return verdict{lapse: true}
	}
	if morning && (after < lim.dullWait && k.e.dull(k, lim.dullShare) || after < lim.dawnWait && k.e.dull(k, lim.darkShare)) {
		return verdict{lapse: true}
	}
	began := l.light.runAt
	if morning {
		began = max(began, j.dark.to)
		if after < lim.dawnWait && k.e.othersBurn(k, after) {
			return verdict{lapse: true}
		}
	}
	return verdict{is: holds, since: began, detail: dayDetail}
}

// dull says that the panel sees a dark morning: less than a share of its peak.
func (e *Engine) dull(k *look, share float64) bool {
	w, ok := fromPanel(k.r)
	peak := k.l.known.panelWp
	if peak == 0 {
		peak = 80
	}
	return ok && w < share*peak
}

// othersBurn says whether many lamps around are still lit: a dark morning. While that
// is young, a few are enough.
func (e *Engine) othersBurn(k *look, after time.Duration) bool {
	on, all := e.around(k.l, k.at, func(o *lampState) (counts, is bool) {
		return o.lit != lightUnknown && o.tracks.phase(fDayBurning) != firing, o.lit == lit
	})
	lim := &k.l.rules.light
	most := 1 - lim.othersLit
	if after < lim.dullWait {
		most = lim.dullOthers
	}
	return all >= fewLamps && on >= 2 && float64(on) > most*float64(all)
}

// usualDawn is how long after sunrise the lamp was last seen lit on its latest mornings.
func (m *lightMemory) usualDawn(j *judged) (late time.Duration) {
	dawn := j.dark.to.Sub(j.whole.from)
	for n := range min(m.kept, 7) {
		end := time.Duration(m.ends[(m.kept-1-n)%uint16(len(m.ends))]) * time.Minute
		if over := end - dawn; over > late && over < 50*time.Minute {
			late = over
		}
	}
	return late
}

func dayDetail(k *look) map[string]any {
	detail := figures(k.r, device.LampOn, device.LoadW, device.PanelV)
	detail["after_sunrise_min"] = round(k.at.Sub(k.e.judgedAt(k.l, k.at).dark.to).Minutes())
	return detail
}
