package alerts

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

func clockRulings() []ruling {
	return []ruling{{fClock, atReading, clockRule}}
}

// clockLimits is the figure of the rule on clocks.
type clockLimits struct{ off time.Duration }

func clockLimitsOf(s *ruleSet) clockLimits { return clockLimits{minutes(s.limit(fClock, "off_min"))} }

// clockRule: the reading's own time could not be believed, so it was placed at its
// receipt. One that is steadily behind has been watched for several readings
// already. A reading without a time says nothing.
func clockRule(k *look) verdict {
	switch k.r.Clock {
	case device.ClockOK:
		if k.late {
			return verdict{} // what lay somewhere may be from before the clock went wrong
		}
		return verdict{is: healthy, detail: clockDetail}
	case device.ClockNone:
		return verdict{}
	}
	if k.r.Received.Sub(k.r.SentTS).Abs() < k.l.rules.clock.off {
		return verdict{}
	}
	if k.r.Clock == device.ClockSteady {
		return verdict{is: holds, atOnce: true, detail: clockDetail}
	}
	return verdict{is: holds, detail: clockDetail}
}

func clockDetail(k *look) map[string]any {
	why := map[device.ClockFlag]string{device.ClockOK: "ok", device.ClockAhead: "ahead", device.ClockAncient: "reset", device.ClockSteady: "behind"}
	return map[string]any{"clock": why[k.r.Clock], "off_s": round(k.r.SentTS.Sub(k.r.Received).Seconds())}
}
