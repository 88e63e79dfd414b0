package clock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A minute of a clock that runs sixty times as fast takes a second.
func TestScaled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := time.Date(2026, 1, 4, 18, 0, 0, 0, time.UTC)
		c := NewScaled(origin, 60)
		began := time.Now()
		if err := c.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("a minute took %v", took)
		}
		if got := c.Now(); !got.Equal(origin.Add(time.Minute)) {
			t.Errorf("it shows %v", got)
		}
	})
}

// Waiting ends with its context, and no wait at all still looks at it.
func TestSleepEndsEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]Clock{"real": Real{}, "scaled": NewScaled(time.Now(), 60)} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			if err := c.Sleep(ctx, 24*time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
				t.Errorf("%s: %v after %v", name, err, time.Since(began))
			}
			if err := c.Sleep(ctx, 0); err == nil {
				t.Errorf("%s: no wait forgot its context", name)
			}
			cancel()
		}
	})
}

// A clock that is set wrong shows it at once, and no wait ends by it.
func TestSteered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewSteered(Real{})
		began := time.Now()
		for _, off := range []time.Duration{0, 10 * time.Minute, -8 * time.Hour, 0} {
			c.Set(off)
			if got := time.Until(c.Now()); got != off {
				t.Errorf("it is off by %v, want %v", got, off)
			}
		}
		c.Set(24 * time.Hour)
		if err := c.Sleep(t.Context(), time.Minute); err != nil || time.Since(began) != time.Minute {
			t.Errorf("a minute took %v, %v", time.Since(began), err)
		}
	})
}
