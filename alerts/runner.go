package alerts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// BlockReader reads the journal in order; *journal.Reader does.
type BlockReader interface {
	Next(context.Context) (journal.Position, *journal.Block, error)
	Close()
}

// RunnerConfig sets a runner.
type RunnerConfig struct {
	Store      Store
	Engine     *Engine // new: the runner restores it
	Dispatcher *Dispatcher
	Read       func(ctx context.Context, after journal.Position) (BlockReader, error)
	Append     func(context.Context, *journal.Block) (journal.Position, error)
	Clock      clock.Clock
	Log        *slog.Logger          // nil logs nothing
	Registerer prometheus.Registerer // nil for none
	Committed  func()                // called after each commit that made notices; may be nil

	batchTime time.Duration // how long one commit may gather; 0 reads as maxBatchTime
}

// Runner feeds the engine from the journal and commits what it decides.
type Runner struct {
	cfg     RunnerConfig
	metrics *metrics
	at      journal.Position // of the last block that the engine has seen
	batch   batch
}

// batch is what happened since the last commit.
type batch struct {
	blocks  int
	newest  device.Millis // At of the last block
	ticked  bool
	changes []Change
	lamps   map[device.LampID]*LampState
}

// How much one commit may gather while the runner is behind, and how long it
// waits for another block before it commits what it has.
const (
	maxBatchBlocks = 500
	maxBatchTime   = time.Second
	linger         = 50 * time.Millisecond
	nightsPerBlock = 1000 // far below journal.MaxBlockBytes
)

// NewRunner makes a runner.
func NewRunner(cfg RunnerConfig) *Runner {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	if cfg.batchTime == 0 {
		cfg.batchTime = maxBatchTime
	}
	r := &Runner{cfg: cfg, metrics: newMetrics(cfg.Registerer)}
	r.batch.lamps = map[device.LampID]*LampState{}
	return r
}

// Run works until ctx ends, and then returns nil. A *journal.PositionError or
// state that cannot be restored stops it for good; whatever may pass by itself is
// tried again.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.restore(ctx); err != nil {
		return stopped(ctx, err)
	}
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		began := r.at
		err := r.follow(ctx)
		var lost *journal.PositionError
		if ctx.Err() != nil || errors.As(err, &lost) {
			return stopped(ctx, err)
		}
		if r.at != began {
			pause = time.Second
		}
		r.cfg.Log.Warn("alerts: cannot read the journal, trying again", "err", err, "pause", pause)
		if err := r.cfg.Clock.Sleep(ctx, pause); err != nil {
			return nil
		}
	}
}

func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("alerts: %w", err)
}

func (r *Runner) restore(ctx context.Context) error {
	var loaded Loaded
	err := r.persist(ctx, "load state", func() (err error) {
		loaded, err = r.cfg.Store.Load(ctx)
		return err
	})
	if err != nil {
		return err
	}
	r.at = loaded.Position
	return r.cfg.Engine.Restore(loaded.Engine)
}

// follow reads on from where the engine stands until something fails.
func (r *Runner) follow(ctx context.Context) error {
	reader, err := r.cfg.Read(ctx, r.at)
	if err != nil {
		return err
	}
	defer reader.Close()
	for {
		pos, block, err := reader.Next(ctx)
		if err != nil {
			return err
		}
		r.take(pos, block)
		if err := r.gather(ctx, reader); err != nil {
			return err
		}
		if err := r.commit(ctx); err != nil {
			return err
		}
	}
}

// gather takes further blocks that are there already, up to a batch.
func (r *Runner) gather(ctx context.Context, reader BlockReader) error {
	whole, cancel := context.WithTimeout(ctx, r.cfg.batchTime)
	defer cancel()
	for r.batch.blocks < maxBatchBlocks {
		short, cancel := context.WithTimeout(whole, linger)
		pos, block, err := reader.Next(short)
		cancel()
		switch {
		case err == nil:
			r.take(pos, block)
		case ctx.Err() == nil && short.Err() != nil:
			return nil // caught up, or time to commit
		default:
			return err
		}
	}
	return nil
}

