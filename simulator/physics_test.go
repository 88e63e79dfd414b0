package simulator

import (
	"math"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
	"github.com/yingguang/yingguang/device/payload"
)

var shanghai = time.FixedZone("CST", 8*3600)

func day(month time.Month, d int) device.Millis {
	return device.MillisOf(time.Date(2026, month, d, 12, 0, 0, 0, shanghai))
}

func testLamp(id string) device.Lamp {
	schedule, err := device.ParseSchedule("dusk+0h:100 dusk+4h:30 dawn:0")
	if err != nil {
		panic(err)
	}
	return device.Lamp{
		ID: device.LampID(id), Stage: device.Installed, Place: device.Place{ID: "院", Village: "大垭村"}, Lat: 29.0, Lon: 106.3,
		PanelWp: 80, BatteryAh: 40, BatteryV: 12.8, BatteryChemistry: "lifepo4", LampW: 30, Interval: 5 * time.Minute, Schedule: schedule,
	}
}

// live steps a pole through some days and hands every moment out.
func live(p *pole, from device.Millis, days int, bad broken, see func(device.Millis, now)) {
	w, nights := weather{1, shanghai}, night.NewCalendar(shanghai)
	for t := from; t < from.Add(time.Duration(days)*24*time.Hour); t = t.Add(10 * time.Minute) {
		see(t, p.step(t, w, nights, bad))
	}
}

// The sun stands where astronomy says: solar noon at the solstices.
func TestSun(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		want float64 // elevation, degrees, at 29.0 N 106.3 E
	}{
		{time.Date(2026, 6, 21, 4, 56, 0, 0, time.UTC), 90 - (29.0 - 23.44)},
		{time.Date(2026, 12, 22, 4, 53, 0, 0, time.UTC), 90 - (29.0 + 23.44)},
		{time.Date(2026, 3, 20, 5, 2, 0, 0, time.UTC), 90 - 29.0},
	} {
		got := math.Asin(sunAt(c.at, 29.0, 106.3).up) * 180 / math.Pi
		if math.Abs(got-c.want) > 0.3 {
			t.Errorf("%v: elevation %.2f°, want %.2f°", c.at, got, c.want)
		}
	}
	// Two ways to the same sun: H. Spencer's series here, NOAA's in device/night.
	for hour := range 24 * 30 {
		at := device.MillisOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Add(time.Duration(hour) * 12 * time.Hour / 5)
		got := math.Asin(sunAt(at.Time(), 29.0, 106.3).up) * 180 / math.Pi
		if want := night.Elevation(at, 29.0, 106.3); math.Abs(got-want) > 0.4 {
			t.Fatalf("%v: elevation %.2f°, NOAA has %.2f°", at.Time(), got, want)
		}
	}
}

// Twenty skies have Chongqing's sun: 1,000 to 1,500 hours a year, next to none in
// winter (sunny: at least 120 W/m² of beam, as the WMO counts).
func TestClimate(t *testing.T) {
	var year, winter, august float64
	const seeds = 20
	for seed := range uint64(seeds) {
		w := weather{seed, shanghai}
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai); at.Year() == 2026; at = at.Add(30 * time.Minute) {
			p := sunAt(at, 29.0, 106.3)
			if p.up < 0.05 {
				continue
			}
			s := w.at(at, "大垭村")
			ghi := clearSky(p) * s.through()
			beam := ghi * (1 - (0.15 + 0.85*s.cloud*s.cloud)) / p.up
			if beam < 120 {
				continue
			}
			year += 0.5
			switch at.Month() {
			case time.December, time.January, time.February:
				winter += 0.5
			case time.August:
				august += 0.5
			}
		}
	}
	year, winter, august = year/seeds, winter/seeds/3, august/seeds
	t.Logf("sun hours: %.0f a year, %.0f a winter month, %.0f in August", year, winter, august)
	if year < 1000 || year > 1500 {
		t.Errorf("%.0f sun hours a year, Chongqing has 1,000 to 1,500", year)
	}
	if winter < 20 || winter >= 35 {
		t.Errorf("%.0f sun hours in a winter month, Chongqing has under 35", winter)
	}
	if august < 130 || august > 260 {
		t.Errorf("%.0f sun hours in August, Chongqing has some 190", august)
	}
}

// Energy is neither made nor lost: what went in and did not come out is in the
// battery, as long as it is not full and refuses, and the counters say the same.
func TestEnergyIsKept(t *testing.T) {
	lamp := testLamp("JP-0001")
	lamp.LampW = 12
	p := newPole(lamp, 1)
	p.SoC = 0.6
	charged, consumed := p.ChargedWh, p.ConsumeWh
	var in, out, stored float64
	last := now{volts: 13}
	live(p, day(time.January, 1), 4, nil, func(_ device.Millis, n now) {
		if n.state == stateFloat || p.SoC < 0.05 || p.SoC > 0.99 {
			t.Fatalf("charge %.2f, state %v: choose other days", p.SoC, n.state)
		}
		in += n.panelW / 6
		out += n.loadW / 6
		stored += n.amps * n.volts / 6
		last = n
	})
	near := func(what string, got, want, within float64) {
		t.Helper()
		if math.Abs(got-want) > within {
			t.Errorf("%s %.1f, want %.1f", what, got, want)
		}
	}
	near("charged Wh", p.ChargedWh-charged, in, 3) // the first moment has no length yet
	near("consumed Wh", p.ConsumeWh-consumed, out, 3)
	near("into the battery Wh", stored, in*0.97-out, 0.04*(in+out))
	near("charge", (p.SoC-0.6)*40*0.95*last.volts, in*0.97-out, 0.05*(in+out))
}

