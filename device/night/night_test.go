package night

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
)

var shanghai = time.FixedZone("CST", 8*3600)

func millis(t *testing.T, s string) device.Millis {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return device.Millis(at.UnixMilli())
}

// A minute is promised; what is measured is far better, and kept.
func TestSunTimesAgainstNOAA(t *testing.T) {
	places := []struct {
		name     string
		lat, lon float64
		most     time.Duration
	}{
		{"Jiaping", 29, 106, 10 * time.Second},
		{"its corner", 29.05, 106.35, 10 * time.Second},
		{"Sanya", 18.2, 109.5, 10 * time.Second},
		{"Mohe", 53.5, 122.3, 10 * time.Second},
		{"southern hemisphere", -34.6, -58.4, 10 * time.Second},
	}
	for _, p := range places {
		var worst time.Duration
		var when device.Millis
		note := func(got device.Millis, want time.Time) {
			if off := got.Sub(device.MillisOf(want)).Abs(); off > worst {
				worst, when = off, got
			}
		}
		zone := time.FixedZone("", int(math.Round(p.lon/15))*3600)
		for date := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); date.Year() < 2028; date = date.AddDate(0, 0, 1) {
			noon := time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, zone)
			n := At(device.MillisOf(noon), p.lat, p.lon, zone)
			note(n.Dusk, noaaEvent(date, p.lat, p.lon, false))
			note(n.Dawn, noaaEvent(date.AddDate(0, 0, 1), p.lat, p.lon, true))
		}
		t.Logf("%s: at most %v from NOAA, at %s", p.name, worst, when.Time())
		if worst > p.most {
			t.Errorf("%s: %v from NOAA at %s, want at most %v", p.name, worst, when.Time(), p.most)
		}
	}
}

// The worked example of NREL's solar position algorithm (NREL/TP-560-34302 and its
// spa_tester.c): Golden, Colorado, 17 October 2003 by UTC, in which the sun set on the 16th by local time.
func TestSunTimesAgainstNREL(t *testing.T) {
	n := At(millis(t, "2003-10-16T15:00:00-07:00"), 39.742476, -105.1786, time.FixedZone("MST", -7*3600))
	if off := n.Dusk.Sub(millis(t, "2003-10-16T17:20:19-07:00")).Abs(); off > 5*time.Second {
		t.Errorf("sunset %s is %v off", n.Dusk.Time(), off)
	}
	if off := n.Dawn.Sub(millis(t, "2003-10-17T06:12:43-07:00")).Abs(); off > 5*time.Second {
		t.Errorf("sunrise %s is %v off", n.Dawn.Time(), off)
	}
}

func TestElevationAgainstNOAA(t *testing.T) {
	start := millis(t, "2026-01-01T00:00:00Z")
	worst := 0.0
	for at := start; at < start.Add(2*365*24*time.Hour); at = at.Add(97 * time.Minute) {
		got, want := Elevation(at, 29, 106.3), noaaElevation(at.Time(), 29, 106.3)
		worst = max(worst, math.Abs(got-want))
	}
	t.Logf("at most %.3f° from NOAA", worst)
	if worst > 0.02 {
		t.Errorf("%.3f° from NOAA, want at most 0.02°", worst)
	}
	dusk := At(start, 29, 106.3, shanghai).Dusk
	if e := Elevation(dusk, 29, 106.3); math.Abs(e-horizon) > 0.001 {
		t.Errorf("elevation at dusk is %v, want %v", e, horizon)
	}
}

func TestNightsFollowEachOther(t *testing.T) {
	start, end := millis(t, "2026-02-27T12:00:00+08:00"), millis(t, "2026-03-02T12:00:00+08:00")
	dates := map[string]int{}
	for at := start; at < end; at = at.Add(10 * time.Minute) {
		n := At(at, 29, 106.3, shanghai)
		if !n.Holds(at) || n.NextNoon.Sub(n.Noon) != 24*time.Hour {
			t.Fatalf("%s: night %+v does not hold it", at.Time(), n)
		}
		if !(n.Noon < n.Dusk && n.Dusk < n.Dawn && n.Dawn < n.NextNoon) {
			t.Fatalf("night out of order: %+v", n)
		}
		if got, want := n.Dark(at), Elevation(at, 29, 106.3) < horizon; got != want {
			t.Errorf("%s: dark %v, want %v", at.Time(), got, want)
		}
		dates[n.Date]++
	}
	want := map[string]int{"2026-02-27": 144, "2026-02-28": 144, "2026-03-01": 144}
	if diff := cmp.Diff(want, dates); diff != "" {
		t.Errorf("nights (-want +got):\n%s", diff)
	}
}

