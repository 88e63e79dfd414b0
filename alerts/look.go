package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// look is what a rule sees: a lamp, a gateway or a group, at a reading or (r nil) at a tick.
type look struct {
	e     *Engine
	l     *lampState
	g     *gatewayState
	group *groupState // a village or the town
	r     *device.Reading
	at    device.Millis
	late  bool
	since time.Duration // since the lamp's reading before, 0 where there is none
	watts float64       // measured load, NaN where not measured
	level float64       // % commanded, 0 where not known
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

// DerivedLoad is the load in W of a lamp that measures none, by what leaves its battery and what the panel gives; ok
// is false where it is measured, or the battery is being charged.
func DerivedLoad(r *device.Reading) (watts float64, ok bool) {
	a, hasA := r.Get(device.BatteryA)
	v, hasV := r.Get(device.BatteryV)
	if !hasA || !hasV || a >= 0 || r.Has(device.LoadW) || r.Has(device.LoadA) {
		return 0, false
	}
	panel, _ := fromPanel(r)
	return max(panel, 0) - a*v, true
}

// litWatts is the load from which the lamp counts as lit.
func (e *Engine) litWatts(l *lampState) float64 {
	full := l.known.watts
	if full == 0 {
		full = float64(l.maxLoad)
	}
	return max(l.rules.light.litShare*full*l.known.lowest/100, l.rules.light.loadFloor)
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
	case !ok || on > 0 && l.measures(r.TS):
		return lightUnknown, watts // a command is no light where light is measured
	case on > 0:
		return lit, watts
	}
	return dark, watts
}

// measures says whether the lamp's load was measured within a day before t.
func (l *lampState) measures(t device.Millis) bool {
	return l.measuredAt != 0 && t.Sub(l.measuredAt) < 24*time.Hour
}

// commandedOn says whether the controller itself means to give light.
func commandedOn(r *device.Reading) bool {
	on, hasOn := r.Get(device.LampOn)
	dim, hasDim := r.Get(device.DimPct)
	return (hasOn || hasDim) && (!hasOn || on > 0) && (!hasDim || dim > 0)
}

// told says that the controller means to give light: by this reading, or, where it does not
// say, by those of tonight in which the lamp was dark, as long as they agree.
func (k *look) told() bool {
	if k.r.Has(device.LampOn) || k.r.Has(device.DimPct) {
		return commandedOn(k.r)
	}
	return k.l.light.toldOn && !k.l.light.toldOff
}

// attended says that somebody works on the lamp, or sets it up.
func attended(r *device.Reading) bool {
	mode, ok := r.Get(device.Mode)
	return ok && mode > 0
}

// charging says whether energy flows into the battery.
func charging(r *device.Reading) bool {
	if a, ok := r.Get(device.BatteryA); ok {
		return a > 0.05
	}
	if w, ok := fromPanel(r); ok {
		return w > 1
	}
	s, ok := r.Get(device.ChargeState)
	return ok && s > 0
}

// fromPanel is what the panel gives in W, by its own meters.
func fromPanel(r *device.Reading) (watts float64, ok bool) {
	if w, ok := r.Get(device.PanelW); ok {
		return w, true
	}
	a, hasA := r.Get(device.PanelA)
	v, hasV := r.Get(device.PanelV)
	return a * v, hasA && hasV
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
