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
			p.phase = time.Duration(uniform(p.seed, 4, 0) * float64(p.interval)).Truncate(time.Millisecond)
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
// a restart with a StateFile it publishes what was missed as history.
func (f *Fleet) Run(ctx context.Context) error {
	if err := f.out.connect(ctx); err != nil {
		return ended(ctx, err)
	}
	defer f.out.close()
	from, fresh, err := f.awaken()
	if err != nil {
		return err
	}
	if err := f.history(ctx, from, fresh); err != nil {
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
// gives the moment from which on nothing has been published.
func (f *Fleet) awaken() (from device.Millis, fresh bool, err error) {
	now := f.now()
	saved, err := f.load()
	if err != nil {
		return 0, false, err
	}
	if saved != nil && saved.At <= now {
		f.live, from = saved.Live, saved.At
		// Whoever was off longer than the history is long leaves a hole.
		return max(from, now.Add(-max(f.cfg.Backfill, 24*time.Hour))), false, nil
	}
	f.live = now
	from = now.Add(-f.cfg.Backfill)
	for t := from.Add(-warmUp); t < from; t = t.Add(historyStep) {
		for _, p := range f.poles {
			p.step(t, f.weather, f.nights, f.broken(p, t))
		}
	}
	for _, p := range f.poles {
		p.Boot = 1
	}
	return from, true, nil
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

// history publishes [from, now) in steps of historyStep, in batches as a gateway
// sends what it kept while its uplink was down.
func (f *Fleet) history(ctx context.Context, from device.Millis, fresh bool) error {
	to := f.now()
	span := to.Sub(from)
	if span < historyStep {
		return nil
	}
	f.cfg.Progress("历史数据 history: %.1f nights of %d lamps …", span.Hours()/24, len(f.poles))
	batches := newBatches(f.out, true)
	told := 0
	for t := from; t < to; t = t.Add(historyStep) {
		for _, p := range f.poles {
			if r, sends := f.report(p, t); sends {
				if err := batches.add(ctx, r); err != nil {
					return err
				}
			}
		}
		if done := int(100 * t.Sub(from) / span); done >= told+25 {
			told = done
			f.cfg.Progress("历史数据 history: %d %%", done)
		}
	}
	if err := batches.flush(ctx); err != nil {
		return err
	}
	if err := f.out.drain(ctx); err != nil {
		return err
	}
	f.cfg.Progress("历史数据 history: published %d readings", f.Stats().Readings)
	if fresh {
		f.live = f.now()
	}
	return f.save()
}

// report lives to t and gives what the lamp sends of it, if it does.
func (f *Fleet) report(p *pole, t device.Millis) (device.Reading, bool) {
	if t <= p.At {
		return device.Reading{}, false
	}
	b := f.broken(p, t)
	n := p.step(t, f.weather, f.nights, b)
	if b.has(device.LampSilent) || b.has(device.GatewaySilent) {
		return device.Reading{}, false
	}
	return p.report(t, n), true
}

// greet says that gateways and lamps are there.
func (f *Fleet) greet(ctx context.Context) error {
	told := map[device.GatewayID]bool{}
	now := f.now()
	for _, p := range f.poles {
		b := f.broken(p, now)
		if b.has(device.LampSilent) || b.has(device.GatewaySilent) {
			continue
		}
		if gw := p.lamp.Gateway; gw == "" {
			if err := f.out.status(ctx, p.lamp.ID, "", now); err != nil {
				return err
			}
		} else if !told[gw] {
			told[gw] = true
			if err := f.out.status(ctx, "", gw, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// Pauses of the live part: between looks for lamps that are due, in the clock's
// time and at least in real time, and between savings of the lives.
const (
	lookEvery = time.Second
	saveEvery = 30 * time.Second
)

// goOn lets every lamp report at its own interval for ever.
func (f *Fleet) goOn(ctx context.Context) error {
	batches := newBatches(f.out, false)
	next := make([]device.Millis, len(f.poles))
	for i, p := range f.poles {
		next[i] = due(f.now(), p)
	}
	for saved := f.now(); ; {
		now := f.now()
		for i, p := range f.poles {
			for next[i] <= now {
				if r, sends := f.report(p, next[i]); sends {
					if err := batches.add(ctx, r); err != nil {
						return err
					}
				}
				next[i] = next[i].Add(p.interval)
			}
		}
		if err := batches.flush(ctx); err != nil {
			return err
		}
		if now.Sub(saved) >= saveEvery {
			saved = now
			if err := f.save(); err != nil {
				f.cfg.Log.Warn("the lamps' lives cannot be saved: after a restart they begin anew", "error", err)
			}
		}
		if err := f.cfg.Clock.Sleep(ctx, lookEvery); err != nil {
			return errors.Join(err, f.save())
		}
	}
}

// due is the first time after now at which the pole reports.
func due(now device.Millis, p *pole) device.Millis {
	every, phase := p.interval.Milliseconds(), p.phase.Milliseconds()
	t := (int64(now)-phase)/every*every + phase
	return device.Millis(t + every)
}
