package backtest

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// Config sets a run.
type Config struct {
	// Engine is how the engine is made. AllObserved is set where the recording has
	// no observing lines.
	Engine alerts.EngineConfig
	Stdin  io.Reader                 // of the file named "-"; may be nil
	Change func(alerts.Change) error // called for each change, in order; an error ends the run
	Bad    func(LineError)           // called for each bad line, in order; nil drops them
	Night  func(device.NightLight)   // called for each finished night; may be nil
}

// Stats is what a run has seen.
type Stats struct {
	Readings, Statuses, Marks, Bad int
	From, To                       device.Millis // of receipt; 0 where nothing was there
	Forecasts                      alerts.ForecastQuality
}

// lookAhead is how much recorded time without an observing line means that there
// are none: a night off and the day before it, with room.
const lookAhead = 36 * time.Hour

// maxAhead bounds what waits in memory for that, in blocks.
const maxAhead = 512

// Run reads the files in their order, which must be that of receipt; each is
// NDJSON, plain or gzip. It decodes on all cores and shows the messages to one
// engine in their order. A file that cannot be read ends the run with an error.
func Run(ctx context.Context, cfg Config, files ...string) (Stats, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := max(1, runtime.GOMAXPROCS(0)-1)
	work := make(chan *block)
	ordered := make(chan *block, 4*workers)
	free := make(chan *block, 8*workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			var d decoder
			for b := range work {
				d.decode(b)
				close(b.done)
			}
		})
	}
	group.Go(func() {
		defer close(ordered)
		defer close(work)
		send := func(b *block) bool {
			select {
			case ordered <- b:
			case <-ctx.Done():
				return false
			}
			select {
			case work <- b:
				return true
			case <-ctx.Done():
				return false
			}
		}
		take := func() *block {
			select {
			case b := <-free:
				return b
			default:
				return &block{}
			}
		}
		blocks(files, cfg.Stdin, take, func(b *block) bool {
			b.done = make(chan struct{})
			return send(b)
		})
	})
	r := &run{cfg: cfg, clocks: payload.NewClocks()}
	err := r.follow(ctx, ordered, free)
	cancel()
	group.Wait()
	return r.stats, err
}

// run is what the engine's goroutine holds.
type run struct {
	cfg    Config
	engine *alerts.Engine
	clocks *payload.Clocks
	ahead  []*block // until it is known whether there are observing lines
	first  device.Millis
	stats  Stats
}

func (r *run) follow(ctx context.Context, ordered <-chan *block, free chan<- *block) error {
	release := func(b *block) {
		b.events, b.readings, b.statuses, b.bad, b.err = b.events[:0], b.readings[:0], b.statuses[:0], nil, nil
		select {
		case free <- b:
		default:
		}
	}
	for {
		var b *block
		var more bool
		select {
		case b, more = <-ordered:
		case <-ctx.Done():
			return ctx.Err()
		}
		if more {
			select {
			case <-b.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			r.ahead = append(r.ahead, b)
		}
		if r.engine == nil && more && !r.decided(b) {
			continue
		}
		for _, b := range r.ahead {
			if err := r.play(b); err != nil {
				return err
			}
			release(b)
		}
		r.ahead = r.ahead[:0]
		if !more {
			return r.finish()
		}
	}
}

// decided says whether the blocks so far tell if there are observing lines, and
// makes the engine accordingly.
func (r *run) decided(b *block) bool {
	marks, last := false, device.Millis(0)
	for _, ev := range b.events {
		marks = marks || ev.mark
		if r.first == 0 {
			r.first = ev.at
		}
		last = ev.at
	}
	if !marks && len(r.ahead) < maxAhead && last.Sub(r.first) < lookAhead {
		return false
	}
	r.start(!marks)
	return true
}

func (r *run) start(allObserved bool) {
	cfg := r.cfg.Engine
	cfg.AllObserved = allObserved
	r.engine = alerts.NewEngine(cfg)
}

// play shows one block to the engine.
func (r *run) play(b *block) error {
	if r.engine == nil {
		r.start(true)
	}
	for i := range b.bad {
		r.stats.Bad++
		if r.cfg.Bad != nil {
			r.cfg.Bad(b.bad[i])
		}
	}
	if b.err != nil {
		return fmt.Errorf("%s: %w", b.file, b.err)
	}
	readings, statuses := b.readings, b.statuses
	for _, ev := range b.events {
		if err := r.tick(ev.at); err != nil {
			return err
		}
		if ev.mark {
			r.stats.Marks++
			r.engine.Observing(ev.at)
		}
		for i := range readings[:ev.readings] {
			r.clocks.Place(&readings[i])
			if err := r.emit(r.engine.Observe(&readings[i])); err != nil {
				return err
			}
		}
		for i := range statuses[:ev.statuses] {
			if err := r.emit(r.engine.ObserveStatus(&statuses[i])); err != nil {
				return err
			}
		}
		readings, statuses = readings[ev.readings:], statuses[ev.statuses:]
		r.stats.Readings += ev.readings
		r.stats.Statuses += ev.statuses
		if r.stats.From == 0 {
			r.stats.From = ev.at
		}
		r.stats.To = max(r.stats.To, ev.at)
	}
	return nil
}

const (
	minute = 60_000
	day    = 24 * 60 * minute
)

// tick lets the engine look around at each minute up to at, after two days without
// a word at each hour.
func (r *run) tick(at device.Millis) error {
	now := r.engine.Now()
	if now == 0 {
		now = at - minute
	}
	slowly := now + 2*day
	for t := (now/minute + 1) * minute; t <= at; t += minute {
		if t > slowly {
			t = min(t+59*minute, at/minute*minute)
		}
		if err := r.emit(r.engine.Tick(t)); err != nil {
			return err
		}
		if t/day != now/day {
			r.take()
			now = t
		}
	}
	return nil
}

// take empties what the engine holds for a commit, which nobody makes here.
func (r *run) take() {
	_, nights := r.engine.Take()
	_ = r.engine.Forecasts()
	r.stats.Forecasts = r.engine.ForecastQuality()
	if r.cfg.Night != nil {
		for _, n := range nights {
			r.cfg.Night(n)
		}
	}
}

func (r *run) finish() error {
	if r.engine == nil {
		return nil
	}
	if err := r.tick(r.stats.To + minute); err != nil {
		return err
	}
	r.take()
	return nil
}

func (r *run) emit(changes []alerts.Change) error {
	for _, c := range changes {
		if err := r.cfg.Change(c); err != nil {
			return err
		}
	}
	return nil
}
