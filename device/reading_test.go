package device

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/quick"
	"time"
)

func TestFieldTable(t *testing.T) {
	series := map[string]bool{"battery": true, "panel": true, "load": true, "status": true}
	names := map[string]bool{}
	for f := range NumFields {
		s := Fields[f]
		if s.Name == "" || names[s.Name] || !series[s.Series] {
			t.Errorf("field %d has name %q and series %q", f, s.Name, s.Series)
		}
		names[s.Name] = true
		if f.String() != s.Name {
			t.Errorf("%s calls itself %s", s.Name, f)
		}
		if (s.Kind == Enum) != (len(s.Words) > 0) || s.Kind == Enum && int(s.Max) != len(s.Words)-1 {
			t.Errorf("%s has the words %q and the range %v to %v", f, s.Words, s.Min, s.Max)
		}
		if s.Range() == "" || strings.TrimSpace(s.Range()) != s.Range() {
			t.Errorf("%s has the range %q", f, s.Range())
		}
	}
	if NumFields > 31 {
		t.Errorf("%d fields do not fit the mask, whose last bit is Hash's", NumFields)
	}
	if got := NumFields.String(); got != "field(22)" {
		t.Errorf("a field that does not exist calls itself %s", got)
	}
}

func TestCheckHoldsEveryRange(t *testing.T) {
	for f := range NumFields {
		s := Fields[f]
		try := func(v float64, ok bool) {
			t.Helper()
			var r Reading
			r.Set(LampOn, 1) // so that there is a measurement
			r.Set(f, v)
			err := r.Check()
			var out *RangeError
			switch {
			case ok && err != nil:
				t.Errorf("%s %v: %v", f, v, err)
			case !ok && (!errors.As(err, &out) || out.Field != f || out.Value != v && v == v):
				t.Errorf("%s %v: got %v, want a RangeError", f, v, err)
			case !ok && !strings.HasPrefix(err.Error(), s.Name+" "):
				t.Errorf("%q does not begin with the field", err)
			}
		}
		try(s.Min, true)
		try(s.Max, true)
		try(math.Nextafter(s.Min, math.Inf(-1)), false)
		try(math.Nextafter(s.Max, math.Inf(1)), false)
		try(math.NaN(), false)
		try(math.Inf(1), false)
		try(math.Inf(-1), false)
		try((s.Min+s.Max)/2+0.25, s.Kind == Number || s.Kind == Counter)
	}
}

func TestCheckWantsAMeasurement(t *testing.T) {
	for f := range NumFields {
		var r Reading
		r.Set(f, 0)
		if err := r.Check(); errors.Is(err, ErrNoMeasurement) == Fields[f].Measured {
			t.Errorf("%s alone: %v", f, err)
		}
	}
	var r Reading
	if err := r.Check(); !errors.Is(err, ErrNoMeasurement) {
		t.Errorf("an empty reading: %v", err)
	}
}

func TestSetGetClear(t *testing.T) {
	var r Reading
	for f := range NumFields {
		if _, ok := r.Get(f); ok || r.Has(f) || !math.IsNaN(r.Value(f)) {
			t.Errorf("%s is there before it was set", f)
		}
		r.Set(f, float64(f)+0.5)
	}
	if r.Mask() != 1<<NumFields-1 {
		t.Errorf("mask %b", r.Mask())
	}
	for f := range NumFields {
		if v, ok := r.Get(f); !ok || v != float64(f)+0.5 || r.Value(f) != v {
			t.Errorf("%s is %v, %v", f, v, ok)
		}
		r.Clear(f)
	}
	if r.Mask() != 0 || r.values != (Reading{}).values {
		t.Errorf("clearing left %+v", r)
	}
}

func TestPlace(t *testing.T) {
	const received = Millis(1767225600000)
	for _, c := range []struct {
		name  string
		sent  Millis
		want  Millis
		clock ClockFlag
	}{
		{"in time", received - 1000, received - 1000, ClockOK},
		{"a day late", received - 86400000, received - 86400000, ClockOK},
		{"no time", 0, received, ClockNone},
		{"five minutes ahead", received + ClockAheadMs, received + ClockAheadMs, ClockOK},
		{"a moment more", received + ClockAheadMs + 1, received, ClockAhead},
		{"far ahead", math.MaxInt64, received, ClockAhead},
		{"2020", EarliestTS, EarliestTS, ClockOK},
		{"2019", EarliestTS - 1, received, ClockAncient},
		{"1969", -1, received, ClockAncient},
		{"no year at all", math.MinInt64, received, ClockAncient},
	} {
		r := Reading{SentTS: c.sent, Received: received}
		for range 2 { // placing twice changes nothing
			r.Place()
			if r.TS != c.want || r.Clock != c.clock || r.SentTS != c.sent {
				t.Errorf("%s: at %d with clock %d, want %d with %d", c.name, r.TS, r.Clock, c.want, c.clock)
			}
		}
	}
	if got := EarliestTS.Time().Format(time.RFC3339); got != "2020-01-01T00:00:00Z" {
		t.Errorf("the earliest time is %s", got)
	}
}

func TestMillis(t *testing.T) {
	if MillisOf(time.Time{}) != 0 || !Millis(0).Time().IsZero() {
		t.Error("the zero time and zero milliseconds are not each other")
	}
	err := quick.Check(func(n int64) bool {
		m := Millis(n >> 16)
		return m == 0 || MillisOf(m.Time()) == m && m.Add(time.Hour).Sub(m) == time.Hour
	}, nil)
	if err != nil {
		t.Error(err)
	}
	if got := Millis(1767225600123).Time().Format(time.RFC3339Nano); got != "2026-01-01T00:00:00.123Z" {
		t.Errorf("got %s", got)
	}
}
