package simulator

import (
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// says is one value of what a lamp reports of a moment.
func says(p *pole, n now, f device.Field) float64 {
	r := p.report(&n)
	return r.Value(f)
}

// Each fault changes the physics, so that its telemetry shows it in every field
// that has to do with it, and is gone when it is over.
func TestFaultsShow(t *testing.T) {
	const day = 24 * time.Hour
	night := func(n now) bool { return n.promised > 0 }
	for _, c := range []struct {
		fault Fault
		shows func(*pole, now) bool
	}{
		{Fault{Code: device.LampDark}, func(_ *pole, n now) bool { return night(n) && n.commanded && n.loadW == 0 }},
		{Fault{Code: device.LampDark, Creeps: 12 * time.Hour}, func(_ *pole, n now) bool { return n.flicker > 0 }},
		{Fault{Code: device.LampDim, Severity: 0.6}, func(_ *pole, n now) bool { return n.level == 100 && n.loadW < 0.41*12 && n.loadW > 0.39*12 }},
		{Fault{Code: device.LampFlicker}, func(p *pole, n now) bool { return n.commanded && says(p, n, device.LoadW) == 0 }},
		{Fault{Code: device.LampDayBurning}, func(_ *pole, n now) bool { return n.sun.up > 0.5 && n.loadW == 12 }},
		{Fault{Code: device.LightShort}, func(p *pole, n now) bool { return night(n) && n.level == 0 && !p.Cut }},
		{Fault{Code: device.BatteryEmpty}, func(p *pole, n now) bool { return night(n) && p.Cut && n.volts < 12 }},
		{Fault{Code: device.BatteryEmpty, Cause: causeLeak, Severity: 1}, func(p *pole, n now) bool { return night(n) && p.Cut }},
		{Fault{Code: device.BatteryOverheat, Severity: 0.5}, func(p *pole, n now) bool { return p.Temp > 65 && n.amps < -1 }},
		{Fault{Code: device.BatteryOvervoltage}, func(p *pole, n now) bool { return n.volts > 15.5 && p.Temp > n.ambient+10 }},
		{Fault{Code: device.PanelDead}, func(_ *pole, n now) bool { return n.sun.up > 0.5 && n.panelW == 0 && n.amps < 0 }},
		{Fault{Code: device.Tampered}, func(p *pole, n now) bool { return p.Gone && n.mute && night(n) }},
		{Fault{Code: device.Tampered}, func(p *pole, n now) bool { return p.Gone && !n.mute && says(p, n, device.BatteryV) < 0.1 }},
		{Fault{Code: device.Tampered, Cause: causeTilt}, func(p *pole, n now) bool { p.vendor = &vendors[1]; return says(p, n, device.Tilt) > 20 }},
		{Fault{Code: device.SensorSuspect, Cause: causeZero}, func(p *pole, n now) bool { return n.volts > 12 && says(p, n, device.BatteryV) == 0 }},
		{Fault{Code: device.ClockWrong}, func(p *pole, n now) bool { return p.report(&n).SentTS == n.t.Add(-8*time.Hour) }},
		{Fault{Code: device.ClockWrong, Cause: causeReset}, func(p *pole, n now) bool { return p.report(&n).SentTS < device.EarliestTS }},
		{Fault{Code: device.ClockWrong, Cause: causeAhead}, func(p *pole, n now) bool { return p.report(&n).SentTS > n.t.Add(time.Hour) }},
		{Fault{Code: device.LampSilent}, func(_ *pole, n now) bool { return n.silent }},
	} {
		lamp := testLamp("JP-0001")
		lamp.LampW = 12
		begin := device.MillisOf(time.Date(2026, 8, 1, 0, 0, 0, 0, shanghai))
		c.fault.From, c.fault.Lasts = 3*day, 4*day
		p, w := testPole(t, lamp, 1, begin, c.fault)
		before, during, after := 0, 0, 0
		live(p, w, begin, 14, func(n now) {
			switch since := n.t.Sub(begin); {
			case !c.shows(p, n):
			case since < c.fault.From:
				before++
			case since < c.fault.From+c.fault.Lasts:
				during++
			case since > c.fault.From+c.fault.Lasts+3*day:
				after++
			}
		})
		if before > 0 || during < 3 || after > 0 {
			t.Errorf("%v: shown %d times before, %d while it was there, %d three days after", c.fault, before, during, after)
		}
	}
}

// What shows only over days: the same sun gives less through dust or a branch, and
// a worn battery goes further down and sags more for the same light.
func TestSlowFaultsShow(t *testing.T) {
	begin := device.MillisOf(time.Date(2026, 8, 1, 12, 0, 0, 0, shanghai))
	measure := func(faults ...Fault) (yield, depth, sag float64) {
		lamp := testLamp("JP-0001")
		lamp.LampW, lamp.BatteryAh = 10, 20
		p, w := testPole(t, lamp, 1, begin, faults...)
		depth = 1
		last := now{}
		live(p, w, begin, 10, func(n now) {
			yield += n.sunW / 6
			depth = min(depth, p.SoC)
			if last.loadW == 0 && n.loadW > 0 {
				sag = max(sag, last.volts-n.volts)
			}
			last = n
		})
		return yield, depth, sag
	}
	yield, depth, sag := measure()
	for _, cause := range Causes(device.PanelLowYield) {
		less, _, _ := measure(Fault{Code: device.PanelLowYield, Severity: 0.5, Cause: cause})
		if share := less / yield; share < 0.4 || share > 0.65 {
			t.Errorf("%s of half the light leaves %.2f of the yield", cause, share)
		}
	}
	_, deeper, more := measure(Fault{Code: device.BatteryAging, Severity: 0.5})
	if 1-deeper < 1.7*(1-depth) || more < 1.5*sag {
		t.Errorf("half the capacity: down to %.2f instead of %.2f, sags by %.3f V instead of %.3f", deeper, depth, more, sag)
	}
}

// Hanging sensors say the same whatever the battery does.
func TestFrozenSensors(t *testing.T) {
	begin := device.MillisOf(time.Date(2026, 8, 1, 0, 0, 0, 0, shanghai))
	p, w := testPole(t, testLamp("JP-0001"), 1, begin, Fault{Code: device.SensorSuspect, From: 24 * time.Hour, Lasts: 48 * time.Hour})
	said := map[float64]bool{}
	truth := map[float64]bool{}
	live(p, w, begin, 3, func(n now) {
		r := p.report(&n)
		if n.frozen {
			said[r.Value(device.BatteryV)] = true
			truth[n.volts] = true
		}
	})
	if len(said) != 1 || len(truth) < 50 {
		t.Errorf("hanging sensors say %d voltages, there were %d", len(said), len(truth))
	}
}

// A plan holds every kind, no lamp twice at a time, and a year is drawn month by month.
func TestDrawPlan(t *testing.T) {
	var lamps []device.Lamp
	for range 20 {
		for _, l := range smallTown() {
			l.ID = device.LampID(string(rune('A'+len(lamps)/20)) + string(l.ID))
			if l.Gateway != "" {
				l.Gateway = device.GatewayID("GW-" + string(rune('A'+len(lamps)/40)))
			}
			lamps = append(lamps, l)
		}
	}
	const day = 24 * time.Hour
	for _, days := range []int{30, 365} {
		plan := DrawPlan(7, lamps, time.Duration(days)*day, Mixed)
		if want := 96 * days / 30; len(plan) < want*95/100 || len(plan) > want*107/100 {
			t.Errorf("%d days: %d faults, want some %d", days, len(plan), want)
		}
		kinds := map[device.Fault]int{}
		type span struct{ from, until time.Duration }
		had := map[device.LampID][]span{}
		for _, f := range plan {
			kinds[f.Code]++
			for _, id := range f.Lamps {
				until := f.From + f.Lasts
				if f.Lasts == 0 {
					until = 1000 * day
				}
				for _, other := range had[id] {
					if f.From < other.until && other.from < until {
						t.Errorf("%s has two faults at once: %v", id, f)
					}
				}
				had[id] = append(had[id], span{f.From, until})
			}
			again, err := ParseFault(f.String())
			if err != nil || again.String() != f.String() {
				t.Errorf("%v cannot be read back: %v", f, err)
			}
		}
		for _, code := range Injectable {
			if kinds[code] == 0 {
				t.Errorf("%d days: no %s", days, code)
			}
		}
	}
}
