package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/yingguang/yingguang/clock"
)

// Memory that the garbage collector aims to stay below: what taking in a day's backlog
// of 1000 lamps needs with room to work in, and some more for each further lamp. It
// is a target, not a wall: a town that needs more gets more, at the cost of collecting
// more often; at 110 MB, collecting took a third of our CPU during a backlog. The process
// is some 25 MB larger, the program itself.
const (
	memoryBase    = 150 << 20
	memoryPerLamp = 64 << 10
	lampsInBase   = 1000
)

// A burst is over once less than restBytes a second are allocated, and more were before.
const (
	restEvery = 15 * time.Second
	restBytes = 4 << 20
)

// openMemory keeps the process small on a small machine: the embedded servers
// hold buffers of megabytes that would otherwise be given back minutes after a
// burst. GOMEMLIMIT overrides it.
func (a *App) openMemory(context.Context) error {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	lamps := len(a.rooms.registry.Lamps())
	before := debug.SetMemoryLimit(memoryBase + memoryPerLamp*int64(max(0, lamps-lampsInBase)))
	a.goRun("memory", giveBack)
	a.undo.push("memory limit", func(context.Context) error {
		debug.SetMemoryLimit(before)
		return nil
	})
	return nil
}

// giveBack returns a burst's memory to the machine once it is over: by itself the
// collector would take many minutes for it.
func giveBack(ctx context.Context) error {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	allocated := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before, burst := allocated(), true // a start is one
	for (clock.Real{}).Sleep(ctx, restEvery) == nil {
		now := allocated()
		rest := now-before < uint64(restEvery.Seconds())*restBytes
		if burst && rest {
			debug.FreeOSMemory()
		}
		before, burst = now, !rest
	}
	return nil
}
