package ruletest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// Result is what the engine made of a script.
type Result struct {
	Changes []alerts.Change
	Nights  map[device.LampID]map[string]device.NightLight // the last word on each
}

// Interrupt is called after each minute with the engine and the state that it
// would have committed, and gives the engine to go on with: tests of resuming put
// a new one in its place.
type Interrupt func(*alerts.Engine, map[string][]byte) *alerts.Engine

// NewEngine makes the engine that a script runs on.
func (s *Script) NewEngine() *alerts.Engine {
	return alerts.NewEngine(alerts.EngineConfig{Lamps: s, Location: s.zone})
}

// Play runs the script minute by minute. A nil interrupt changes nothing.
func (s *Script) Play(interrupt Interrupt) Result {
	arrivals := slices.Clone(s.arrivals)
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
	e, clocks := s.NewEngine(), payload.NewClocks()
	out := Result{Nights: map[device.LampID]map[string]device.NightLight{}}
	take := func(c []alerts.Change) { out.Changes = append(out.Changes, c...) }
	for now, next := s.from, 0; !now.After(s.to.Add(time.Minute)); now = now.Add(time.Minute) {
		for ; next < len(arrivals) && !arrivals[next].at.After(now); next++ {
			if a := arrivals[next]; a.reading != nil {
				r := *a.reading
				clocks.Place(&r)
				take(e.Observe(&r))
			} else {
				take(e.ObserveStatus(a.status))
			}
		}
		at := device.MillisOf(now)
		if !s.isBlind(now) {
			e.Observing(at)
		}
		take(e.Tick(at))
		state, nights := e.Take()
		out.keep(nights)
		if interrupt != nil {
			e = interrupt(e, state)
		}
	}
	return out
}

func (r *Result) keep(nights []device.NightLight) {
	for _, n := range nights {
		if r.Nights[n.Lamp] == nil {
			r.Nights[n.Lamp] = map[string]device.NightLight{}
		}
		r.Nights[n.Lamp][n.Night] = n
	}
}

func (s *Script) isBlind(t time.Time) bool {
	return slices.ContainsFunc(s.blind, func(b interval) bool { return !t.Before(b.from) && t.Before(b.to) })
}

// Run plays the script and compares. Its error joins one *LineError for each
// expectation that was not met, and one for each change that was not expected.
func (s *Script) Run() error {
	got := s.Play(nil)
	var errs []error
	fail := func(line int, format string, args ...any) {
		errs = append(errs, &LineError{s.Name, line, fmt.Errorf(format, args...)})
	}
	rest := slices.DeleteFunc(got.Changes, func(c alerts.Change) bool { return slices.Contains(s.ignored, c.Alert.Fault) })
	for _, w := range s.changes {
		i := slices.IndexFunc(rest, w.matches)
		if i < 0 {
			fail(w.line, "expected %s: it did not come", w.original)
			continue
		}
		for _, c := range rest[:i] {
			fail(w.line, "before this came %s", s.describe(c))
		}
		rest = rest[i+1:]
	}
	for _, c := range rest {
		fail(0, "not expected: %s", s.describe(c))
	}
	for _, w := range s.nights {
		if err := w.compare(got.Nights[w.lamp]); err != nil {
			fail(w.line, "%w", err)
		}
	}
	return errors.Join(errs...)
}

func (w *wantChange) matches(c alerts.Change) bool {
	at := c.At.Time()
	return c.Alert.State == w.state && c.Alert.Fault == w.fault && c.Alert.Subject == w.subject && c.Quiet == w.quiet &&
		!at.Before(w.when.from) && !at.After(w.when.to)
}

func (s *Script) describe(c alerts.Change) string {
	quiet := ""
	if c.Quiet {
		quiet = " quiet"
	}
	return fmt.Sprintf("%s %s %s %s%s %v", c.At.Time().In(s.zone).Format("2006-01-02 15:04:05"), c.Alert.State, c.Alert.Fault, c.Alert.Subject, quiet, c.Alert.Detail)
}

func (w *wantNight) compare(nights map[string]device.NightLight) error {
	n, ok := nights[w.night]
	if w.none != !ok {
		return fmt.Errorf("night %s of %s: found %v, want none %v", w.night, w.lamp, ok, w.none)
	}
	const slack = 10 * 60
	for _, f := range []struct {
		name string
		want *time.Duration
		got  float64
	}{{"lit", w.lit, n.LitS}, {"observed", w.observed, n.ObservedS}, {"expected", w.expected, n.ExpectedS}} {
		if f.want != nil && (f.got < f.want.Seconds()-slack || f.got > f.want.Seconds()+slack) {
			return fmt.Errorf("night %s of %s: %s %s, want %s", w.night, w.lamp, f.name, time.Duration(f.got)*time.Second, *f.want)
		}
	}
	if w.switches != nil && n.Switches != *w.switches {
		return fmt.Errorf("night %s of %s: %d switches, want %d", w.night, w.lamp, n.Switches, *w.switches)
	}
	return nil
}
