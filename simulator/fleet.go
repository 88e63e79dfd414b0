package simulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
)

// Config says which lamps live and where they publish.
type Config struct {
	URL         string // of the broker
	Username    string
	Password    string
	TLS         *tls.Config
	Prefix      string
	Lamps       []device.Lamp // those that are installed and have a radio publish
	Interval    time.Duration // overrides the registry's where set
	Backfill    time.Duration // history published before going live
	Seed        int64
	Faults      []Fault
	Connections int    // shared by the lamps; 0 means 4
	StateFile   string // keeps the lives over a restart; empty begins anew each time
	Location    *time.Location
	Clock       clock.Clock
	Log         *slog.Logger
	Registerer  prometheus.Registerer // nil for none
	// Progress is told of long work; nil for silence.
	Progress func(format string, args ...any)
}

// warmUp is how long the lamps live unseen before their history begins, so that
// their batteries show the weather and not their first charge.
const warmUp = 4 * 24 * time.Hour

// historyStep is how far apart the readings of the history are.
const historyStep = 10 * time.Minute

// Fleet is all the lamps.
type Fleet struct {
	cfg     Config
	poles   []*pole
	weather weather
	nights  *night.Calendar
	faults  []Fault
	live    device.Millis // faults count from here
	out     *publisher
}

// New makes a fleet; Run brings it to life.
func New(cfg Config) (*Fleet, error) {
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Progress == nil {
		cfg.Progress = func(string, ...any) {}
	}
	if cfg.Connections == 0 {
		cfg.Connections = 4
	}
	f := &Fleet{
		cfg: cfg, weather: weather{uint64(cfg.Seed), cfg.Location},
		nights: night.NewCalendar(cfg.Location), faults: cfg.Faults, out: newPublisher(cfg),
	}
	for _, l := range cfg.Lamps {
		if !l.Reports() {
			continue
		}
		p := newPole(l, uint64(cfg.Seed))
		if cfg.Interval > 0 {
			p.interval = cfg.Interval
			p.setPhase(uint64(cfg.Seed))
		}
		f.poles = append(f.poles, p)
	}
	if len(f.poles) == 0 {
		return nil, errors.New("no lamp to simulate: none of the given ones is installed and has a radio")
	}
	return f, f.checkFaults()
}

// checkFaults finds faults on lamps that are not there.
func (f *Fleet) checkFaults() error {
	lamps, gates := map[device.LampID]bool{}, map[device.GatewayID]bool{}
	for _, p := range f.poles {
		lamps[p.lamp.ID] = true
		gates[p.lamp.Gateway] = true
	}
	for _, fault := range f.faults {
		for _, id := range fault.Lamps {
			if !lamps[id] {
				return fmt.Errorf("fault %v: no simulated lamp %s: it must be installed and have a radio", fault, id)
			}
		}
		for _, id := range fault.Gates {
			if !gates[id] {
				return fmt.Errorf("fault %v: no gateway %s among the simulated lamps", fault, id)
			}
		}
	}
	return nil
}

// Lamps is how many lamps publish.
func (f *Fleet) Lamps() int { return len(f.poles) }

// Stats is what was published so far.
func (f *Fleet) Stats() Stats { return f.out.stats() }

// Run publishes the history, then lives on until ctx ends, which gives nil. After
// a restart with a StateFile it publishes what was missed first. What was under way
// when it was killed is published again, word for word, so that it reads as a
// duplicate.
func (f *Fleet) Run(ctx context.Context) error {
	if err := f.out.connect(ctx); err != nil {
		return ended(ctx, err)
	}
	defer f.out.close()
	from, err := f.awaken()
	if err != nil {
		return err
	}
	if err := f.history(ctx, from); err != nil {
		return ended(ctx, err)
	}
	if err := f.greet(ctx); err != nil {
		return ended(ctx, err)
	}
	return ended(ctx, f.goOn(ctx))
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (f *Fleet) now() device.Millis { return device.MillisOf(f.cfg.Clock.Now()) }

// awaken restores the lives of the last run, or lives through the warm-up. It
// gives the moment up to which all that was due has been published.
func (f *Fleet) awaken() (from device.Millis, err error) {
	now := f.now()
	saved, err := f.load()
	if err != nil {
		return 0, err
	}
	if saved != nil && saved.At <= now {
		f.live, from = saved.Live, saved.At
		f.restore(saved)
		// Whoever was off longer than the history is long leaves a hole.
		hole := now.Add(-max(f.cfg.Backfill, 24*time.Hour))
		for _, p := range f.poles {
			if p.At < hole {
				f.step(p, hole)
			}
		}
		return max(from, hole), f.save()
	}
	f.live = now
	from = now.Add(-f.cfg.Backfill)
	for _, p := range f.poles {
		f.begin(p, from)
	}
	return from, f.save()
}

// begin lets a new pole live through its warm-up up to t.
func (f *Fleet) begin(p *pole, t device.Millis) {
	f.step(p, t.Add(-warmUp))
	f.step(p, t)
	p.Boot = 1
}

// step lives to t in strides of at most historyStep.
func (f *Fleet) step(p *pole, t device.Millis) (now, broken) {
	for p.At != 0 && t.Sub(p.At) > historyStep {
		at := p.At.Add(historyStep)
		p.step(at, f.weather, f.nights, f.broken(p, at))
	}
	b := f.broken(p, t)
	return p.step(t, f.weather, f.nights, b), b
}

// broken is what is wrong with a pole at t.
func (f *Fleet) broken(p *pole, t device.Millis) broken {
	var b broken
	for i := range f.faults {
		fault := &f.faults[i]
		if !fault.active(t, f.live) {
			continue
		}
		for _, id := range fault.Lamps {
			if id == p.lamp.ID {
				b = append(b, fault.Code)
			}
		}
		for _, id := range fault.Gates {
			if id == p.lamp.Gateway && id != "" {
				b = append(b, fault.Code)
			}
		}
	}
	return b
}
