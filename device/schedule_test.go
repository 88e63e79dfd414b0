package device

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestScheduleRoundTrip(t *testing.T) {
	for _, s := range []string{
		"", "dusk+0h:100", "dusk+0h:100 dawn:0", "dusk+0h:100 dusk+4h:30 dawn:0", "dusk+0h:100 dusk+5h:0",
		"dusk+0h:100 dusk+4h30m:30.5 dawn-1h:80 dawn:0 dawn+10m:0", "dusk+0h:0 dusk+20m:100 dusk+1h0m5s:1", "motion 20/60", "motion 0/100",
	} {
		got, err := ParseSchedule(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
		} else if got.String() != s {
			t.Errorf("%q is written as %q", s, got.String())
		}
		if got.Known() != (s != "") {
			t.Errorf("%q is known: %v", s, got.Known())
		}
	}
}

func TestScheduleIsForgiving(t *testing.T) {
	for in, want := range map[string]string{
		"  dusk:100   dawn:0 ":   "dusk+0h:100 dawn:0",
		"dusk+0h:100 dusk+60m:5": "dusk+0h:100 dusk+1h:5",
		"motion  20/60":          "motion 20/60",
		"dusk-0h:100":            "dusk+0h:100",
	} {
		if got, err := ParseSchedule(in); err != nil || got.String() != want {
			t.Errorf("%q reads as %q, %v", in, got.String(), err)
		}
	}
}

func TestScheduleMistakes(t *testing.T) {
	for in, want := range map[string]string{
		"on":                               "want dusk+4h:30",
		"noon:100":                         "want dusk or dawn first",
		"dusk+4h:30":                       "must be dusk+0h",
		"dawn:0":                           "must be dusk+0h",
		"dusk+0h:100 dusk+0h:30":           "does not come after",
		"dusk+0h:100 dusk+4h:3 dusk+2h:1":  "does not come after",
		"dusk+0h:100 dawn:0 dusk+4h:30":    "does not come after",
		"dusk+0h:101":                      "0 to 100 per cent",
		"dusk+0h:-1":                       "0 to 100 per cent",
		"dusk+0h:NaN":                      "0 to 100 per cent",
		"dusk+0h:":                         "0 to 100 per cent",
		"dusk4h:30":                        "want an offset",
		"dusk+4:30":                        "want an offset",
		"dusk+0h:100 dusk+17h:30":          "at most 16 hours",
		"dusk+0h:100 dusk+9999999999h:30":  "at most 16 hours",
		"motion 60/20":                     "motion IDLE/FULL",
		"motion 20":                        "motion IDLE/FULL",
		"motion 20/120":                    "motion IDLE/FULL",
		"motion":                           "want dusk+4h:30",
		"motion 20/60 dawn:0":              "motion IDLE/FULL",
		"dusk+0h:100 " + "motion 20/60":    "want dusk+4h:30",
		"dusk+0h:100\ndusk+1h:30 dusk+x:3": "want an offset",
	} {
		if _, err := ParseSchedule(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", in, err, want)
		}
	}
}

func TestScheduleLevel(t *testing.T) {
	dusk := time.Date(2026, 6, 21, 20, 0, 0, 0, time.UTC)
	dawn := dusk.Add(10 * time.Hour)
	for _, c := range []struct {
		schedule string
		want     map[time.Duration]float64 // by time after dusk
	}{
		{"dusk+0h:100 dusk+4h:30 dawn:0", map[time.Duration]float64{
			-time.Second: 0, 0: 100, 4*time.Hour - 1: 100, 4 * time.Hour: 30, 10*time.Hour - 1: 30, 10 * time.Hour: 0,
		}},
		{"dusk+0h:100 dusk+5h:0", map[time.Duration]float64{0: 100, 5 * time.Hour: 0, 9 * time.Hour: 0}},
		{"dusk+0h:100 dusk+9h:30 dawn-3h:60", map[time.Duration]float64{6 * time.Hour: 100, 7 * time.Hour: 60, 9 * time.Hour: 60}},
		{"dusk+0h:100 dusk+6h:0 dawn-1h:50 dawn:0", map[time.Duration]float64{7 * time.Hour: 0, 9 * time.Hour: 50, 10 * time.Hour: 0}},
		{"motion 20/60", map[time.Duration]float64{-1: 0, 0: 20, 9 * time.Hour: 20, 10 * time.Hour: 0}},
		{"", map[time.Duration]float64{0: 0, time.Hour: 0}},
	} {
		s, err := ParseSchedule(c.schedule)
		if err != nil {
			t.Fatal(err)
		}
		for after, want := range c.want {
			if got := s.Level(dusk.Add(after), dusk, dawn); got != want {
				t.Errorf("%q promises %v %v after dusk, want %v", c.schedule, got, after, want)
			}
		}
	}
}

func TestScheduleLowest(t *testing.T) {
	for in, want := range map[string]float64{
		"": 100, "dusk+0h:100 dusk+4h:30 dawn:0": 30, "dusk+0h:100 dusk+5h:0": 100, "motion 20/60": 20, "motion 0/60": 60, "motion 0/0": 100,
	} {
		s, err := ParseSchedule(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Lowest(); got != want {
			t.Errorf("%q is at its lowest %v, want %v", in, got, want)
		}
	}
}

func FuzzSchedule(f *testing.F) {
	for _, s := range []string{"dusk+0h:100 dusk+4h:30 dawn:0", "motion 20/60", "dusk:1e-7 dusk+1.5h:0x1p-2 dawn-1us:3", "dusk-0h:-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSchedule(text)
		if err != nil {
			return
		}
		again, err := ParseSchedule(s.String())
		if err != nil {
			t.Fatalf("%q is written as %q, which fails: %v", text, s.String(), err)
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Fatalf("%q is written as %q (-first +again):\n%s", text, s.String(), diff)
		}
		if low := s.Lowest(); !(low > 0 && low <= 100) {
			t.Fatalf("%q is at its lowest %v", text, low)
		}
	})
}
