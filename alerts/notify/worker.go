package notify

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// Config sets a worker. Zero values read as what stands behind them.
type Config struct {
	Outbox      Outbox
	Channels    *Channels
	TicketURL   func(ticket int64) string // for the links in notices; nil sends none
	Clock       clock.Clock               // clock.Real
	Log         *slog.Logger              // none
	Registerer  prometheus.Registerer     // none
	Concurrency int                       // 8 attempts at once
	Attempts    int                       // 5 on each channel
	Timeout     time.Duration             // 20 s for one attempt, real time
	FirstPause  time.Duration             // 5 s before the second attempt; each further one is twice as long
	Poll        time.Duration             // 2 s between looks where nobody calls Wake
}

// maxPause is the longest wait between two attempts.
const maxPause = 10 * time.Minute

// Worker sends what is due. Its Run is for one goroutine; Wake for any.
type Worker struct {
	cfg      Config
	metrics  *metrics
	wake     chan struct{}
	inFlight map[int64]bool
	done     chan Outcome
	unmarked []Outcome
}

// NewWorker makes a worker.
func NewWorker(cfg Config) *Worker {
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Concurrency = orDefault(cfg.Concurrency, 8)
	cfg.Attempts = orDefault(cfg.Attempts, 5)
	cfg.Timeout = orDefault(cfg.Timeout, 20*time.Second)
	cfg.FirstPause = orDefault(cfg.FirstPause, 5*time.Second)
	cfg.Poll = orDefault(cfg.Poll, 2*time.Second)
	return &Worker{
		cfg: cfg, metrics: newMetrics(cfg.Registerer), wake: make(chan struct{}, 1),
		inFlight: map[int64]bool{}, done: make(chan Outcome, cfg.Concurrency),
	}
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Wake says that there are new notices.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, waits for the attempts that are under way, and
// returns nil. An outbox that fails is tried again for ever.
func (w *Worker) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := w.round(ctx)
		if err != nil && ctx.Err() == nil {
			w.cfg.Log.Warn("notify: the outbox cannot be used, trying again", "err", err)
		}
		w.rest(ctx)
	}
	return w.finish(ctx)
}

// round starts attempts for what is due and records what has ended.
func (w *Worker) round(ctx context.Context) error {
	if err := w.mark(ctx); err != nil {
		return err
	}
	free := w.cfg.Concurrency - len(w.inFlight)
	if free <= 0 {
		return nil
	}
	due, err := w.cfg.Outbox.Due(ctx, w.now(), free+len(w.inFlight))
	if err != nil {
		return err
	}
	started := 0
	for _, o := range due {
		if w.inFlight[o.Notice.ID] || started == free {
			continue
		}
		w.inFlight[o.Notice.ID] = true
		started++
		go func() { w.done <- w.attempt(ctx, o) }()
	}
	return nil
}

// rest waits for an attempt to end, a call of Wake, or the next look.
func (w *Worker) rest(ctx context.Context) {
	pause, cancel := context.WithCancel(ctx)
	defer cancel()
	woken := make(chan struct{})
	go func() {
		defer close(woken)
		_ = w.cfg.Clock.Sleep(pause, w.cfg.Poll) // its end is all that matters
	}()
	select {
	case <-woken:
	case <-w.wake:
	case o := <-w.done:
		w.unmarked = append(w.unmarked, o)
	}
	cancel()
	<-woken
}

// mark records outcomes; what cannot be recorded stays in flight, so that it is
// not sent twice while we live.
func (w *Worker) mark(ctx context.Context) error {
	for {
		select {
		case o := <-w.done:
			w.unmarked = append(w.unmarked, o)
			continue
		default:
		}
		break
	}
	if len(w.unmarked) == 0 {
		return nil
	}
	if err := w.cfg.Outbox.Mark(ctx, w.unmarked); err != nil {
		return err
	}
	for _, o := range w.unmarked {
		delete(w.inFlight, o.Notice)
	}
	w.unmarked = nil
	return nil
}

// finish records the attempts that were under way when ctx ended.
func (w *Worker) finish(ctx context.Context) error {
	for len(w.unmarked) < len(w.inFlight) {
		w.unmarked = append(w.unmarked, <-w.done)
	}
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := w.mark(short); err != nil {
		w.cfg.Log.Warn("notify: the last outcomes are not recorded, some notices may be sent twice", "err", err)
	}
	return nil
}

func (w *Worker) now() device.Millis { return device.MillisOf(w.cfg.Clock.Now()) }

// attempt tries one notice on one channel and says how it goes on.
func (w *Worker) attempt(ctx context.Context, o Outgoing) Outcome {
	m := &Message{ID: o.Notice.ID, Title: o.Notice.Title, Text: o.Notice.Text, To: o.Person}
	if w.cfg.TicketURL != nil && o.Notice.Ticket != 0 && o.Person.Role != device.Resident && o.Notice.Kind != alerts.NoticeMended {
		m.Link = w.cfg.TicketURL(o.Notice.Ticket)
	}
	out := Outcome{Notice: o.Notice.ID, Channel: o.Channel, Attempts: o.Attempts}
	retry, err := w.try(ctx, o, m)
	out.At = w.now()
	switch {
	case err == nil:
		out.State = Sent
		return out
	case ctx.Err() != nil:
		out.State = Queued // we are stopping: that was nobody's fault
		return out
	}
	out.State, out.Error = Queued, err.Error()
	if out.Attempts++; retry && out.Attempts < w.cfg.Attempts {
		out.NextAt = out.At.Add(w.pause(out.Attempts))
		return out
	}
	out.Channel, out.Attempts = o.Channel+1, 0
	if out.Channel >= len(o.Person.Channels) {
		out.State, out.Channel = Failed, o.Channel
		w.metrics.failed.Inc()
		w.cfg.Log.Warn("notify: nobody could be reached", "notice", o.Notice.ID, "person", o.Person.ID, "err", out.Error)
	}
	return out
}

var errNobody = errors.New("this person is no longer in the roster")

func (w *Worker) try(ctx context.Context, o Outgoing, m *Message) (retry bool, err error) {
	if o.Person.ID == "" {
		return false, errNobody
	}
	channel := "inbox"
	if o.Channel < len(o.Person.Channels) {
		channel = o.Person.Channels[o.Channel]
	}
	kind, sender, err := w.cfg.Channels.sender(channel, m)
	if err == nil {
		short, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
		defer cancel()
		retry, err = sender.Send(short, m)
	}
	if err != nil {
		w.metrics.errors.WithLabelValues(kind).Inc()
		return retry, err
	}
	w.metrics.sent.WithLabelValues(kind).Inc()
	return false, nil
}

// pause is how long to wait after so many failed attempts: doubled each time, and
// from half to one and a half of that, so that many do not come back at once.
func (w *Worker) pause(failed int) time.Duration {
	p := w.cfg.FirstPause << min(failed-1, 20)
	if p > maxPause || p <= 0 {
		p = maxPause
	}
	return p/2 + rand.N(p)
}
