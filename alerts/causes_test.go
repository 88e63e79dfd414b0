package alerts

import (
	"slices"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// What pages say that a fault is not raised under is what it is not raised under: every other may stand beside it.
func TestNotRaisedUnder(t *testing.T) {
	noon := device.MillisOf(time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai(t)))
	for _, r := range []ruling{{fPanelDead, atReading, deadRule}, {fLowYield, atReading, lowYieldRule}, {fShort, atReading, shortRule}, {fSensor, atReading, sensorRule}} {
		for cause := range codes {
			c := fault(cause)
			if c == r.fault {
				continue
			}
			e := NewEngine(EngineConfig{Lamps: newTestTown(), Location: shanghai(t)})
			l := e.lamp("JP-0007")
			l.panel.deadHours, l.panel.dead = 9, 9
			l.panel.recent, l.panel.low = 0.3, 9
			l.light.night, l.light.last = noon, nightWord{noon: noon, short: holds, said: true}
			l.sensor.why = frozenVolts
			for _, known := range []*tracks{&l.tracks, &e.group(e.cfg.Town).tracks} {
				known.of(c).phase = firing
			}
			k := e.lookAt(look{l: l, at: noon.Add(20 * time.Hour), r: &device.Reading{}})
			e.ask(nil, []ruling{r}, &l.tracks, l.subject, l.rules, k)
			entry := l.rules.entries[r.fault]
			raised, told := l.tracks.phase(r.fault) == firing, slices.Contains(entry.DependsOn, codes[c])
			if raised == told {
				t.Errorf("%s under %s: raised %t, in the list %t", entry.Fault, codes[c], raised, told)
			}
		}
	}
}

// A nominal voltage says LiFePO4 where it is a number of its cells, and no block of lead.
func TestLithiumVolts(t *testing.T) {
	for volts, want := range map[float64]bool{3.2: true, 6.4: true, 9.6: true, 12.8: true, 25.6: true, 51.2: true, 0: false, 2: false, 6: false, 12: false, 24: false, 36: false, 48: false} {
		if lithiumVolts(volts) != want {
			t.Errorf("%g V LiFePO4: %t, want %t", volts, !want, want)
		}
	}
}

// What is due once in an hour is done at the next tick where its minute had none, and once only.
func TestDueWithoutItsMinute(t *testing.T) {
	e := NewEngine(EngineConfig{Lamps: newTestTown(), Location: shanghai(t)})
	hour := device.MillisOf(time.Date(2026, 1, 4, 12, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		minute int
		due    bool
	}{{0, false}, {19, false}, {22, true}, {23, false}, {79, false}, {80, true}, {300, true}} {
		e.Tick(hour.Add(time.Duration(c.minute) * time.Minute))
		if got := e.due(time.Hour, compareMinute*time.Minute); got != c.due {
			t.Errorf("minute %d: due %t, want %t", c.minute, got, c.due)
		}
	}
}

// A night that was short began at its dusk, which in June is at eight.
func TestShortSinceDusk(t *testing.T) {
	noon := device.MillisOf(time.Date(2026, 6, 4, 12, 0, 0, 0, shanghai(t)))
	e := NewEngine(EngineConfig{Lamps: newTestTown(), Location: shanghai(t)})
	l := e.lamp("JP-0007")
	l.light.night, l.light.last = noon, nightWord{noon: noon, short: holds, said: true}
	v := shortRule(e.lookAt(look{l: l, at: noon.Add(20 * time.Hour), r: &device.Reading{}}))
	if dusk := e.sun.At(noon.Add(8*time.Hour), l.known.lat, l.known.lon).Dusk; v.since != dusk {
		t.Errorf("since %s, want %s", v.since.Time(), dusk.Time())
	}
}
