package alerts

import (
	"cmp"
	"slices"

	"github.com/yingguang/yingguang/device"
)

// Advice is what dimming would do for a village tonight.
type Advice struct {
	Village device.Village
	Lamps   int // with a forecast
	Out     int // that will go out before dawn
	DimPct  int // of their usual light; 0 where nobody need dim
	Saved   int // of Out, that would then last
}

// The levels that are advised: below a third people no longer see where they walk (EN 13201-2
// allows P-class roads to go down three classes in the small hours, about a third of the light).
const (
	dimStep   = 10
	dimLowest = 30
	dimEnough = 0.8 // of those that would go out
)

// Advise says, village by village, by how much lamps would have to be dimmed from now
// on to carry through the night: the brightest level at which four in five of those that would go out last.
func Advise(list []Forecast) []Advice {
	byVillage := map[device.Village][]Forecast{}
	for _, f := range list {
		byVillage[f.Village] = append(byVillage[f.Village], f)
	}
	var out []Advice
	for v, lamps := range byVillage {
		a := Advice{Village: v, Lamps: len(lamps)}
		for i := range lamps {
			if lamps[i].OutAt != 0 {
				a.Out++
			}
		}
		for level := 100 - dimStep; a.Out > 0 && level >= dimLowest; level -= dimStep {
			a.DimPct, a.Saved = level, 0
			for i := range lamps {
				if lamps[i].OutAt != 0 && lamps[i].lastsAt(float64(level)/100) {
					a.Saved++
				}
			}
			if float64(a.Saved) >= dimEnough*float64(a.Out) {
				break
			}
		}
		if a.Saved == 0 {
			a.DimPct = 0 // it would help nobody
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Advice) int { return cmp.Compare(a.Village, b.Village) })
	return out
}

// lastsAt says whether the lamp would burn until dawn at a share of its usual power
// from the time of the forecast on.
func (f *Forecast) lastsAt(share float64) bool {
	from := max(f.At, f.Dusk)
	rest := f.NightWh * f.Dawn.Sub(from).Hours() / f.Dawn.Sub(f.Dusk).Hours()
	return rest*share <= f.LeftWh
}
