package alerts

import "time"

func linkRulings() []ruling {
	return []ruling{{fSilent, atTick, silentRule}, {fGateway, atGateway, gatewayRule}}
}

// linkLimits are the figures of the rules on silence.
type linkLimits struct {
	silence, gatewaySilence           time.Duration
	silenceTimes, gatewaySilenceTimes float64
	overdue                           time.Duration
	othersUp                          float64
}

func linkLimitsOf(s *ruleSet) linkLimits {
	return linkLimits{
		silence: minutes(s.limit(fSilent, "silence_min")), silenceTimes: s.limit(fSilent, "silence_intervals"),
		gatewaySilence: minutes(s.limit(fGateway, "silence_min")), gatewaySilenceTimes: s.limit(fGateway, "silence_intervals"),
		overdue: minutes(60 * s.limit(fSilent, "overdue_h")), othersUp: s.limit(fSilent, "others_up"),
	}
}

// silentRule: nothing was heard over so much observed time. Only hearing ends
// it, so it never says healthy. A lamp whose battery was running out is empty, not
// silent, until the sun should have brought it back; unless it lived through as much before.
func silentRule(k *look) verdict {
	l := k.l
	quiet, ok := k.e.silence(l)
	if !ok || k.e.sleeps(l) {
		return verdict{}
	}
	spent := l.battery.fading || l.tracks.phase(fEmpty) != idle
	if spent && !l.outlives() && !k.e.overdue(l, quiet) {
		return verdict{}
	}
	return verdict{is: holds, despite: spent, since: l.heardAt, atOnce: true, detail: silenceDetail}
}

func silenceDetail(k *look) map[string]any {
	quiet, _ := k.e.silence(k.l)
	return map[string]any{
		"observed_silence_s": quiet.Seconds(), "interval_s": k.l.interval().Seconds(), "battery_fading": k.l.battery.fading,
	}
}

// silence is how long nothing was heard of a lamp, in observed time; ok says that
// it is too long and not put down to the gateway. A lamp that was never heard is
// not silent: it is not yet commissioned, and pages show it as such.
func (e *Engine) silence(l *lampState) (quiet time.Duration, ok bool) {
	if l.heardAt == 0 {
		return 0, false
	}
	from, interval := l.heard, l.seldom()
	if g := e.gateways[l.via()]; g != nil {
		if g.tracks.phase(fGateway) != idle {
			return 0, false
		}
		from, interval = max(from, g.backAt), max(interval, g.pauses.median()) // some gather for an hour what they send
	}
	quiet = time.Duration(e.town.observed-from) * time.Millisecond
	limit := max(l.rules.link.silence, time.Duration(l.battery.modem.patience(&l.pauses, l.rules.link.silenceTimes)*float64(interval)))
	return quiet, quiet >= limit
}

// longestInterval is how seldom a lamp may report whose interval is not known yet.
const longestInterval = time.Hour

// gatewayRule: its last will came, or nothing through it and no word of its own
// over so much observed time.
func gatewayRule(k *look) verdict {
	g := k.g
	if g.lamps == 0 {
		return verdict{is: healthy, undone: true}
	}
	quiet := k.e.gatewayQuiet(g)
	lim := &k.e.rulesFor(g.key.village, g.key.profile).link
	limit := max(lim.gatewaySilence, time.Duration(lim.gatewaySilenceTimes*float64(g.pauses.median())))
	limit = max(limit, 5*g.every/4) // its lamps may all wake within the same few minutes
	switch {
	case g.offline != 0:
		return verdict{is: holds, since: g.offline, detail: gatewayDetail}
	case g.heardAt != 0 && quiet >= limit:
		return verdict{is: holds, detail: gatewayDetail}
	}
	return verdict{is: healthy, detail: gatewayDetail}
}

func (e *Engine) gatewayQuiet(g *gatewayState) time.Duration {
	return time.Duration(e.town.observed-g.heard) * time.Millisecond
}

func gatewayDetail(k *look) map[string]any {
	return map[string]any{"observed_silence_s": k.e.gatewayQuiet(k.g).Seconds(), "lamps": k.g.lamps, "last_will": k.g.offline != 0}
}
