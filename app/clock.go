package app

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/yingguang/yingguang/clock"
)

// clockFileEvery is how often the file that steers a test's clock is looked at.
const clockFileEvery = 100 * time.Millisecond

// openClock lets a file put the clock off: `make chaos` jumps it so. Nothing of a
// real town is set like this, and the log says it where it is.
func (a *App) openClock(context.Context) error {
	path := a.cfg.Testing.ClockFile
	if path == "" {
		return nil
	}
	a.log.Warn("a file steers the clock: for tests only", "file", path)
	steered := clock.NewSteered(a.clock)
	a.clock = steered
	look := func() {
		text, err := os.ReadFile(path)
		if err != nil {
			return // it may not be there yet
		}
		if off, err := time.ParseDuration(strings.TrimSpace(string(text))); err == nil {
			steered.Set(off)
		}
	}
	look()
	a.goRun("clock file", func(ctx context.Context) error {
		for (clock.Real{}).Sleep(ctx, clockFileEvery) == nil {
			look()
		}
		return nil
	})
	return nil
}
