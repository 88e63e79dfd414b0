package simulator

import (
	"context"
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
	n := f.step(p, t)
	if n.silent || n.cutOff || n.mute {
		return nil
	}
	return batches.add(ctx, p.report(&n))
}

// greet says that gateways and lamps are there.
func (f *Fleet) greet(ctx context.Context) error {
	told := map[device.GatewayID]bool{}
	now := f.now()
	for _, p := range f.poles {
		if h := p.harmAt(now); h.silent || h.cutOff {
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
// time and in real time; between savings of the lives, in real time; and how long the
// last messages may take to be acknowledged when we are stopped.
const (
	lookEvery  = time.Second
	lookAtMost = 5 * time.Millisecond
	saveEvery  = 10 * time.Second
	lastWords  = 5 * time.Second
)

// goOn lets every lamp report at its own interval until ctx ends. What the lamps
// have said by then is still sent, for as long as sending lives, and their lives
// are saved, so that the next run repeats nothing; if it could not be sent, the next
// run sends it again.
func (f *Fleet) goOn(ctx, sending context.Context) error {
	next := make([]device.Millis, len(f.poles))
	for i, p := range f.poles {
		next[i] = due(p.At, p)
	}
	late := newBatches(f.out, true)
	err := f.catchUp(ctx, sending, next, late)
	direct := newBatches(f.out, false)
	if err == nil {
		err = f.stayAlive(ctx, sending, next, direct)
	}
	if ctx.Err() == nil {
		return err
	}
	for _, b := range []*batches{late, direct} {
		if err := b.flush(sending); err != nil {
			return err
		}
	}
	if err := f.out.drain(sending); err != nil {
		return err
	}
	return f.save()
}

// stayAlive is the live part; it ends between two reports.
func (f *Fleet) stayAlive(ctx, sending context.Context, next []device.Millis, batches *batches) error {
	for saved := (clock.Real{}).Now(); ; {
		if err := f.until(ctx, sending, f.now(), next, batches); err != nil {
			return err
		}
		if err := batches.flush(sending); err != nil {
			return err
		}
		if wall := (clock.Real{}).Now(); wall.Sub(saved) >= saveEvery {
			saved = wall
			if err := f.keep(sending, batches); err != nil {
				return err
			}
		}
		if err := f.cfg.Clock.Sleep(ctx, lookEvery); err != nil {
			return err
		}
		if err := (clock.Real{}).Sleep(ctx, lookAtMost); err != nil {
			return err
		}
	}
}

// catchUp publishes what was due while the history was published or nothing ran,
// in batches and in the order of time.
func (f *Fleet) catchUp(ctx, sending context.Context, next []device.Millis, batches *batches) error {
	for t := slices.Min(next); t < f.now(); t = t.Add(historyStep) {
		if err := f.until(ctx, sending, t, next, batches); err != nil {
			return err
		}
	}
	return f.keep(sending, batches)
}

// until lets every lamp report what is due up to t, or up to the end of ctx. A
// report that was begun is sent, unless sending ends.
func (f *Fleet) until(ctx, sending context.Context, t device.Millis, next []device.Millis, batches *batches) error {
	for i, p := range f.poles {
		for next[i] <= t {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := f.report(sending, p, next[i], batches); err != nil {
				return err
			}
			next[i] = next[i].Add(p.interval)
		}
	}
	return nil
}

// outlasting gives a context that ends lastWords after ctx.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		_ = clock.Real{}.Sleep(longer, lastWords)
		cancel()
	})
	return longer, func() { stop(); cancel() }
}

// due is the first time after t at which the pole reports.
func due(t device.Millis, p *pole) device.Millis {
	every, phase := p.interval.Milliseconds(), p.phase.Milliseconds()
	return device.Millis((int64(t)-phase)/every*every + phase + every)
}
