package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// meter is what happened in one phase.
type meter struct {
	sent, acked, again, reconnects atomic.Int64
	ack, back                      hist // to PUBACK, and from a broken connection to the next
}

// test is a load test under way.
type test struct {
	cfg       Config
	voices    voices
	meters    []meter // one for each phase
	phase     atomic.Int32
	lamps     atomic.Int64 // that report now, of this process
	factor    atomic.Int64 // how many times as often, in thousandths
	connected atomic.Int64
	offered   float64 // readings that were due
	links     []*link
	drivers   sync.WaitGroup

	mu       sync.Mutex
	failures map[string]int64
}

// Run puts the broker under load until the phases are over or ctx ends, which is no
// error: the report tells of what was.
func Run(ctx context.Context, cfg Config) (Result, error) {
	if err := cfg.check(); err != nil {
		return Result{}, err
	}
	t := &test{cfg: cfg, meters: make([]meter, len(cfg.Phases)), failures: map[string]int64{}}
	t.factor.Store(1000)
	if err := t.voices.begin(&cfg, cfg.mine(most(cfg.Phases))); err != nil {
		return Result{}, err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	var probing sync.WaitGroup
	if cfg.Probe != nil {
		probing.Go(func() { cfg.Probe.run(running, t) })
	}
	log := t.conduct(running)
	t.settle(ctx)
	result := t.result(log)
	stop()
	t.drivers.Wait()
	probing.Wait()
	if cfg.Probe != nil {
		result.Queryable, result.Unseen = cfg.Probe.seen.tally(), cfg.Probe.unseen.Load()
	}
	return result, nil
}

// lookEvery is how often the conductor looks at the clock.
const lookEvery = 50 * time.Millisecond

// conduct goes through the phases and gives a line for each second.
func (t *test) conduct(ctx context.Context) []Second {
	var log []Second
	begin, told := t.cfg.Begin, time.Duration(0)
	last, phase := time.Duration(0), -1
	earlier := t.snapshot()
	for {
		since := t.cfg.Clock.Now().Sub(begin)
		m, going := at(t.cfg.Phases, max(0, since))
		if !going || ctx.Err() != nil {
			if since > told && since-told > lookEvery { // what is left of a second
				now := t.snapshot()
				log = append(log, now.since(&earlier, since, string(t.cfg.Phases[max(0, phase)].Kind)))
			}
			return log
		}
		if m.phase != phase {
			phase = m.phase
			t.phase.Store(int32(phase))
			if p := t.cfg.Phases[phase]; p.Kind == Storm {
				t.storm(p.Share)
			}
		}
		mine := t.cfg.mine(m.lamps)
		t.lamps.Store(int64(mine))
		t.factor.Store(int64(1000 * m.factor))
		t.offered += float64(mine) * m.factor * max(0, since-last).Seconds() / t.cfg.Interval.Seconds()
		last = since
		t.grow(ctx, mine)
		if since >= told+time.Second {
			told = since.Truncate(time.Second)
			now := t.snapshot()
			s := now.since(&earlier, since, string(t.cfg.Phases[phase].Kind))
			earlier = now
			log = append(log, s)
			if t.cfg.Second != nil {
				t.cfg.Second(s)
			}
			if t.cfg.enough != nil && t.cfg.enough(s) {
				return log
			}
		}
		if t.cfg.Clock.Sleep(ctx, lookEvery) != nil {
			return log
		}
	}
}

// grow starts the connections that so many lamps need.
func (t *test) grow(ctx context.Context, lamps int) {
	want := lamps
	if t.cfg.Connections > 0 {
		want = min(lamps, t.cfg.Connections)
	}
	for len(t.links) < want {
		n := len(t.links)
		l := newLink(t, fmt.Sprintf("load-%s%d-%d-%08x", t.cfg.Code, t.cfg.Share, n, rand.Uint32()))
		t.links = append(t.links, l)
		t.drivers.Go(func() { l.stay(ctx) })
		t.drivers.Go(func() { t.drive(ctx, l, n) })
	}
}

// drive lets the lamps of one connection report, each at its own time in the interval.
func (t *test) drive(ctx context.Context, l *link, n int) {
	step := max(1, t.cfg.Connections)
	if t.cfg.Connections == 0 {
		step = len(t.voices.lamps) // no second lamp
	}
	var due []time.Time
	for i := n; i < len(t.voices.lamps); i += step {
		due = append(due, t.cfg.Clock.Now().Add(rand.N(t.cfg.Interval)))
	}
	for pause := t.pause(); ; {
		if p := t.pause(); p != pause {
			hurry(due, t.cfg.Clock.Now(), float64(p)/float64(pause))
			pause = p
		}
		next := 0
		for i := range due {
			if due[i].Before(due[next]) {
				next = i
			}
		}
		if wait := due[next].Sub(t.cfg.Clock.Now()); wait > 0 {
			if t.cfg.Clock.Sleep(ctx, min(wait, time.Second)) != nil {
				return
			}
			if wait > time.Second {
				continue // the pace may have changed
			}
		}
		due[next] = due[next].Add(pause)
		if behind := t.cfg.Clock.Now().Sub(due[next]); behind > 0 {
			due[next] = due[next].Add(behind) // what could not be sent in time is not sent in a heap
		}
		lamp := n + next*step
		if int64(lamp) >= t.lamps.Load() {
			continue
		}
		topic, body := t.voices.say(lamp, t.cfg.Clock.Now())
		if l.publish(ctx, topic, body, 1) != nil {
			return
		}
	}
}

// hurry changes the pace: what was due in a minute is due in factor minutes.
func hurry(due []time.Time, now time.Time, factor float64) {
	for i := range due {
		due[i] = now.Add(time.Duration(float64(due[i].Sub(now)) * factor))
	}
}

// pause is how long a lamp is quiet now.
func (t *test) pause() time.Duration {
	return time.Duration(float64(t.cfg.Interval) * 1000 / float64(t.factor.Load()))
}

// storm breaks a share of the connections.
func (t *test) storm(share float64) {
	for i := range int(share * float64(len(t.links))) {
		t.links[i].smash()
	}
}

// settle lets nothing more be sent and waits for what is on its way and for
// connections that are coming back, unless there are none at all.
func (t *test) settle(ctx context.Context) {
	t.lamps.Store(0)
	end := t.cfg.Clock.Now().Add(t.cfg.lastAcks)
	for t.cfg.Clock.Now().Before(end) {
		up := t.connected.Load()
		if up == 0 || t.waiting() == 0 && up >= int64(len(t.links)) {
			return
		}
		if t.cfg.Clock.Sleep(ctx, lookEvery) != nil {
			return
		}
	}
}

// waiting is how many messages are not acknowledged.
func (t *test) waiting() (n int64) {
	for _, l := range t.links {
		n += int64(len(l.slots))
	}
	return n
}

func (t *test) meter() *meter { return &t.meters[t.phase.Load()] }

// failed counts a failure by what it was.
func (t *test) failed(err error, connecting bool) {
	kind := "connection lost"
	var refused refusedError
	var network net.Error
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		kind = "the broker's certificate is not trusted: give --ca-file"
	case errors.As(err, &refused):
		kind = refused.Error()
	case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
		kind = "too many open files: raise ulimit -n, or use --connections"
	case errors.Is(err, syscall.ECONNREFUSED):
		kind = "connection refused"
	case errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &network) && network.Timeout():
		kind = "no answer in time"
	case connecting:
		kind = "cannot connect"
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures[kind]++
}