// take shows one block to the engine.
func (r *Runner) take(pos journal.Position, b *journal.Block) {
	e := r.cfg.Engine
	for i := range b.Readings {
		reading := &b.Readings[i]
		if b.Replay != nil {
			reading.Received = b.At // its news is as late as its replay
		}
		r.batch.changes = append(r.batch.changes, e.Observe(reading)...)
		r.see(reading)
	}
	for i := range b.Statuses {
		r.batch.changes = append(r.batch.changes, e.ObserveStatus(&b.Statuses[i])...)
	}
	if b.Observing {
		e.Observing(b.At)
	}
	before := e.Now()
	r.batch.changes = append(r.batch.changes, e.Tick(b.At)...)
	r.batch.ticked = r.batch.ticked || e.Now() != before
	r.batch.blocks++
	r.batch.newest = max(r.batch.newest, b.At)
	r.at = pos
	r.metrics.readings.Add(float64(len(b.Readings)))
}

// see keeps the newest reading of each lamp.
func (r *Runner) see(reading *device.Reading) {
	s := r.batch.lamps[reading.Lamp]
	if s == nil {
		s = &LampState{}
		r.batch.lamps[reading.Lamp] = s
	}
	s.LastSeen = max(s.LastSeen, reading.Received)
	if reading.TS >= s.Last.TS {
		s.Last = *reading
		s.Lit, s.Known = r.cfg.Engine.LitIn(reading)
	}
}

// commit makes the batch durable. The nights go into the journal first: if we
// are killed between, they are appended once more, and their points fall on
// themselves.
func (r *Runner) commit(ctx context.Context) error {
	began := r.cfg.Clock.Now()
	state, nights := r.cfg.Engine.Take()
	for part := range slices.Chunk(nights, nightsPerBlock) {
		err := r.persist(ctx, "journal nights", func() error {
			_, err := r.cfg.Append(ctx, &journal.Block{At: device.MillisOf(r.cfg.Clock.Now()), Nights: part})
			return err
		})
		if err != nil {
			return err
		}
	}
	c := Checkpoint{
		Position: r.at, Engine: state, Changes: r.batch.changes, Nights: nights,
		Forecasts: r.cfg.Engine.Forecasts(), Quality: r.cfg.Engine.ForecastQuality(), Batteries: r.cfg.Engine.Batteries(),
	}
	for _, s := range r.batch.lamps {
		c.Lamps = append(c.Lamps, *s)
	}
	slices.SortFunc(c.Lamps, func(a, b LampState) int { return cmp.Compare(a.Last.Lamp, b.Last.Lamp) })
	if err := r.persist(ctx, "commit", func() error { return r.write(ctx, &c) }); err != nil {
		return err
	}
	r.metrics.committed(r, &c, r.cfg.Clock.Now().Sub(began))
	r.batch = batch{lamps: r.batch.lamps}
	clear(r.batch.lamps)
	if r.cfg.Committed != nil && slices.ContainsFunc(c.Tickets, func(t TicketChange) bool { return len(t.Notices) > 0 }) {
		r.cfg.Committed()
	}
	return nil
}

// write makes the tickets of a checkpoint, from tickets as they stand now, and commits it.
func (r *Runner) write(ctx context.Context, c *Checkpoint) error {
	c.Tickets = nil
	if len(c.Changes) > 0 || r.batch.ticked {
		open, err := r.cfg.Store.OpenTickets(ctx)
		if err != nil {
			return err
		}
		c.Tickets = r.cfg.Dispatcher.Apply(c.Changes, open, r.cfg.Engine.Standing, r.batch.newest)
	}
	return r.cfg.Store.Commit(ctx, *c)
}

// persist tries until it works or ctx ends.
func (r *Runner) persist(ctx context.Context, what string, do func() error) error {
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		err := do()
		if err == nil || ctx.Err() != nil {
			return err
		}
		r.metrics.errors.Inc()
		r.cfg.Log.Warn("alerts: "+what+" failed, trying again", "err", err, "pause", pause)
		if err := r.cfg.Clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}
