package series

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/yingguang/yingguang/clock"
)

// Waiting between attempts while InfluxDB fails.
const (
	firstWait = 250 * time.Millisecond
	maxWait   = 5 * time.Second
)

// send stores batches until ctx ends.
func (w *Writer) send(ctx context.Context, batches <-chan *batch) error {
	e := newEncoder()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case b := <-batches:
			b.encode(e)
			if err := w.store(ctx, b, b.items); err != nil {
				return err
			}
			close(b.sent)
		}
	}
}

// write gives lines to InfluxDB, again and again until it takes them; a *notTaken
// is its refusal, any other error is ctx's.
func (w *Writer) write(ctx context.Context, lines []byte) error {
	return w.insist(ctx, func(ctx context.Context) error {
		if w.cfg.Room != nil {
			if err := w.cfg.Room(); err != nil {
				return &roomError{err}
			}
		}
		ctx, cancel := context.WithTimeout(ctx, writeTimeout)
		defer cancel()
		began := w.cfg.Clock.Now()
		err := w.cfg.Client.write(ctx, lines)
		if err == nil || notTakenOf(err) != nil {
			w.metrics.writeSeconds.Observe(w.cfg.Clock.Now().Sub(began).Seconds())
			w.metrics.writtenBytes.Add(float64(len(lines)))
		}
		return err
	})
}

// insist repeats op with growing, jittered pauses until it succeeds, is refused
// (*notTaken) or ctx ends. It keeps the writer's health.
func (w *Writer) insist(ctx context.Context, op func(context.Context) error) error {
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		err := op(ctx)
		if err == nil {
			w.health.up()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if no := notTakenOf(err); no != nil {
			w.health.up()
			return no
		}
		w.metrics.writeErrors.Inc()
		w.health.down(w.cfg.Client.explain(err))
		w.revive(err)
		pause := time.Duration(float64(wait) * (0.5 + rand.Float64()))
		if err := w.cfg.Clock.Sleep(ctx, pause); err != nil {
			return err
		}
		if code, _ := answerOf(err); code == http.StatusNotFound {
			// Somebody removed the bucket. Made anew, it takes what is still to come.
			if err := w.cfg.Client.Setup(ctx); err != nil && ctx.Err() == nil {
				w.health.down(err)
			}
		}
	}
}

// roomError is a reason of our own to write nothing.
type roomError struct{ error }

// InfluxDB 1.8 takes nothing after a full disk until it is restarted: its write-ahead
// log stays broken. One that answers, but with an error of its own, for
// so long, is restarted; not again until it had time to come up.
const (
	reviveAfter = 15 * time.Second
	reviveAgain = 2 * time.Minute
)

func (w *Writer) revive(err error) {
	code, _ := answerOf(err)
	_, _, since := w.health.state()
	now := w.cfg.Clock.Now()
	last := w.revived.Load()
	if w.cfg.Revive == nil || code < 500 || now.Sub(since) < reviveAfter || now.UnixNano()-last < int64(reviveAgain) {
		return
	}
	if w.revived.CompareAndSwap(last, now.UnixNano()) {
		w.cfg.Log.Warn("InfluxDB answers but takes nothing, and is restarted", "for", now.Sub(since).Round(time.Second), "why", err)
		w.cfg.Revive()
	}
}

// health remembers whether InfluxDB takes readings, and logs when that changes:
// once an outage, not once an attempt.
type health struct {
	clock clock.Clock
	log   *slog.Logger

	mu    sync.Mutex
	began bool // it has taken something
	why   string
	since time.Time
}

func (h *health) up() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.why != "" {
		h.log.Info("InfluxDB takes readings again", "after", h.clock.Now().Sub(h.since).Round(time.Second))
	}
	h.began, h.why, h.since = true, "", time.Time{}
}

func (h *health) down(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.why == "" {
		h.since = h.clock.Now()
		level := slog.LevelWarn
		if !h.began {
			level = slog.LevelInfo // it is only starting
		}
		h.log.Log(context.Background(), level, "InfluxDB does not take readings; they wait in the journal", "why", err)
	}
	h.why = err.Error()
}

func (h *health) state() (ready bool, why string, since time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.began && h.why == "", h.why, h.since
}

// again runs op until it succeeds or ctx ends, for what is not InfluxDB: it says
// so once, since these failures are not expected and do not end by themselves.
func (w *Writer) again(ctx context.Context, what string, final func(error) bool, op func(context.Context) error) error {
	said := false
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		err := op(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case final != nil && final(err):
			return fmt.Errorf("series: %s: %w", what, err)
		case !said && !errors.Is(err, context.DeadlineExceeded):
			said = true
			w.cfg.Log.Warn("series cannot go on and tries again", "what", what, "error", err)
		}
		if err := w.cfg.Clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}
