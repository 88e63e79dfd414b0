package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// Names of the ledger's rows in consumer_position: the head counts what arrives,
// the tail follows series and settles what waited.
const (
	HeadConsumer = "ledger"
	TailConsumer = "ledger_tail"
	seriesName   = "series"
)

// Journal is what the ledger needs of the journal.
type Journal interface {
	Reader(ctx context.Context, after journal.Position) (*journal.Reader, error)
	Tail(ctx context.Context) (*journal.Reader, error)
}

// Config is what a Ledger works with.
type Config struct {
	Journal    Journal
	SQL        *sql.DB        // the one writing connection
	Reads      *sql.DB        // for queries; SQL where nil
	Location   *time.Location // of days
	Clock      clock.Clock
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// Ledger counts readings.
type Ledger struct {
	cfg     Config
	days    days
	metrics *metrics

	verdicts judged

	mu   sync.Mutex
	head journal.Position // committed by the head, so that the tail stays behind it
}

// New makes a Ledger; Run starts it.
func New(cfg Config) *Ledger {
	if cfg.Reads == nil {
		cfg.Reads = cfg.SQL
	}
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Ledger{cfg: cfg, days: days{location: cfg.Location}, metrics: newMetrics(cfg.Registerer)}
}

// Run counts until ctx ends, which gives nil. What may pass, such as a full disk, it
// waits out; a *journal.PositionError is final, since counting on would not be exact.
func (l *Ledger) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := l.keepOn(ctx, "totals", l.measure); err != nil {
		return nil // ctx ended
	}
	ended := make(chan error, 2)
	go func() { ended <- l.keepOn(ctx, "head", l.runHead) }()
	go func() { ended <- l.keepOn(ctx, "tail", l.runTail) }()
	var failed error
	for range 2 {
		// The first to end stops the other, whose error then only says so.
		if err := <-ended; ctx.Err() == nil {
			failed = err
		}
		cancel()
	}
	if failed != nil {
		return fmt.Errorf("ledger: %w", failed)
	}
	return nil
}

// keepOn begins work anew, from what is committed, until it is done or its error is final.
func (l *Ledger) keepOn(ctx context.Context, part string, work func(context.Context) error) error {
	const longest = 30 * time.Second
	for pause := time.Second; ; pause = min(2*pause, longest) {
		began := l.cfg.Clock.Now()
		err := work(ctx)
		var final *journal.PositionError
		if err == nil || ctx.Err() != nil || errors.As(err, &final) {
			return err
		}
		if l.cfg.Clock.Now().Sub(began) > longest {
			pause = time.Second
		}
		l.metrics.errors.Inc()
		l.cfg.Log.Warn("the ledger could not count on, trying again", "part", part, "error", err, "pause", pause)
		if err := l.cfg.Clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func (l *Ledger) headAt() journal.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

func (l *Ledger) setHead(p journal.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.head = p
}

// key is one line of the ledger.
type key struct {
	lamp device.LampID
	day  string
}

// days gives the local day of a moment; neighbours share the work.
type days struct {
	location   *time.Location
	begin, end device.Millis
	day        string
}

func (d *days) of(at device.Millis) string {
	if at < d.begin || at >= d.end {
		t := at.Time().In(d.location)
		midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, d.location)
		d.begin, d.end = device.MillisOf(midnight), device.MillisOf(midnight.AddDate(0, 0, 1))
		d.day = t.Format(time.DateOnly)
	}
	return d.day
}

func position(ctx context.Context, q querier, consumer string) (journal.Position, error) {
	var p journal.Position
	err := q.QueryRowContext(ctx, `SELECT created, seq FROM consumer_position WHERE consumer = $1`, consumer).Scan(&p.Created, &p.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return p, err
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func setPosition(ctx context.Context, tx *sql.Tx, consumer string, p journal.Position) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO consumer_position (consumer, created, seq) VALUES ($1, $2, $3)
		ON CONFLICT (consumer) DO UPDATE SET created = excluded.created, seq = excluded.seq`, consumer, p.Created, p.Seq)
	return err
}

// addCounts adds the differences to their lines.
func addCounts(ctx context.Context, tx *sql.Tx, counts map[key]*Count) error {
	add, err := tx.PrepareContext(ctx, `INSERT INTO ledger_day (lamp, day, received, stored, waiting, duplicate, rejected)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (lamp, day) DO UPDATE SET
		received = ledger_day.received + excluded.received, stored = ledger_day.stored + excluded.stored,
		waiting = ledger_day.waiting + excluded.waiting, duplicate = ledger_day.duplicate + excluded.duplicate,
		rejected = ledger_day.rejected + excluded.rejected`)
	if err != nil {
		return err
	}
	defer add.Close()
	for k, c := range counts {
		if _, err := add.ExecContext(ctx, string(k.lamp), k.day, c.Received, c.Stored, c.Waiting, c.Duplicate, c.Rejected); err != nil {
			return err
		}
	}
	return nil
}

// transact runs f in one transaction; nothing of it stays where it fails.
func transact(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
