// Package clock is where time comes from: the real clock, or one that runs
// faster so that a test sees days in minutes. It promises that every waiting
// ends early when its context does.
package clock

import (
	"context"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Sleep waits for d of this clock's time, or returns the context's error.
	Sleep(ctx context.Context, d time.Duration) error
}

// Real is the machine's clock.
type Real struct{}

// Now is time.Now.
func (Real) Now() time.Time { return time.Now() }

// Sleep waits for d.
func (Real) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, d) }

// Scaled runs Speed times as fast as the machine's clock, from Origin on.
type Scaled struct {
	origin, began time.Time
	speed         float64
}

// NewScaled begins now at origin; speed 60 makes an hour a minute.
func NewScaled(origin time.Time, speed float64) *Scaled {
	return &Scaled{origin: origin, began: time.Now(), speed: speed}
}

// Now is the origin plus the scaled time since New.
func (c *Scaled) Now() time.Time {
	return c.origin.Add(time.Duration(float64(time.Since(c.began)) * c.speed))
}

// Sleep waits for d of scaled time.
func (c *Scaled) Sleep(ctx context.Context, d time.Duration) error {
	return sleep(ctx, time.Duration(float64(d)/c.speed))
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
