package gate

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
)

// How much the log takes of each kind of trouble: strangers who try passwords or send
// nonsense must not fill the disk.
const (
	sparingEvery = time.Minute
	sparingLines = 5 // of one kind within sparingEvery; of the others it says how many
)

// sparing writes a few lines of each kind and counts the others, which it tells of once
// a minute. Kinds are our own words and few.
type sparing struct {
	log     *slog.Logger
	clock   clock.Clock
	leftOut *prometheus.CounterVec

	mu    sync.Mutex
	kinds map[string]*kind
}

type kind struct {
	began time.Time
	lines int
	left  int // since it was told of
}

func newSparing(log *slog.Logger, c clock.Clock, r prometheus.Registerer) *sparing {
	s := &sparing{log: log, clock: c, kinds: map[string]*kind{}, leftOut: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "yingguang_broker_log_left_out_total", Help: "Troubles with clients of the embedded broker that the log counts instead of a line for each, by kind.",
	}, []string{"kind"})}
	if r != nil {
		r.MustRegister(s.leftOut)
	}
	return s
}

func (s *sparing) add(level slog.Level, name, text string, args ...any) {
	now := s.clock.Now()
	s.mu.Lock()
	k := s.kinds[name]
	if k == nil {
		k = &kind{began: now}
		s.kinds[name] = k
	}
	if now.Sub(k.began).Abs() >= sparingEvery {
		k.began, k.lines = now, 0
	}
	k.lines++
	out := k.lines > sparingLines
	if out {
		k.left++
	}
	s.mu.Unlock()
	if out {
		s.leftOut.WithLabelValues(name).Inc()
		return
	}
	s.log.Log(context.Background(), level, text, args...)
}

// run tells regularly what was left out, until ctx ends and then once more.
func (s *sparing) run(ctx context.Context) {
	for s.clock.Sleep(ctx, sparingEvery) == nil {
		s.tell()
	}
	s.tell()
}

func (s *sparing) tell() {
	left := map[string]int{}
	s.mu.Lock()
	for name, k := range s.kinds {
		if k.left > 0 {
			left[name], k.left = k.left, 0
		}
	}
	s.mu.Unlock()
	for name, n := range left {
		s.log.Warn("the embedded broker had more of the same trouble than the log takes", "trouble", name, "left_out", n)
	}
}
