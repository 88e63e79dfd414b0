package alerts

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// A counter in steps of 10 Wh, as EPEVER and Victron have, tells what came in, however often it is read: no panel is
// dead that is not, and one that is, is. So it is where the message tells the power, too, now and then.
func TestCoarseCounters(t *testing.T) {
	for _, c := range []struct {
		every   time.Duration
		metered bool
	}{{2 * time.Minute, false}, {5 * time.Minute, false}, {5 * time.Minute, true}, {time.Hour, true}} {
		t.Run(fmt.Sprint(c.every, c.metered), func(t *testing.T) {
			town := newTestTown()
			clear(town.lamps)
			for n := range 6 {
				id := device.LampID(fmt.Sprintf("A-%d", n))
				town.add(id, "", "")
				lamp := town.lamps[id]
				lamp.PanelWp, lamp.Interval = 80, c.every
				town.lamps[id] = lamp
			}
			e := NewEngine(EngineConfig{Lamps: town, Location: shanghai(t), AllObserved: true})
			sunny := dullDays(t, e, c.every, c.metered)
			for id := range town.lamps {
				l := e.lamps[id]
				dead := l.tracks.phase(fPanelDead) == firing
				if dead != (id == "A-5") {
					t.Errorf("%s dead: %t", id, dead)
				}
				if id == "A-0" && math.Abs(float64(l.panel.supply[0])/40-sunny) > 0.1*sunny {
					t.Errorf("a day of %g Wh for each Wp, want %g", float64(l.panel.supply[0])/40, sunny)
				}
			}
		})
	}
}

// dullDays plays four days of 12 W from nine o'clock to five, on the last two of which the panel of A-5 gives nothing; it
// gives what one of 80 Wp gave on each for each Wp.
func dullDays(t *testing.T, e *Engine, every time.Duration, metered bool) float64 {
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, shanghai(t))
	gave := map[device.LampID]float64{}
	const watts = 12
	for at, n := noon, 0; at.Before(noon.AddDate(0, 0, 4)); at, n = at.Add(every), n+1 {
		for i := range 6 {
			id := device.LampID(fmt.Sprintf("A-%d", i))
			w := 0.0
			if at.Hour() >= 9 && at.Hour() < 17 && (i < 5 || at.Before(noon.AddDate(0, 0, 2))) {
				w = watts
			}
			gave[id] += w * every.Hours()
			r := device.Reading{Lamp: id, SentTS: device.MillisOf(at), Received: device.MillisOf(at)}
			r.Place()
			r.Set(device.BatteryV, 13.1)
			r.Set(device.ChargedWh, math.Floor(gave[id]/10)*10)
			if metered && n%4 != i%4 {
				r.Set(device.PanelW, w)
			}
			e.Observe(&r)
		}
		for m := time.Duration(0); m < every; m += time.Minute {
			e.Tick(device.MillisOf(at.Add(m)))
		}
	}
	return 8 * watts / 80.0
}
