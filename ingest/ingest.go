package ingest

import (
	"context"
	"crypto/tls"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/journal"
)

// Journal is what ingest needs of the journal.
type Journal interface {
	Append(context.Context, *journal.Block) (journal.Position, error)
	RejectAll(context.Context, []journal.Rejected) (kept int, err error)
}

// Config says where messages come from and where readings go.
type Config struct {
	URL        string // of the broker, such as tcp://127.0.0.1:1883 or tls://host:8883
	ClientID   string // of the persistent session: the same for ever, never used twice at once
	Share      string // group of a shared subscription; empty takes every message
	Others     Others // ingests of the same group; nil where there are none
	Username   string
	Password   string
	TLS        *tls.Config // for tls://; nil takes the system's authorities
	Prefix     string      // of the topics
	Formats    Formats     // of lamps that do not speak wire format 1; nil for none
	MaxPayload int         // bytes; larger messages are rejected
	// Foreign says that a gateway may not speak for a lamp; nil lets every gateway speak
	// for every lamp. It must be quick.
	Foreign    func(device.GatewayID, device.LampID) bool
	Observing  time.Duration // how often it marks that it was watching; 0 makes no marks
	Journal    Journal
	Strangers  Strangers // nil takes every lamp for registered
	Clock      clock.Clock
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// Ingest is one subscriber.
type Ingest struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics
	queue   *queue
	seen    *remembered
	clocks  *payload.Clocks
	strange *payload.Clocks // of codes that nobody registered: however many, they push out no lamp
	pushed  pushed

	connected atomic.Int64 // Millis of our clock since when; 0 while not
	waiting   atomic.Int64 // messages taken from the queue and not yet acknowledged
	failing   atomic.Pointer[string]
}

// New makes an Ingest; Run starts it.
func New(cfg Config) *Ingest {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	return &Ingest{
		cfg: cfg, log: cfg.Log, metrics: newMetrics(cfg.Registerer),
		queue: newQueue(), seen: &remembered{}, clocks: payload.NewClocks(), strange: payload.NewClocks(),
		pushed: pushed{decoder: NewDecoder(cfg.Prefix, cfg.Formats), clocks: payload.NewClocks(), strange: payload.NewClocks()},
	}
}

// Run takes messages in until ctx ends, which gives nil. It waits for a broker
// that is not there and for a journal that refuses; while it waits nothing is
// acknowledged.
func (in *Ingest) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	full, written := make(chan *work), make(chan *work, works)
	var all sync.WaitGroup
	all.Go(func() { in.append(ctx, full, written) })
	all.Go(func() { in.decode(ctx, full, written) })
	all.Go(func() { in.observe(ctx) })
	all.Go(func() { in.report(ctx) })
	in.stayConnected(ctx)
	all.Wait()
	return nil
}

// Status is how ingest stands.
type Status struct {
	Connected device.Millis // since when; 0 while not
	LastSeen  device.Millis // newest message; 0 for none since the start
	Queued    int           // messages received and not yet in the journal
	Failing   string        // why readings are held back, for people; empty while they are not
}

// Status is safe to call at any time.
func (in *Ingest) Status() Status {
	s := Status{
		Connected: device.Millis(in.connected.Load()), LastSeen: in.queue.lastSeen(),
		Queued: in.queue.len() + int(in.waiting.Load()),
	}
	if f := in.failing.Load(); f != nil {
		s.Failing = *f
	}
	return s
}

// observe marks regularly that we were watching: connected, with nothing left to
// take in. Silence of a lamp counts in marked time only.
func (in *Ingest) observe(ctx context.Context) {
	if in.cfg.Observing <= 0 {
		return
	}
	for in.cfg.Clock.Sleep(ctx, in.cfg.Observing) == nil {
		since := device.Millis(in.connected.Load())
		now := in.now()
		if since != 0 && now.Sub(since) >= min(in.cfg.Observing/2, 30*time.Second) && in.Status().Queued == 0 && in.othersObserve(ctx) {
			in.queue.mark(now)
		}
	}
}

func (in *Ingest) now() device.Millis { return device.MillisOf(in.cfg.Clock.Now()) }

// reasons that ingest adds to those of the decoder.
const (
	reasonTooLarge    payload.Reason = "too_large"
	reasonUnknownLamp payload.Reason = "unknown_lamp"
	reasonForeign     payload.Reason = "foreign_lamp"
)
