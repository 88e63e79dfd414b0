package profile

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// Unit turns a value into its field's own unit: value × factor + offset.
type Unit struct {
	name           string
	factor, offset float64
}

// units are by the unit of the field that they become.
var units = map[string]map[string]Unit{
	"V":       {"V": {factor: 1}, "mV": {factor: 1e-3}},
	"A":       {"A": {factor: 1}, "mA": {factor: 1e-3}},
	"W":       {"W": {factor: 1}, "mW": {factor: 1e-3}, "kW": {factor: 1e3}},
	"%":       {"%": {factor: 1}, "fraction": {factor: 100}, "‰": {factor: 0.1}},
	"°C":      {"°C": {factor: 1}, "C": {factor: 1}, "°F": {factor: 5. / 9, offset: -160. / 9}, "F": {factor: 5. / 9, offset: -160. / 9}, "K": {factor: 1, offset: -273.15}},
	"Wh":      {"Wh": {factor: 1}, "kWh": {factor: 1e3}},
	"s":       {"s": {factor: 1}, "min": {factor: 60}, "h": {factor: 3600}, "ms": {factor: 1e-3}},
	"dBm":     {"dBm": {factor: 1}},
	"degrees": {"degrees": {factor: 1}, "°": {factor: 1}, "rad": {factor: 180 / math.Pi}},
}

// UnitOf finds a unit for a field; the error lists those that fit.
func UnitOf(f device.Field, name string) (Unit, error) {
	own := device.Fields[f].Unit
	u, ok := units[own][name]
	if !ok {
		if own == "" {
			return Unit{}, fmt.Errorf("%s 没有单位 has no unit: leave it out", f)
		}
		return Unit{}, fmt.Errorf("%s 的单位 %q 不认识 is no unit of it: want %s", f, name, strings.Join(slices.Sorted(maps.Keys(units[own])), ", "))
	}
	u.name = name
	return u, nil
}

// to converts, rounded to a millionth: a vendor's 12740 mV is 12.74 V and not
// 12.740000000000002.
func (u Unit) to(v float64) float64 {
	if u.factor != 0 {
		v = v*u.factor + u.offset
	}
	if r := math.Round(v*1e6) / 1e6; !math.IsInf(r, 0) {
		return r + 0 // −0 becomes 0
	}
	return v
}

// UnitsOf are the units that a field's value may come in.
func UnitsOf(f device.Field) map[string]Unit { return units[device.Fields[f].Unit] }
