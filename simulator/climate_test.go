package simulator

import (
	"math"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
)

// year hands out every half hour of a year under the sky of a seed.
func year(seed uint64, see func(at time.Time, s sky)) {
	w := weather{seed: seed, zone: shanghai}
	for at := time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai); at.Year() == 2026; at = at.Add(30 * time.Minute) {
		see(at, w.at(at, "大垭村"))
	}
}

// Rain and fog are Chongqing's: some 1,100 mm on 150 days (0.1 mm and more), fog in the
// morning of some 104.
func TestRainAndFog(t *testing.T) {
	const seeds = 10
	var rain, wetDays, fogDays, warm, cold float64
	for seed := range uint64(seeds) {
		w := weather{seed: seed, zone: shanghai}
		daily := map[int]float64{}
		year(seed, func(at time.Time, s sky) {
			rain += s.rain / 2 / seeds
			daily[at.YearDay()] += s.rain / 2
			if at.Hour() == 7 && at.Minute() == 30 && w.fog(at, 1) > 0.9 {
				fogDays += 1.0 / seeds
			}
			switch at.Month() {
			case time.July:
				warm += s.ambient / 31 / 48 / seeds
			case time.January:
				cold += s.ambient / 31 / 48 / seeds
			}
		})
		for _, mm := range daily {
			if mm >= 0.1 {
				wetDays += 1.0 / seeds
			}
		}
	}
	t.Logf("%.0f mm on %.0f days, fog on %.0f; January %.1f °C, July %.1f °C", rain, wetDays, fogDays, cold, warm)
	if rain < 800 || rain > 1500 || wetDays < 110 || wetDays > 190 {
		t.Errorf("%.0f mm of rain on %.0f days, Chongqing has some 1,100 on 150", rain, wetDays)
	}
	if fogDays < 85 || fogDays > 125 {
		t.Errorf("fog on %.0f days, Chongqing has some 104", fogDays)
	}
	if cold < 6 || cold > 10 || warm < 26 || warm > 31 {
		t.Errorf("January %.1f °C, July %.1f °C; Chongqing has 7.9 and 28.3", cold, warm)
	}
}

// Villages share the weather: their irradiance goes together, and is not the same.
func TestVillagesShareTheWeather(t *testing.T) {
	w := weather{seed: 5, zone: shanghai}
	var x, y, xx, yy, xy, n float64
	for at := time.Date(2026, 4, 1, 0, 0, 0, 0, shanghai); at.Month() < time.June; at = at.Add(time.Hour) {
		a, b := w.at(at, "大垭村").through, w.at(at, "天水村").through
		x, y, xx, yy, xy, n = x+a, y+b, xx+a*a, yy+b*b, xy+a*b, n+1
	}
	r := (n*xy - x*y) / math.Sqrt((n*xx-x*x)*(n*yy-y*y))
	if r < 0.8 || r > 0.995 {
		t.Errorf("two villages' skies go together with r = %.3f", r)
	}
}

// A spell that was asked for takes the sun away, where and when it was asked for.
func TestSpell(t *testing.T) {
	noon := device.MillisOf(time.Date(2026, 8, 10, 13, 0, 0, 0, shanghai))
	day := device.Millis(24 * 3_600_000)
	w := weather{seed: 1, zone: shanghai, spells: []spell{{villages: []device.Village{"大垭村"}, from: noon, until: noon + 5*day, depth: 1}}}
	for d := range device.Millis(5) {
		if s := w.at((noon + d*day).Time(), "大垭村"); s.through > 0.101 {
			t.Errorf("day %d: %.2f of the sun comes through", d, s.through)
		}
	}
	free := weather{seed: 1, zone: shanghai}
	for _, c := range []struct {
		at device.Millis
		v  device.Village
	}{{noon - day, "大垭村"}, {noon + 5*day, "大垭村"}, {noon + day, "天水村"}} {
		if w.at(c.at.Time(), c.v) != free.at(c.at.Time(), c.v) {
			t.Errorf("%v %s: the spell reaches too far", c.at.Time(), c.v)
		}
	}
}

// Photo-cells switch in twilight, each at its own time, and later on a clear evening.
func TestPhotoCells(t *testing.T) {
	nights := night.NewCalendar(shanghai)
	var clear, closed []float64 // minutes after sunset
	seen := map[device.Millis]bool{}
	for i := range 40 {
		lamp := testLamp("JP-" + string(rune('A'+i)))
		p, w := testPole(t, lamp, 3, 0)
		for d := range 60 {
			at := day(time.April, 1).Add(time.Duration(d)*24*time.Hour + 10*time.Hour)
			n := now{t: at}
			p.dusk(&n, w, nights)
			after := p.tonight.dusk.Sub(p.tonight.Dusk).Minutes()
			if after < -3 || after > 25 || p.tonight.dawn > p.tonight.Dawn+3*60_000 || p.tonight.dawn < p.tonight.Dawn-25*60_000 {
				t.Fatalf("from %v to %v, the sun is down from %v to %v", p.tonight.dusk.Time(), p.tonight.dawn.Time(), p.tonight.Dusk.Time(), p.tonight.Dawn.Time())
			}
			seen[p.tonight.dusk] = true
			switch cloud := w.weather.at(p.tonight.Dusk.Time(), lamp.Place.Village).cloud; {
			case cloud < 0.5:
				clear = append(clear, after)
			case cloud > 0.95:
				closed = append(closed, after)
			}
		}
	}
	if len(seen) < 40*60*9/10 {
		t.Errorf("%d different times of dusk in 2,400", len(seen))
	}
	if later := mean(clear) - mean(closed); later < 4 || later > 14 {
		t.Errorf("%.1f minutes after sunset on clear evenings, %.1f on closed ones", mean(clear), mean(closed))
	}
}

func mean(all []float64) float64 {
	sum := 0.0
	for _, v := range all {
		sum += v
	}
	return sum / float64(len(all))
}
