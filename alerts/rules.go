package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// darkRule: in hours in which light is promised beyond doubt, or commanded, the
// lamp is not lit although its battery could. By day it says nothing, so what was
// dark in the night stays so until the lamp is seen lit.
func darkRule(k *look) verdict {
	l := k.l
	if l.lit == lightUnknown {
		return verdict{}
	}
	if l.lit == lit {
		return verdict{is: healthy, detail: darkDetail}
	}
	j := k.e.judgedAt(l, k.at)
	expected := j.promises(k.at) || commandedOn(k.r) && j.commanded.has(k.at) && !l.known.promisesAll()
	if !expected || l.tracks[trackBattery].phase != idle || l.battery.low {
		return verdict{lapse: true, detail: darkDetail}
	}
	return verdict{is: holds, detail: darkDetail}
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

// silentRule: nothing was heard over so much observed time. Only hearing ends
// it, so it never says healthy.
func silentRule(k *look) verdict {
	l := k.l
	if _, ok := k.e.silence(l); !ok || l.battery.fading || l.tracks[trackBattery].phase != idle {
		return verdict{}
	}
	return verdict{is: holds, since: l.heardAt, atOnce: true, detail: silenceDetail}
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
	from := l.heard
	if g := e.gateways[l.via()]; g != nil {
		if g.track.phase != idle {
			return 0, false
		}
		from = max(from, g.backAt)
	}
	quiet = time.Duration(e.town.observed-from) * time.Millisecond
	limit := max(e.limits.silence, time.Duration(e.limits.silenceTimes*float64(l.interval())))
	return quiet, quiet >= limit
}

// gatewayRule: its last will came, or nothing through it and no word of its own
// over so much observed time.
func gatewayRule(k *look) verdict {
	g := k.g
	if g.lamps == 0 {
		return verdict{is: healthy, undone: true}
	}
	quiet := k.e.gatewayQuiet(g)
	limit := max(k.e.limits.gatewaySilence, time.Duration(k.e.limits.gatewaySilenceTimes*float64(g.pauses.median())))
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
