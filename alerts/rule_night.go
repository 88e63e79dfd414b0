package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// finish judges tonight's light once the morning is there.
func (m *lightMemory) finish(k *look) {
	l, lim := k.l, &k.l.rules.light
	again := m.last.again
	m.last = nightWord{noon: m.night}
	var n *night
	for _, kept := range l.nights {
		if kept != nil && kept.whole.from == m.night {
			n = kept
		}
	}
	if n == nil {
		return
	}
	light, kept := k.e.nightLight(l, n)
	k.e.evening(l, n, &light)
	l.book.keep(n.whole.from, &light, k.e.cfg.Location)
	promised := 0.0
	for _, p := range l.promise(n.dark) {
		promised += seconds(p)
	}
	expected := light.ExpectedS
	enough, margin := promised >= 3600 && expected >= lim.seen*promised, 5*l.interval()/4
	if lit, ok := m.burning.over(n.dark); ok {
		expected, kept, enough, margin = promised, lit, promised >= 3600, 0 // it counts better than we can see
	}
	m.last.lit, m.last.expected = uint16(kept/60), uint16(expected/60)
	debt := time.Duration((expected - kept) * float64(time.Second))
	switch {
	case !enough || m.saved || l.known.schedule.Motion && l.known.schedule.Idle == 0:
	case debt >= lim.shortDebt+margin && debt.Seconds() >= lim.shortShare*expected:
		m.last.again = min(again, math.MaxUint8-1) + 1
		if kept >= 3600 && (!m.wasDark || m.last.again > 1 || !m.toldOn && (m.toldOff || m.litAt < n.dark.to.Add(-2*time.Hour))) {
			m.last.short = holds // and not a lamp that failed for a while
		}
	case debt < lim.shortDebt/2:
		m.last.short = healthy
	}
	calm := float64(m.switches) < lim.flickers/2+2*float64(m.usualCount()) && float64(m.swings) < lim.flickerSwings/2
	if calm && light.ExpectedS >= lim.seen*promised && !m.low {
		m.last.flicker = healthy
	}
}

// over is what the counter counted from before dusk until after dawn; ok says that
// it was read on both sides.
func (c *counted) over(dark span) (n float64, ok bool) {
	return c.last - c.first, c.from != 0 && c.from <= dark.from && c.to >= dark.to
}

// shortRule: in the morning, the night gave far less light than promised though the
// battery could, and the lamps around gave theirs: no weather explains it. It asks when they had time to report. A
// lamp that was dark until the morning is short only if it comes on by itself again.
func shortRule(k *look) verdict {
	m := &k.l.light
	tonight := m.last.noon == m.night
	if m.last.short == unsure || k.l.tracks.phase(fDark) == firing || !tonight && (m.last.short == healthy || m.onAt == 0) {
		return verdict{}
	}
	j := k.e.judgedAt(k.l, k.at)
	if !m.last.said {
		if tonight && k.at < j.dark.to.Add(othersGrace) {
			return verdict{}
		}
		m.last.said = true
		if m.last.short == holds && k.e.othersShort(k.l, k.at) {
			m.last.short = unsure
			return verdict{}
		}
	}
	return verdict{is: m.last.short, since: m.last.noon.Add(6 * time.Hour), atOnce: true, despite: true, detail: shortDetail}
}

// othersGrace is how long after sunrise the lamps around, too, have their nights judged.
const othersGrace = dawnGrace + 65*time.Minute

func (e *Engine) othersShort(l *lampState, at device.Millis) bool {
	short, all := e.around(l, at, func(o *lampState) (counts, is bool) {
		w := &o.light.last
		return w.noon == l.light.last.noon && w.expected > 0, w.short == holds || w.lit < w.expected*3/4
	})
	return all >= fewLamps && float64(short) > l.rules.light.shortOthers*float64(all)
}

func shortDetail(k *look) map[string]any {
	m := &k.l.light
	detail := map[string]any{
		"lit_min": int(m.last.lit), "expected_min": int(m.last.expected), "debt_min": int(m.last.expected) - int(m.last.lit),
	}
	if w, ok := k.l.book.words(); ok {
		detail["words_zh"], detail["words_en"] = w.ZH, w.EN
	}
	return detail
}

// flickerRule: far more switchings than the lamp's usual, or light that comes and
// goes within the lit hours; near an empty battery the controller does that itself.
func flickerRule(k *look) verdict {
	l, m, lim := k.l, &k.l.light, &k.l.rules.light
	motion := l.moves()
	if m.low || motion && (l.known.schedule.Idle == 0 || m.kept < nightsToLearn) {
		return verdict{}
	}
	if float64(m.switches) >= lim.flickers+3*float64(m.usualCount()) || float64(m.swings) >= lim.flickerSwings {
		return verdict{is: holds, atOnce: true, detail: flickerDetail}
	}
	if m.last.noon == m.night && m.last.flicker == healthy {
		return verdict{is: healthy, detail: flickerDetail}
	}
	return verdict{}
}

func flickerDetail(k *look) map[string]any {
	m := &k.l.light
	detail := map[string]any{"swings": int(m.swings)}
	if k.r.Has(device.SwitchCount) {
		detail["switches"], detail["usual_switches"] = int(m.switches), m.usualCount()
	}
	return detail
}
