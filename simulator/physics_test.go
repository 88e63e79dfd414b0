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

// testPole is a lamp alone under the sky of a seed, with some faults from day on.
func testPole(t *testing.T, lamp device.Lamp, seed int64, from device.Millis, faults ...Fault) (*pole, *skies) {
	t.Helper()
	poles, villages, err := settle([]device.Lamp{lamp}, seed, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range faults {
		faults[i].Lamps = []device.LampID{lamp.ID}
	}
	poles[0].afflict(faults, from)
	poles[0].vendor = &vendors[0]
	return poles[0], newSkies(weather{seed: uint64(seed), zone: shanghai}, villages)
}

// live steps a pole through some days and hands every moment out.
func live(p *pole, w *skies, from device.Millis, days int, see func(now)) {
	nights := night.NewCalendar(shanghai)
	for t := from; t < from.Add(time.Duration(days)*24*time.Hour); t = t.Add(10 * time.Minute) {
		see(p.step(t, w, nights))
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
		w := weather{seed: seed, zone: shanghai}
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai); at.Year() == 2026; at = at.Add(30 * time.Minute) {
			p := sunAt(at, 29.0, 106.3)
			if p.up < 0.05 {
				continue
			}
			s := w.at(at, "大垭村")
			ghi := clearSky(p) * s.through
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
	begin := day(time.January, 1)
	p, w := testPole(t, lamp, 1, begin)
	p.SoC = 0.6
	charged, consumed := p.ChargedWh, p.ConsumeWh
	var in, out, stored float64
	first, hours := true, 0.0
	live(p, w, begin, 4, func(n now) {
		if n.state == stateFloat || p.SoC < 0.05 || p.SoC > p.chemistry.rises {
			t.Fatalf("charge %.2f, state %v: choose other days", p.SoC, n.state)
		}
		if first {
			first = false // the first moment has no length
			return
		}
		hours += 1.0 / 6
		in += n.panelW / 6
		out += n.loadW / 6
		stored += n.amps / 6
	})
	near := func(what string, got, want, within float64) {
		t.Helper()
		if math.Abs(got-want) > within {
			t.Errorf("%s %.2f, want %.2f", what, got, want)
		}
	}
	near("charged Wh", p.ChargedWh-charged, in, 0.01)
	near("consumed Wh", p.ConsumeWh-consumed, out, 0.01)
	// At 13.0 to 13.2 V, the plateau of LiFePO4.
	near("into the battery Wh", stored*13.1, in*tracking-out-standby*hours, 0.02*(in+out))
	cool := newBattery(p.chemistry, p.ah, p.volts, p.health, 10)
	near("charge Ah", (p.SoC-0.6)*cool.ah, stored, 0.05*(in+out)/13)
}

// A cloudless day yields what a panel's data sheet promises: watt-peak times hours of
// full sun on its plane, less 5 % of the tracker and what the cell's heat takes.
func TestClearDayYield(t *testing.T) {
	for month, heat := range map[time.Month][2]float64{time.January: {0.95, 1.02}, time.July: {0.86, 0.93}} {
		p, _ := testPole(t, testLamp("JP-0001"), 1, 0)
		p.Dust = 0
		var full, yield float64 // hours of 1,000 W/m²; Wh
		for at := day(month, 15); at < day(month, 16); at = at.Add(10 * time.Minute) {
			n := now{t: at, moment: moment{sky: sky{ambient: climate[month-1].temperature, through: 1}, sun: sunAt(at.Time(), p.lamp.Lat, p.lamp.Lon)}}
			n.clear = clearSky(n.sun)
			p.shine(&n, 0)
			full += p.site.on(n.sun, n.clear, 0, 0) / 1000 / 6
			yield += n.sunW / 6
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
		f.begins(day(time.May, 1))
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
	begin := day(time.August, 1)
	p, w := testPole(t, testLamp("JP-0001"), 1, begin)
	var lit, dim, full float64
	live(p, w, begin, 30, func(n now) {
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
	// Nights of 10.9 hours less the photo-cell's twilight: 4 bright, the rest dimmed.
	if lit/30 < 3.6 || lit/30 > 4.2 || dim/30 < 5.6 || dim/30 > 7.6 {
		t.Errorf("%.1f h bright and %.1f h dimmed a night", lit/30, dim/30)
	}
	if full/30 < 1 {
		t.Errorf("full for %.1f h a day in August", full/30)
	}
}

func TestWinterSags(t *testing.T) {
	lowest := func(month time.Month) float64 {
		low := 1.0
		p, w := testPole(t, testLamp("JP-0001"), 1, 0)
		live(p, w, day(month, 1), 28, func(now) { low = min(low, p.SoC) })
		return low
	}
	if august, january := lowest(time.August), lowest(time.January); january >= august {
		t.Errorf("lowest charge %.2f in January, %.2f in August", january, august)
	}
}

// Every reading that a lamp makes passes the same check as a real one's.
func TestReadingsAreValid(t *testing.T) {
	var d payload.Decoder
	var batch payload.Batch
	for i := range vendors {
		p, w := testPole(t, testLamp("JP-0001"), 7, 0)
		p.vendor = &vendors[i]
		live(p, w, day(time.March, 1), 20, func(n now) {
			r := p.report(&n)
			d.Telemetry(payload.Topic{Lamp: "JP-0001", Part: payload.Telemetry}, payload.AppendJSON(nil, &r), n.t, &batch)
			if len(batch.Rejects) > 0 {
				t.Fatalf("%s: %+v", p.vendor.name, batch.Rejects[0])
			}
		})
	}
}

func BenchmarkStep(b *testing.B) {
	poles, villages, err := settle([]device.Lamp{testLamp("JP-0001")}, 1, 0)
	if err != nil {
		b.Fatal(err)
	}
	p, w, nights := poles[0], newSkies(weather{seed: 1, zone: shanghai}, villages), night.NewCalendar(shanghai)
	at := day(time.January, 1)
	for b.Loop() {
		at = at.Add(10 * time.Minute)
		n := p.step(at, w, nights)
		p.report(&n)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}
