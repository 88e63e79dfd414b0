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
	cfg    Config
	poles  []*pole
	skies  *skies
	nights *night.Calendar
	faults []Fault
	live   device.Millis // faults count from here
	out    *publisher
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
	f := &Fleet{cfg: cfg, nights: night.NewCalendar(cfg.Location), faults: cfg.Faults, out: newPublisher(cfg)}
	var villages []village
	var err error
	if f.poles, villages, err = settle(cfg.Lamps, cfg.Seed, cfg.Interval); err != nil {
		return nil, err
	}
	f.skies = newSkies(weather{seed: uint64(cfg.Seed), zone: cfg.Location}, villages)
	return f, checkFaults(f.poles, f.faults)
}

// settle puts up the poles of those lamps that speak, with the villages that they
// stand in; interval overrides the registry's where it is set.
func settle(lamps []device.Lamp, seed int64, interval time.Duration) ([]*pole, []village, error) {
	villages, index := villagesOf(lamps)
	var poles []*pole
	for _, l := range lamps {
		if !l.Reports() {
			continue
		}
		p := newPole(l, uint64(seed))
		p.village = index[l.Place.Village]
		if interval > 0 {
			p.interval = interval
			p.setPhase(uint64(seed))
		}
		poles = append(poles, p)
	}
	if len(poles) == 0 {
		return nil, nil, errors.New("no lamp to simulate: none of the given ones is installed and has a radio")
	}
	return poles, villages, nil
}

// begins counts the faults from live.
func (f *Fleet) begins(live device.Millis) {
	f.live = live
	f.skies.weather.spells = spellsOf(f.faults, live)
	for _, p := range f.poles {
		p.afflict(f.faults, live)
	}
}

// checkFaults finds faults on lamps, gateways and villages that are not there.
func checkFaults(poles []*pole, faults []Fault) error {
	lamps, gates := map[device.LampID]bool{}, map[device.GatewayID]bool{}
	villages := map[device.Village]bool{Town: true}
	for _, p := range poles {
		lamps[p.lamp.ID] = true
		gates[p.lamp.Gateway] = true
		villages[p.lamp.Place.Village] = true
	}
	for _, fault := range faults {
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
		for _, v := range fault.Villages {
			if !villages[v] {
				return fmt.Errorf("fault %v: no simulated lamp stands in village %s: name one of the lamps' villages, or town", fault, v)
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
	sending, cancel := outlasting(ctx)
	defer cancel()
	return ended(ctx, f.goOn(ctx, sending))
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
		f.begins(saved.Live)
		from = saved.At
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
	f.begins(now)
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

// step lives to t.
func (f *Fleet) step(p *pole, t device.Millis) now { return p.advance(t, f.skies, f.nights) }
