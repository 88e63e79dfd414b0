package app

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ledger"
	"github.com/yingguang/yingguang/registry"
)

var monday = device.MillisOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))

// hourly makes samples of so many days, free megabytes by the hour.
func hourly(days int, mb func(hour int) float64) []registry.FreeDisk {
	var out []registry.FreeDisk
	for h := range days*24 + 1 {
		out = append(out, registry.FreeDisk{At: monday.Add(time.Duration(h) * time.Hour), Free: int64(mb(h) * (1 << 20))})
	}
	return out
}

func TestDiskTrend(t *testing.T) {
	noise := rand.New(rand.NewPCG(3, 4))
	day := func(d float64) time.Duration { return time.Duration(d * 24 * float64(time.Hour)) }
	for _, c := range []struct {
		name    string
		samples []registry.FreeDisk
		floor   int64
		falling bool
		left    time.Duration
	}{
		{"none", nil, 0, false, 0},
		{"a day is the least", hourly(0, func(int) float64 { return 9 }), 0, false, 0},
		{"steady", hourly(3, func(int) float64 { return 5000 }), 0, false, 0},
		{"rising", hourly(3, func(h int) float64 { return 5000 + float64(h) }), 0, false, 0},
		{"100 MB a day", hourly(4, func(h int) float64 { return 2400 - 100*float64(h)/24 }), 0, true, day(20)},
		{"down to a floor", hourly(4, func(h int) float64 { return 2400 - 100*float64(h)/24 }), 1000 << 20, true, day(10)},
		{"below the floor", hourly(2, func(int) float64 { return 9 }), 10 << 20, true, 0},
		{"compactions take and give back", hourly(7, func(h int) float64 { return 2700 - 100*float64(h)/24 - 150*float64(h%6/4) }), 0, true, day(20)},
		{"a file of a day", hourly(7, func(h int) float64 {
			if h >= 60 && h < 84 {
				return 300
			}
			return 2700 - 100*float64(h)/24 + noise.Float64()*5
		}), 0, true, day(20)},
	} {
		left, falling := diskLasts(c.samples, c.floor)
		if falling != c.falling || (left-c.left).Abs() > c.left/6 {
			t.Errorf("%s: %v, %v; want %v, %v", c.name, left, falling, c.left, c.falling)
		}
	}
}

func openRegistry(t *testing.T) *registry.DB {
	t.Helper()
	db, err := registry.Open(t.Context(), filepath.Join(t.TempDir(), "registry.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// lasting are the keys of the notices that last.
func lasting(t *testing.T, db *registry.DB) []string {
	t.Helper()
	all, err := db.SystemNotices(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{}
	for _, n := range all {
		if n.EndedAt == 0 {
			keys = append(keys, n.Key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Free space falls for weeks: the office is told at 14 days and at 3, once each,
// though it is looked at every hour; after a clean-up both are over, and told anew
// when it falls again.
func TestOfficeIsToldOfTheDiskOnce(t *testing.T) {
	db := openRegistry(t)
	told := 0
	look := func(samples []registry.FreeDisk, now device.Millis) {
		before := lasting(t, db)
		if err := warnOfDisk(t.Context(), db, samples, 0, now); err != nil {
			t.Fatal(err)
		}
		for _, key := range lasting(t, db) {
			if !slices.Contains(before, key) {
				told++
			}
		}
	}
	fall := hourly(20, func(h int) float64 { return 2000 - 100*float64(h)/24 })
	for n := 48; n < len(fall); n++ {
		look(fall[max(0, n-240):n], fall[n].At)
		want := 0
		switch left := 20 - n/24; {
		case left <= 2:
			want = 2
		case left >= 4 && left <= 13:
			want = 1
		case left == 3, left == 14:
			continue // the day of the notice itself
		}
		if told != want {
			t.Fatalf("after %d hours %d notices were told, want %d", n, told, want)
		}
	}
	clean := hourly(5, func(int) float64 { return 9000 })
	look(clean, clean[len(clean)-1].At)
	if got := lasting(t, db); len(got) != 0 {
		t.Errorf("after the clean-up there last %v", got)
	}
	look(fall[300:], fall[len(fall)-1].At)
	if told != 4 {
		t.Errorf("told %d times in all, want 4", told)
	}
}

// A difference is told once, however many nights it lasts, and over when it is gone.
func TestOfficeIsToldOfADifferenceOnce(t *testing.T) {
	db := openRegistry(t)
	one := ledger.Difference{Lamp: "JP-0001", Day: "2026-01-04", Stored: 5, InfluxDB: 4}
	two := ledger.Difference{Lamp: "JP-0002", Day: "2026-01-04", Stored: 5, InfluxDB: 6}
	for night, c := range []struct {
		found []ledger.Difference
		news  int
		last  []string
	}{
		{nil, 0, []string{}},
		{[]ledger.Difference{one}, 1, []string{"audit/JP-0001/2026-01-04"}},
		{[]ledger.Difference{one}, 0, []string{"audit/JP-0001/2026-01-04"}},
		{[]ledger.Difference{one, two}, 1, []string{"audit/JP-0001/2026-01-04", "audit/JP-0002/2026-01-04"}},
		{[]ledger.Difference{two}, 0, []string{"audit/JP-0002/2026-01-04"}},
		{nil, 0, []string{}},
		{[]ledger.Difference{one}, 1, []string{"audit/JP-0001/2026-01-04"}},
	} {
		news, err := tellOfAudit(t.Context(), db, ledger.Audit{Differences: c.found}, monday.Add(time.Duration(night)*24*time.Hour))
		if got := lasting(t, db); err != nil || news != c.news || !slices.Equal(got, c.last) {
			t.Errorf("night %d: %d news, %v last, %v; want %d and %v", night, news, got, err, c.news, c.last)
		}
	}
	many := make([]ledger.Difference, 3*mostDifferences)
	for i := range many {
		many[i] = ledger.Difference{Lamp: device.LampID("L" + string(rune('A'+i%26))), Day: time.Unix(int64(i)*86400, 0).UTC().Format(time.DateOnly)}
	}
	if news, err := tellOfAudit(t.Context(), db, ledger.Audit{Differences: many}, monday); err != nil || news != mostDifferences+1 {
		t.Errorf("%d news, %v, want %d", news, err, mostDifferences+1)
	}
}
