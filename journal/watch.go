package journal

import (
	"context"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// watchEvery is how often free disk and fill are looked at.
const watchEvery = 2 * time.Second

// restartRoom is the least free disk at which a new start after a failed write
// makes sense.
const restartRoom = 16 << 20

// Levels of the stream's fill at which somebody is told, long before 1.
var warnAt = [...]float64{0.5, 0.7, 0.8, 0.9, 0.95}

// watch looks after the disk: it knows whether there is room, warns early, and
// restarts the embedded server after a write error, which JetStream does not
// get over by itself.
type watch struct {
	journal  *Journal
	freeDisk atomic.Int64 // bytes; -1 where it cannot be known
	broken   atomic.Bool  // a write failed since the server was started
	warned   int          // how many levels of warnAt have been told
	lowDisk  bool
	cancel   context.CancelFunc
	done     sync.WaitGroup
}

func newWatch(j *Journal) *watch {
	w := &watch{journal: j}
	w.freeDisk.Store(-1)
	return w
}

func (w *watch) start() {
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	w.look(ctx)
	w.done.Go(func() {
		for w.journal.cfg.Clock.Sleep(ctx, watchEvery) == nil {
			w.look(ctx)
		}
	})
}

func (w *watch) stop() {
	w.cancel()
	w.done.Wait()
}

func (w *watch) free() int64 { return w.freeDisk.Load() }

// room is nil where a block may be written.
func (w *watch) room() error {
	if w.broken.Load() {
		return ErrBroken
	}
	if w.low() {
		return ErrNoSpace
	}
	return nil
}

func (w *watch) low() bool {
	free := w.freeDisk.Load()
	return free >= 0 && free < w.journal.cfg.Reserve
}

// mayPurge is false where a purge would meet a full disk: the server then waits for a
// lock of its own that it never lets go (compactLocked, flushPendingMsgs,
// rebuildState), and nothing but the end of the process helps.
func (w *watch) mayPurge() bool {
	if w.broken.Load() {
		return false
	}
	free := int64(-1)
	if w.journal.cfg.URL == "" {
		free = freeIn(w.journal.cfg.Dir) // not as it was at the last look
	}
	return free < 0 || free >= restartRoom
}

// freeIn is how much a folder's disk has left, -1 where it cannot be known.
func freeIn(dir string) int64 {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return -1
	}
	return int64(fs.Bavail) * int64(fs.Bsize) //nolint:unconvert // a uint32 on macOS
}

// failed notes that the store below refused a write, or did not answer: after a
// failed write JetStream answers nothing at all. A caller who gave up waiting
// says nothing about the store, and a cluster comes back by itself.
func (w *watch) failed(ctx context.Context) {
	if ctx.Err() == nil && w.journal.cfg.URL == "" {
		w.broken.Store(true)
	}
}

func (w *watch) look(ctx context.Context) {
	j := w.journal
	if j.cfg.URL == "" {
		if free := freeIn(j.cfg.Dir); free >= 0 {
			w.freeDisk.Store(free)
			j.metrics.freeBytes.Set(float64(w.freeDisk.Load()))
		}
		if low := w.low(); low != w.lowDisk {
			w.lowDisk = low
			if low {
				j.log.Error("free disk is below the journal's reserve: readings wait at the broker until some is freed",
					"free_bytes", w.free(), "reserve_bytes", j.cfg.Reserve, "dir", j.cfg.Dir)
			} else {
				j.log.Info("free disk is above the journal's reserve again", "free_bytes", w.free())
			}
		}
		if j.server != nil && j.server.broken() {
			w.broken.Store(true)
		}
		if free := w.free(); w.broken.Load() && (free < 0 || free >= max(j.cfg.Reserve, restartRoom)) {
			w.restart(ctx)
		}
	}
	s, err := j.Status(ctx)
	if err != nil {
		return // the next look tells
	}
	j.metrics.bytes.Set(float64(s.Bytes))
	j.metrics.maxBytes.Set(float64(s.MaxBytes))
	j.metrics.rejectedMessages.Set(float64(s.Rejected))
	w.warn(s)
}

// warn tells of every level of warnAt that the fill passes on its way up, by size
// or by age, whichever is nearer to its limit.
func (w *watch) warn(s Status) {
	age := time.Duration(0)
	if !s.Oldest.IsZero() {
		age = max(0, w.journal.cfg.Clock.Now().Sub(s.Oldest))
	}
	w.journal.metrics.oldestSeconds.Set(age.Seconds())
	fill, level := 0.0, 0
	if s.MaxBytes > 0 {
		fill = float64(s.Bytes) / float64(s.MaxBytes)
	}
	if s.MaxAge > 0 {
		fill = max(fill, float64(age)/float64(s.MaxAge))
	}
	for level < len(warnAt) && fill >= warnAt[level] {
		level++
	}
	if level > w.warned {
		w.journal.log.Warn("the journal nears its limit: a consumer lags (is InfluxDB down?); full, it holds readings at the broker; too old, blocks are lost to the consumer that lags",
			"percent", int(100*fill), "bytes", s.Bytes, "max_bytes", s.MaxBytes, "oldest", age.Round(time.Second), "max_age", s.MaxAge)
	}
	w.warned = level
}

// restart gives the embedded server a new start. Appends and readers wait, then go on.
func (w *watch) restart(ctx context.Context) {
	j := w.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	j.log.Warn("a write to the journal failed: restarting its server", "dir", j.cfg.Dir)
	created := j.created
	j.disconnect()
	j.server, j.conn = nil, nil
	if err := j.connect(ctx); err != nil {
		j.disconnect()
		j.log.Error("the journal's server does not start again, trying on", "error", err)
		return
	}
	w.broken.Store(false)
	if j.created != created {
		j.log.Error("the journal came back as another stream: readers will stop", "dir", j.cfg.Dir)
	}
}
