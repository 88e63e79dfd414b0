package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// look is what a rule sees: a lamp or a gateway, at a reading or (r nil) at a tick.
type look struct {
	e     *Engine
	l     *lampState
	g     *gatewayState
	r     *device.Reading
	at    device.Millis
	late  bool
	watts float64 // measured load, NaN where not measured
}

// evaluator is one rule. It changes nothing but what the lamp's battery remembers.
type evaluator func(*look) verdict

// limits are the thresholds in force, read from the catalogue once.
type limits struct {
	litShare, loadFloor               float64
	twilight, evening                 time.Duration
	lead, lithium                     cellLimits
	socEmpty, socBack, fall           float64
	silence, gatewaySilence           time.Duration
	silenceTimes, gatewaySilenceTimes float64
}

// cellLimits are in volts per cell.
type cellLimits struct{ cutoff, low, rest, back float64 }

func limitsOf(entries map[device.Fault]*Entry) limits {
	d, b := entries[device.LampDark], entries[device.BatteryEmpty]
	s, g := entries[device.LampSilent], entries[device.GatewaySilent]
	cells := func(kind string) cellLimits {
		return cellLimits{b.limit(kind + "_cutoff_v"), b.limit(kind + "_low_v"), b.limit(kind + "_rest_v"), b.limit(kind + "_back_v")}
	}
	return limits{
		litShare: d.limit("lit_share"), loadFloor: d.limit("load_floor_w"),
		twilight: minutes(d.limit("twilight_min")), evening: minutes(60 * d.limit("evening_h")),
		lead: cells("lead"), lithium: cells("lifepo4"),
		socEmpty: b.limit("soc_empty_pct"), socBack: b.limit("soc_back_pct"), fall: b.limit("fall_v_h"),
		silence: minutes(s.limit("silence_min")), silenceTimes: s.limit("silence_intervals"),
		gatewaySilence: minutes(g.limit("silence_min")), gatewaySilenceTimes: g.limit("silence_intervals"),
	}
}

// loadWatts is the measured load, or NaN where nothing measures it.
func loadWatts(r *device.Reading, nominal float64) float64 {
	if w, ok := r.Get(device.LoadW); ok {
		return w
	}
	a, ok := r.Get(device.LoadA)
	if !ok {
		return math.NaN()
	}
	for _, f := range [...]device.Field{device.LoadV, device.BatteryV} {
		if v, ok := r.Get(f); ok {
			return a * v
		}
	}
	if nominal > 0 {
		return a * nominal
	}
	return math.NaN()
}

// litWatts is the load from which the lamp counts as lit.
func (e *Engine) litWatts(l *lampState) float64 {
	full := l.known.watts
	if full == 0 {
		full = float64(l.maxLoad)
	}
	return max(e.limits.litShare*full*l.known.lowest/100, e.limits.loadFloor)
}

// lightOf tells whether a reading shows its lamp lit, and its load.
func (e *Engine) lightOf(r *device.Reading, l *lampState) (light, float64) {
	watts := loadWatts(r, l.known.nominal)
	if !math.IsNaN(watts) {
		if watts >= e.litWatts(l) {
			return lit, watts
		}
		return dark, watts
	}
	on, ok := r.Get(device.LampOn)
	switch {
	case !ok:
		return lightUnknown, watts
	case on > 0:
		return lit, watts
	}
	return dark, watts
}

// commandedOn says whether the controller itself means to give light.
func commandedOn(r *device.Reading) bool {
	on, hasOn := r.Get(device.LampOn)
	dim, hasDim := r.Get(device.DimPct)
	return (hasOn || hasDim) && (!hasOn || on > 0) && (!hasDim || dim > 0)
}

// charging says whether energy flows into the battery.
func charging(r *device.Reading) bool {
	if a, ok := r.Get(device.BatteryA); ok {
		return a > 0.05
	}
	if w, ok := r.Get(device.PanelW); ok {
		return w > 1
	}
	s, ok := r.Get(device.ChargeState)
	return ok && s > 0
}

// figures gives the named fields of a reading that it carries, rounded as people read them.
func figures(r *device.Reading, fields ...device.Field) map[string]any {
	out := map[string]any{}
	for _, f := range fields {
		if v, ok := r.Get(f); ok {
			out[device.Fields[f].Name] = round(v)
		}
	}
	return out
}

func round(v float64) float64 { return math.Round(v*1000) / 1000 }
