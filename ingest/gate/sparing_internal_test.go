package gate

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// hands is a clock that stands where it is put.
type hands struct{ now time.Time }

func (h *hands) Now() time.Time { return h.now }

func (h *hands) Sleep(ctx context.Context, _ time.Duration) error {
	<-ctx.Done()
	return ctx.Err()
}

// However many strangers knock: a few lines of each kind a minute, one that says how many
// others there were, and a metric that knows all of them.
func TestStrangersDoNotFillTheLog(t *testing.T) {
	var log bytes.Buffer
	clock := &hands{time.Unix(1767268800, 0)}
	s := newSparing(slog.New(slog.NewTextHandler(&log, nil)), clock, nil)
	for n := range 1000 {
		s.add(slog.LevelInfo, "login", "wrong password", "name", fmt.Sprint("JP-", n))
	}
	s.add(slog.LevelInfo, "tls", "refused")
	if lines := strings.Count(log.String(), "\n"); lines != sparingLines+1 {
		t.Errorf("%d lines, want %d of one kind and one of another:\n%s", lines, sparingLines, &log)
	}
	log.Reset()
	s.tell()
	s.tell()
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "trouble=login left_out=995") {
		t.Errorf("what was left out is told as:\n%s", got)
	}
	if n := testutil.ToFloat64(s.leftOut.WithLabelValues("login")); n != 995 {
		t.Errorf("the metric says %v", n)
	}
	log.Reset()
	clock.now = clock.now.Add(sparingEvery)
	s.add(slog.LevelInfo, "login", "wrong password")
	if !strings.Contains(log.String(), "wrong password") {
		t.Error("a minute later nothing is told")
	}
	// The end of the gate tells what nobody has heard of yet.
	for range 10 {
		s.add(slog.LevelInfo, "tls", "refused")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	log.Reset()
	s.run(ended)
	if !strings.Contains(log.String(), "trouble=tls left_out=5") {
		t.Errorf("the end tells:\n%s", &log)
	}
}