func TestNoonBelongsToTheNightItBegins(t *testing.T) {
	noon := millis(t, "2026-06-21T12:00:00+08:00")
	if got := At(noon, 29, 106.3, shanghai).Date; got != "2026-06-21" {
		t.Errorf("noon is in the night of %s", got)
	}
	if got := At(noon-1, 29, 106.3, shanghai).Date; got != "2026-06-20" {
		t.Errorf("the moment before noon is in the night of %s", got)
	}
	if got := At(0, 29, 106.3, shanghai).Date; got != "1969-12-31" {
		t.Errorf("1970 began in the night of %s", got)
	}
}

// A night in which the clocks change is an hour longer or shorter, and still noon to noon.
func TestNightOfAClockChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	n := At(millis(t, "2026-10-24T20:00:00+02:00"), 52.5, 13.4, berlin)
	if n.NextNoon.Sub(n.Noon) != 25*time.Hour {
		t.Errorf("the night lasts %v, want 25h", n.NextNoon.Sub(n.Noon))
	}
}

func TestPolarDayAndNight(t *testing.T) {
	const lat, lon = 78.2, 15.6
	summer := At(millis(t, "2026-06-21T15:00:00Z"), lat, lon, time.UTC)
	if summer.Dusk != summer.Noon || summer.Dawn != summer.Noon || summer.DarkFor() != 0 {
		t.Errorf("midnight sun has darkness: %+v", summer)
	}
	winter := At(millis(t, "2026-12-21T15:00:00Z"), lat, lon, time.UTC)
	if winter.Dusk != winter.Noon || winter.Dawn != winter.NextNoon {
		t.Errorf("polar night has light: %+v", winter)
	}
}

// A lamp's clock may claim anything; no claim may panic.
func TestMomentsBeyondTheCalendar(t *testing.T) {
	for _, at := range []device.Millis{math.MinInt64, -1, 0, math.MaxInt64} {
		At(at, 29, 106.3, shanghai)
		if e := Elevation(at, 29, 106.3); !(e >= -90 && e <= 90) {
			t.Errorf("elevation at %d is %v", at, e)
		}
	}
}

func TestCalendarRemembersWhatAtComputes(t *testing.T) {
	c := NewCalendar(shanghai)
	start := millis(t, "2026-01-01T00:00:00+08:00")
	for round := range 2 {
		c.nights.most = 100
		for i := range 5 * c.nights.most {
			at := start.Add(time.Duration(i) * 7 * time.Hour)
			lat := 29 + float64(i%40)/1e4
			if diff := cmp.Diff(At(at, lat, 106.3, shanghai), c.At(at, lat, 106.3)); diff != "" {
				t.Fatalf("round %d, %s (-computed +remembered):\n%s", round, at.Time(), diff)
			}
		}
	}
	if n := len(c.nights.recent) + len(c.nights.older); n > 2*c.nights.most {
		t.Errorf("it remembers %d nights, want at most %d", n, 2*c.nights.most)
	}
	if got, want := c.Elevation(start, 29, 106.3), Elevation(start, 29, 106.3); got != want {
		t.Errorf("elevation %v, want %v", got, want)
	}
	if !c.Dark(millis(t, "2026-01-01T02:00:00+08:00"), 29, 106.3) {
		t.Error("two in the morning is not dark")
	}
}

func BenchmarkAt(b *testing.B) {
	b.ReportAllocs()
	at := device.Millis(1767250800000)
	for b.Loop() {
		At(at, 29, 106.3, shanghai)
	}
}

// A night that the calendar has not seen, of a day that it has.
func BenchmarkCalendarNewLamp(b *testing.B) {
	b.ReportAllocs()
	c := NewCalendar(shanghai)
	at, lat := device.Millis(1767250800000), 29.0
	for b.Loop() {
		lat += 1e-7
		c.At(at, lat, 106.3)
	}
}

func BenchmarkCalendar(b *testing.B) {
	b.ReportAllocs()
	c := NewCalendar(shanghai)
	at, i := device.Millis(1767250800000), 0
	for b.Loop() {
		i++
		c.At(at, 29+float64(i%400)/1e4, 106.3)
	}
}

func BenchmarkElevation(b *testing.B) {
	for b.Loop() {
		Elevation(1767250800000, 29, 106.3)
	}
}

func BenchmarkCalendarElevation(b *testing.B) {
	c := NewCalendar(shanghai)
	for b.Loop() {
		c.Elevation(1767250800000, 29, 106.3)
	}
}
