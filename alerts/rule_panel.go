package alerts

import (
	"math"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

func panelRulings() []ruling {
	return []ruling{{fPanelDead, atReading, deadRule}, {fLowYield, atReading, lowYieldRule}}
}

// panelLimits are the figures of the rules on panels.
type panelLimits struct {
	dead, alive, deadSun, deadHours float64
	edge                            time.Duration
	low, back, lowDay, lowDays      float64
	poor, poorBack, poorHours       float64
	dayHours, learnDays             float64
	faintest, ample                 float64
	clear, alike, calm, sun         float64
	trusted                         float64
	leadFull, lithiumFull, fullSoC  float64
}

func panelLimitsOf(s *ruleSet) panelLimits {
	d := func(name string) float64 { return s.limit(fPanelDead, name) }
	y := func(name string) float64 { return s.limit(fLowYield, name) }
	return panelLimits{
		dead: d("dead_share"), alive: d("alive_share"), deadSun: d("sun_h"), deadHours: d("hours"), edge: minutes(60 * d("daylight_h")),
		low: y("low_share"), back: y("back_share"), lowDay: y("day_share"), lowDays: y("days"),
		poor: y("poor_share"), poorBack: y("poor_back_share"), poorHours: y("poor_h"),
		dayHours: y("day_h"), faintest: y("faintest"), ample: y("ample"), learnDays: y("learn_days"),
		clear: y("clear_share"), alike: y("alike_spread"), calm: y("calm_spread"), sun: y("sun_spread"), trusted: y("trusted_share"),
		leadFull: y("lead_full_v"), lithiumFull: y("lifepo4_full_v"), fullSoC: y("full_soc_pct"),
	}
}

// deadRule: its neighbours gave so much sun and this panel nothing; or by broad
// daylight there is no voltage at it. What the neighbours have, the weather explains
// not.
func deadRule(k *look) verdict {
	m, lim := &k.l.panel, &k.l.rules.panel
	switch {
	case float64(m.dead) >= lim.deadSun && float64(m.deadHours) >= lim.deadHours:
		return verdict{is: holds, since: m.deadSince.millis(), atOnce: true, detail: panelDetail}
	case float64(m.darkFor) >= lim.deadHours*3600 && !(panelWatts(k) > 1):
		return verdict{is: holds, atOnce: true, detail: panelDetail}
	case m.deadHours == 0 && m.darkFor == 0 && (m.level > 0 || k.r.Has(device.PanelV)):
		return verdict{is: healthy, detail: panelDetail}
	}
	return verdict{}
}

// lowYieldRule: for days the panel gave much less than it used to among its neighbours;
// or, ever since it is known, so little in light from the whole sky that no direction or
// shade explains it.
func lowYieldRule(k *look) verdict {
	m, lim := &k.l.panel, &k.l.rules.panel
	share := 1.0
	if k.l.known.panelWp > 0 && float64(m.evenHours) >= lim.poorHours && float64(m.days) >= lim.lowDays {
		share = float64(m.even)
	}
	switch {
	case m.recent == 0 || k.l.tracks.phase(fPanelDead) == firing:
		return verdict{}
	case float64(m.recent) < lim.low && float64(m.low) >= lim.lowDays, share < lim.poor:
		return verdict{is: holds, atOnce: true, detail: panelDetail}
	case float64(m.recent) >= lim.back && share >= lim.poorBack:
		return verdict{is: healthy, detail: panelDetail}
	}
	return verdict{}
}

func panelDetail(k *look) map[string]any {
	m := &k.l.panel
	return map[string]any{
		"of_usual": round(float64(m.recent)), "of_neighbours": round(float64(m.level)), "in_even_light": round(float64(m.even)), "low_days": int(m.low),
		"sun_h_without_yield": round(float64(m.dead)),
	}
}

// median of values, which it sorts; NaN of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}
