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
		m.last.lasted = m.litAt >= p.to.Add(-endEarly-5*l.interval()/4)
	}
	expected := light.ExpectedS
	enough, margin := promised >= 3600 && expected >= lim.seen*promised, 5*l.interval()/4
	if lit, ok := m.burning.over(n.dark); ok {
		expected, kept, enough, margin = promised, lit, promised >= 3600, 0 // it counts better than we can see
	}
	m.last.lit, m.last.expected = uint16(kept/60), uint16(expected/60)
	debt := time.Duration((expected - kept) * float64(time.Second))
	saved := m.saved && (l.battery.lowLit(l.rules.battery.cells(&l.known)) || l.emptiedSince(n.dark.from))
	late := m.lateBy(l, n) >= lim.shortDebt
	switch {
	case !enough || saved && !late || l.known.schedule.Motion && l.known.schedule.Idle == 0:
	case late, debt >= lim.shortDebt+margin && debt.Seconds() >= lim.shortShare*expected:
		m.last.said = late // the weather makes no lamp late, so that the others need not be asked
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

// emptiedSince says that its battery looks empty, told or held back, or did after t.
func (l *lampState) emptiedSince(t device.Millis) bool {
	track := l.tracks[fEmpty]
	return track != nil && (track.phase != idle || track.endedAt >= t)
}

// lateBy is how much later than its custom, or than twilight, the lamp came on tonight by itself
// after it was seen dark; of the time between the last dark look and the first lit one, half. No
// battery explains it: by night nothing charges one that its controller disconnected.
func (m *lightMemory) lateBy(l *lampState, n *night) time.Duration {
	late := m.dusks[m.kept%uint16(len(m.dusks))]
	promised := l.promise(n.dark)
	if m.onAt == 0 || late == duskless || len(promised) == 0 || promised[0].from > n.dark.from || m.toldOn {
		return 0
	}
	usual, known := m.usualDusk()
	if twilight := l.rules.light.twilight.Minutes(); !known || usual < twilight {
		usual = twilight
	}
	return minutes(2*float64(late)-usual) - l.interval()/2
}

// over is what the counter counted from before dusk until after dawn; ok says that
// it was read on both sides.
func (c *counted) over(dark span) (n float64, ok bool) {
	return c.last - c.first, c.from != 0 && c.from <= dark.from && c.to >= dark.to
}

// shortRule: in the morning, the night gave far less light than promised though the
// battery could, and the lamps around gave theirs: no weather explains it. Of a battery that was
// low in that night, it counts if the lamp went out well above where controllers disconnect, or
// came on late. It asks when they had time to report. A lamp that was dark until the morning is
// short only if it comes on by itself again.
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
	_, night := k.e.darkHours(k.l, m.last.noon.Add(12*time.Hour))
	return verdict{is: m.last.short, since: night.from, atOnce: true, despite: true, detail: shortDetail}
}

// othersGrace is how long after sunrise the lamps around, too, have their nights judged.
const othersGrace = dawnGrace + 65*time.Minute

func (e *Engine) othersShort(l *lampState, at device.Millis) bool {
	low := l.battery.lowLit(l.rules.battery.cells(&l.known)) // else those that went out for want of sun are no excuse
	short, all := e.around(l, at, func(o *lampState) (counts, is bool) {
		w := &o.light.last
		return w.noon == l.light.last.noon && w.expected > 0, w.short == holds || low && w.lit < w.expected*3/4
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
	steady := l.lit == lit && l.battery.fed(k) // a controller that saves its battery does so further down
	if m.low && !steady || motion && (l.known.schedule.Idle == 0 || m.kept < nightsToLearn) {
		return verdict{}
	}
	if float64(m.switches) >= lim.flickers+3*float64(m.usualCount()) || float64(m.swings) >= lim.flickerSwings {
		// fed: what a battery that was empty of late explains, this is not
		return verdict{is: holds, atOnce: true, despite: l.battery.fed(k), detail: flickerDetail}
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