// A cloudless day yields what a panel's data sheet promises: watt-peak times hours of
// full sun on its plane, less 5 % of the tracker and what the cell's heat takes.
func TestClearDayYield(t *testing.T) {
	for month, heat := range map[time.Month][2]float64{time.January: {0.95, 1.02}, time.July: {0.86, 0.93}} {
		p := newPole(testLamp("JP-0001"), 1)
		above := sky{ambient: climate[month-1].temperature}
		var full, yield float64 // hours of 1,000 W/m²; Wh
		for at := day(month, 15); at < day(month, 16); at = at.Add(10 * time.Minute) {
			var n now
			p.shine(&n, at.Time(), above, nil)
			sun := sunAt(at.Time(), p.lamp.Lat, p.lamp.Lon)
			full += p.panel.on(sun, clearSky(sun), 0) / 1000 / 6
			yield += n.panelW / 6
		}
		if full < 4 || full > 8 {
			t.Errorf("%v: %.1f hours of full sun under no cloud", month, full)
		}
		if share := yield / (p.wp * full * 0.95); share < heat[0] || share > heat[1] {
			t.Errorf("%v: %.2f of what the panel gives at 25 °C, want %v", month, share, heat)
		}
	}
}

// How often a lamp reports does not change its life: one long stride is lived as
// many short ones.
func TestStrideChangesNothing(t *testing.T) {
	fleet := func() *Fleet {
		f, err := New(Config{Lamps: []device.Lamp{testLamp("JP-0001")}, Seed: 3, Location: shanghai})
		if err != nil {
			t.Fatal(err)
		}
		f.step(f.poles[0], day(time.May, 1))
		return f
	}
	short, long := fleet(), fleet()
	for at := day(time.May, 1); at < day(time.May, 8); at = at.Add(historyStep) {
		short.step(short.poles[0], at.Add(historyStep))
	}
	long.step(long.poles[0], day(time.May, 8))
	if a, b := short.poles[0].life, long.poles[0].life; a != b {
		t.Errorf("in short strides %+v, in one %+v", a, b)
	}
}

// A summer's lamp burns by its schedule and is full again by noon on most days.
func TestLifeOfALamp(t *testing.T) {
	p := newPole(testLamp("JP-0001"), 1)
	var lit, dim, full float64
	live(p, day(time.August, 1), 30, nil, func(_ device.Millis, n now) {
		switch {
		case n.loadW > 29:
			lit += 1.0 / 6
		case n.loadW > 8:
			dim += 1.0 / 6
		}
		if n.state == stateFloat {
			full += 1.0 / 6
		}
	})
	// Nights of 10.9 hours: 4 bright, the rest dimmed.
	if lit/30 < 3.6 || lit/30 > 4.2 || dim/30 < 6 || dim/30 > 7.6 {
		t.Errorf("%.1f h bright and %.1f h dimmed a night", lit/30, dim/30)
	}
	if full/30 < 1 {
		t.Errorf("full for %.1f h a day in August", full/30)
	}
}

func TestWinterSags(t *testing.T) {
	lowest := func(month time.Month) float64 {
		low := 1.0
		p := newPole(testLamp("JP-0001"), 1)
		live(p, day(month, 1), 28, nil, func(device.Millis, now) { low = min(low, p.SoC) })
		return low
	}
	if august, january := lowest(time.August), lowest(time.January); january >= august {
		t.Errorf("lowest charge %.2f in January, %.2f in August", january, august)
	}
}

func TestFaultsShow(t *testing.T) {
	for _, c := range []struct {
		fault device.Fault
		shows func(now) bool
		never bool
	}{
		{device.LampDark, func(n now) bool { return n.loadW > 0 }, true},
		{device.PanelDead, func(n now) bool { return n.panelW > 0 }, true},
		{device.LampDim, func(n now) bool { return n.loadW > 20 }, true},
		{device.LampDayBurning, func(n now) bool { return n.loadW > 20 && n.panelW > 5 }, false},
	} {
		seen := false
		live(newPole(testLamp("JP-0001"), 1), day(time.August, 1), 3, broken{c.fault}, func(_ device.Millis, n now) { seen = seen || c.shows(n) })
		if seen == c.never {
			t.Errorf("%s: seen %v", c.fault, seen)
		}
	}
	cut := false
	p := newPole(testLamp("JP-0001"), 1)
	live(p, day(time.August, 1), 5, broken{device.BatteryEmpty}, func(_ device.Millis, n now) { cut = cut || p.Cut })
	if !cut {
		t.Error("an empty battery never disconnected the lamp")
	}
}

// Every reading that a lamp makes passes the same check as a real one's.
func TestReadingsAreValid(t *testing.T) {
	var d payload.Decoder
	var batch payload.Batch
	p := newPole(testLamp("JP-0001"), 7)
	live(p, day(time.March, 1), 20, nil, func(at device.Millis, n now) {
		r := p.report(at, n)
		d.Telemetry(payload.Topic{Lamp: "JP-0001", Part: payload.Telemetry}, payload.AppendJSON(nil, &r), at, &batch)
		if len(batch.Rejects) > 0 {
			t.Fatalf("%+v", batch.Rejects[0])
		}
	})
}

func BenchmarkStep(b *testing.B) {
	p := newPole(testLamp("JP-0001"), 1)
	w, nights := weather{1, shanghai}, night.NewCalendar(shanghai)
	at := day(time.January, 1)
	for b.Loop() {
		at = at.Add(10 * time.Minute)
		n := p.step(at, w, nights, nil)
		p.report(at, n)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}
