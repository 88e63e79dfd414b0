package app

import (
	"context"
	"os"
	"runtime/debug"
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

// openMemory keeps the process small on a small machine: the embedded servers
// hold buffers of megabytes that would otherwise be given back minutes after a
// burst. GOMEMLIMIT overrides it.
func (a *App) openMemory(context.Context) error {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	lamps := len(a.rooms.registry.Lamps())
	before := debug.SetMemoryLimit(memoryBase + memoryPerLamp*int64(max(0, lamps-lampsInBase)))
	a.undo.push("memory limit", func(context.Context) error {
		debug.SetMemoryLimit(before)
		return nil
	})
	return nil
}
