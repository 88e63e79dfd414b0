package series

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/journal"
)

// Consumer is the name of the writer's row in consumer_position.
const Consumer = "series"

// Journal is what the writer needs of the journal.
type Journal interface {
	Reader(ctx context.Context, after journal.Position) (*journal.Reader, error)
	RejectAll(ctx context.Context, list []journal.Rejected) (kept int, err error)
}

// Verdicts tells which readings of a record came before: a bit for each, nil for
// none. It waits until that is known; its only error is ctx's. The ledger is who judges.
type Verdicts interface {
	Duplicates(ctx context.Context, at journal.Position) ([]byte, error)
}

// WriterConfig is what a Writer works with.
type WriterConfig struct {
	Client   *Client
	Verdicts Verdicts // whose duplicates are left out; nil writes all
	Journal  Journal
	// Room says why InfluxDB is to be given nothing now; nil is always room.
	Room func() error
	// Revive restarts an InfluxDB that answers and takes nothing, as after a full disk;
	// nil where that is somebody else's.
	Revive     func()
	SQL        *sql.DB // holds consumer_position and series_refused
	Clock      clock.Clock
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// Writer takes readings and nights from the journal to InfluxDB:
//
//	read → gather → two senders → commit
//
// Batches are sent side by side and committed in the journal's order.
type Writer struct {
	cfg      WriterConfig
	metrics  *metrics
	health   *health
	position atomic.Pointer[journal.Position] // committed
	revived  atomic.Int64                     // when Revive was called last, Unix nanoseconds
	stored   atomic.Uint64
	refused  atomic.Uint64
	blocks   chan *journal.Block // whose memory may be used again
}

// NewWriter makes a writer; Run starts it. One Registerer takes one writer.
func NewWriter(cfg WriterConfig) *Writer {
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &health{clock: cfg.Clock, log: cfg.Log}
	w := &Writer{cfg: cfg, metrics: newMetrics(cfg.Registerer, h), health: h, blocks: make(chan *journal.Block, 32)}
	w.position.Store(&journal.Position{})
	return w
}

// Run waits for InfluxDB, sets it up and writes until ctx ends, which gives nil.
// It retries for ever while InfluxDB or SQL fails; an error is final and means that
// the journal cannot be trusted from where the writer stands.
func (w *Writer) Run(ctx context.Context) error {
	err := w.run(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (w *Writer) run(ctx context.Context) error {
	var from journal.Position
	err := w.again(ctx, "read the position", nil, func(ctx context.Context) (err error) {
		from, err = w.loadPosition(ctx)
		return err
	})
	if err != nil {
		return err
	}
	w.position.Store(&from)
	if err := w.insist(ctx, w.cfg.Client.Setup); err != nil {
		return fmt.Errorf("series: set up InfluxDB: %w", err)
	}

	const batchCount = senders + 1 // one is filled while the others are on their way
	records := make(chan record, 4)
	free := make(chan *batch, batchCount)
	order := make(chan *batch, batchCount)
	batches := make(chan *batch)
	for range batchCount {
		b := &batch{}
		b.reset()
		free <- b
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return w.read(ctx, from, records) })
	group.Go(func() error { return w.gather(ctx, records, free, batches, order) })
	for range senders {
		group.Go(func() error { return w.send(ctx, batches) })
	}
	group.Go(func() error { return w.commit(ctx, order, free) })
	return group.Wait()
}

// Status is how the writer stands.
type Status struct {
	Position journal.Position // everything up to here is stored or refused, and committed
	Ready    bool             // InfluxDB is set up and took the last write
	Failing  string           // why it does not, for people; empty while Ready
	Since    time.Time        // of the outage; zero while Ready
	Stored   uint64           // readings written since the start
	Refused  uint64           // readings refused since the start
}

// Status is safe to call at any time.
func (w *Writer) Status() Status {
	ready, why, since := w.health.state()
	return Status{
		Position: *w.position.Load(), Ready: ready, Failing: why, Since: since,
		Stored: w.stored.Load(), Refused: w.refused.Load(),
	}
}
