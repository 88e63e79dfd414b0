package simulator

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// history publishes what lies after from up to the beginning of the live part, in
// steps of historyStep and in batches, as a gateway sends what it kept while its
// uplink was down.
func (f *Fleet) history(ctx context.Context, from device.Millis) error {
	span := f.live.Sub(from)
	if span < historyStep {
		return nil
	}
	f.cfg.Progress("历史数据 history: %.1f nights of %d lamps …", span.Hours()/24, len(f.poles))
	batches := newBatches(f.out, true)
	told, saved := 0, from
	for t := from.Add(historyStep); t <= f.live; t = t.Add(historyStep) {
		for _, p := range f.poles {
			if err := f.report(ctx, p, t, batches); err != nil {
				return err
			}
		}
		if t.Sub(saved) >= 24*time.Hour {
			saved = t
			if err := f.keep(ctx, batches); err != nil {
				return err
			}
		}
		if done := int(100 * t.Sub(from) / span); done >= told+25 {
			told = done
			f.cfg.Progress("历史数据 history: %d %%", done)
		}
	}
	err := f.keep(ctx, batches)
	f.cfg.Progress("历史数据 history: published %d readings", f.Stats().Readings)
	return err
}

// keep saves the lives once the broker has acknowledged all that they sent.
func (f *Fleet) keep(ctx context.Context, batches *batches) error {
	if err := batches.flush(ctx); err != nil {
		return err
	}
	if err := f.out.drain(ctx); err != nil {
		return err
	}
	if err := f.save(); err != nil {
		f.cfg.Log.Warn("the lamps' lives cannot be saved: after a restart they begin anew", "error", err)
	}
	return nil
}

// report lives to t and sends what the lamp says of it, if it can.
func (f *Fleet) report(ctx context.Context, p *pole, t device.Millis, batches *batches) error {
	if t <= p.At {
		return nil
	}
	n, b := f.step(p, t)
	if b.has(device.LampSilent) || b.has(device.GatewaySilent) {
		return nil
	}
	return batches.add(ctx, p.report(t, n))
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
// time and in real time; between savings of the lives, in real time; and how long the last
// messages may take to be acknowledged when we are stopped.
const (
	lookEvery  = time.Second
	lookAtMost = 5 * time.Millisecond
	saveEvery  = 10 * time.Second
	lastWords  = time.Second
)

// goOn lets every lamp report at its own interval for ever.
func (f *Fleet) goOn(ctx context.Context) error {
	next := make([]device.Millis, len(f.poles))
	for i, p := range f.poles {
		next[i] = due(p.At, p)
	}
	if err := f.catchUp(ctx, next); err != nil {
		return err
	}
	batches := newBatches(f.out, false)
	for saved := (clock.Real{}).Now(); ; {
		now := f.now()
		if err := f.until(ctx, now, next, batches); err != nil {
			return err
		}
		if err := batches.flush(ctx); err != nil {
			return err
		}
		if wall := (clock.Real{}).Now(); wall.Sub(saved) >= saveEvery {
			saved = wall
			if err := f.keep(ctx, batches); err != nil {
				return err
			}
		}
		err := f.cfg.Clock.Sleep(ctx, lookEvery)
		if err == nil {
			err = clock.Real{}.Sleep(ctx, lookAtMost)
		}
		if err != nil {
			if f.out.settle(lastWords) {
				return errors.Join(err, f.save())
			}
			return err // the next run sends the last messages again
		}
	}
}

// catchUp publishes what was due while the history was published or nothing ran,
// in batches and in the order of time.
func (f *Fleet) catchUp(ctx context.Context, next []device.Millis) error {
	batches := newBatches(f.out, true)
	for t := slices.Min(next); t < f.now(); t = t.Add(historyStep) {
		if err := f.until(ctx, t, next, batches); err != nil {
			return err
		}
	}
	return f.keep(ctx, batches)
}

// until lets every lamp report what is due up to t.
func (f *Fleet) until(ctx context.Context, t device.Millis, next []device.Millis, batches *batches) error {
	for i, p := range f.poles {
		for next[i] <= t {
			if err := f.report(ctx, p, next[i], batches); err != nil {
				return err
			}
			next[i] = next[i].Add(p.interval)
		}
	}
	return nil
}

// due is the first time after t at which the pole reports.
func due(t device.Millis, p *pole) device.Millis {
	every, phase := p.interval.Milliseconds(), p.phase.Milliseconds()
	return device.Millis((int64(t)-phase)/every*every + phase + every)
}
