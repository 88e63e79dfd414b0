package clock

import (
	"context"
	"sync/atomic"
	"time"
)

// Steered is another clock that can be set wrong while it runs, as a machine's
// clock is. It is safe for concurrent use.
type Steered struct {
	base Clock
	off  atomic.Int64 // nanoseconds
}

// NewSteered begins with base's own time.
func NewSteered(base Clock) *Steered { return &Steered{base: base} }

// Set puts the clock off by so much from now on.
func (c *Steered) Set(off time.Duration) { c.off.Store(int64(off)) }

// Now is the base's time and the offset.
func (c *Steered) Now() time.Time { return c.base.Now().Add(time.Duration(c.off.Load())) }

// Sleep waits for d of the base: setting a clock does not end a wait.
func (c *Steered) Sleep(ctx context.Context, d time.Duration) error { return c.base.Sleep(ctx, d) }
