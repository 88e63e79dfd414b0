package alerts

import (
	"strconv"
	"time"

	"github.com/yingguang/yingguang/device"
)

// tri is what one look says of a condition: no evidence either way leaves things
// as they are, so a lamp that is dark by night stays dark through the day.
type tri uint8

const (
	unsure tri = iota
	holds
	healthy
)

// verdict is what a rule says at one moment.
type verdict struct {
	is      tri
	since   device.Millis              // when it began, where the rule knows better than "now"
	atOnce  bool                       // the rule has waited already
	undone  bool                       // with healthy: it never was
	lapse   bool                       // with unsure: what was waiting starts anew
	despite bool                       // fires although a cause is known: it does worse than the cause explains
	detail  func(*look) map[string]any // reckoned only where it is needed; may be nil
}

func (v *verdict) explain(k *look) map[string]any {
	if v == nil || v.detail == nil {
		return nil
	}
	return v.detail(k)
}

// phase is where a track stands.
type phase uint8

const (
	idle phase = iota
	waiting
	firing
)

// track follows one fault of one subject: idle, waiting, firing. Each further
// firing within a day of the last end doubles the time to clear, up to eight
// times, so that a flapping fault is one ticket and not twenty.
type track struct {
	phase     phase
	count     uint8         // looks at which a waiting condition held
	refires   uint8         // firings soon after an end, for the time to clear
	told      bool          // the last loud change said firing
	owed      owing         // an end found in late data that nobody was told of
	began     device.Millis // of the waiting condition
	since     device.Millis // of the last alert
	firedAt   device.Millis
	endedAt   device.Millis
	healthyAt device.Millis // since when a firing one has looked healthy; 0 while not
}

// owing is an end that is still to be said aloud.
type owing uint8

const (
	owesNothing owing = iota
	owesResolved
	owesRetracted
)

// owings are the states that are owed.
var owings = [...]State{owesResolved: Resolved, owesRetracted: Retracted}

const (
	flapWindow  = 24 * time.Hour
	maxDoubling = 3
)

// step moves the track by a verdict at a time and gives the changes.
func (t *track) step(out []Change, e *Entry, s device.Subject, v verdict, k *look, at device.Millis, quiet bool) []Change {
	switch {
	case v.is == holds && t.phase != firing:
		if t.phase == idle {
			t.phase, t.count, t.began = waiting, 0, at
			if v.since != 0 {
				t.began = v.since
			}
		}
		if t.count < 255 {
			t.count++
		}
		looks, wait := e.patience(k)
		if v.atOnce || at.Sub(t.began) >= wait && t.count >= looks {
			out = t.settle(out, e, s, nil, k, at) // an old end still owed comes first
			t.fire(at)
			t.told = t.told || !quiet
			out = append(out, t.change(e, s, Firing, at, v.explain(k), quiet))
		}
	case v.is == holds:
		t.healthyAt = 0
	case t.phase == waiting && t.count == 0: // held back: it ends as one that fires does, and no lapse ends it
		if v.is == healthy && t.healthyAt == 0 {
			t.healthyAt = at
		}
		if v.is == healthy && at.Sub(t.healthyAt) >= e.Clear {
			t.phase, t.healthyAt = idle, 0
		}
	case (v.is == healthy || v.lapse) && t.phase == waiting:
		t.phase = idle
	case v.is == healthy && t.phase == firing:
		if t.healthyAt == 0 {
			t.healthyAt = at
		}
		if v.undone || at.Sub(t.healthyAt) >= e.Clear<<t.refires {
			out = t.end(out, e, s, v, k, at, quiet)
		}
	}
	return out
}

// hold keeps what is explained by something else from firing: it is known, so that what
// follows from it is explained too, and appears if it outlives its cause.
func (t *track) hold(at device.Millis) {
	t.phase, t.count, t.began, t.healthyAt = waiting, 0, at, 0
}

// patience is how many looks, and how long, a condition must hold. A lamp that
// reports seldom has fewer looks within the fault's limit: at long intervals one
// must do.
func (e *Entry) patience(k *look) (looks uint8, wait time.Duration) {
	looks, wait = max(e.Looks, 1), e.Fire
	if e.Looks < 2 || e.Limit == 0 || k == nil || k.l == nil {
		return looks, wait
	}
	every := k.l.interval()
	if fit := uint8(max(1, min(255, 2*e.Limit/(3*every)))); fit < looks {
		looks, wait = fit, min(wait, time.Duration(fit-1)*every*4/5)
	}
	return looks, wait
}

func (t *track) fire(at device.Millis) {
	if t.endedAt != 0 && at.Sub(t.endedAt) < flapWindow {
		t.refires = min(t.refires+1, maxDoubling)
	} else {
		t.refires = 0
	}
	t.phase, t.since, t.firedAt, t.endedAt, t.healthyAt = firing, t.began, at, 0, 0
}

func (t *track) end(out []Change, e *Entry, s device.Subject, v verdict, k *look, at device.Millis, quiet bool) []Change {
	state := Resolved
	if v.undone {
		state = Retracted
	}
	at = max(at, t.firedAt) // a reading from before the decision can end it, not precede it
	t.endedAt = at
	if t.healthyAt != 0 {
		t.endedAt = t.healthyAt
	}
	t.phase, t.healthyAt = idle, 0
	out = append(out, t.change(e, s, state, at, v.explain(k), quiet))
	if quiet && t.told {
		t.owed = owesResolved
		if v.undone {
			t.owed = owesRetracted
		}
	}
	t.told = t.told && quiet
	return out
}

// settle says aloud what late data changed in silence, once the subject is
// current: an end that is owed, or a firing that nobody was told of.
func (t *track) settle(out []Change, e *Entry, s device.Subject, v *verdict, k *look, at device.Millis) []Change {
	at = max(at, t.firedAt, t.endedAt)
	switch {
	case t.owed != owesNothing:
		out = append(out, t.change(e, s, owings[t.owed], at, v.explain(k), false))
		t.owed, t.told = owesNothing, false
	case t.phase == firing && !t.told:
		out = append(out, t.change(e, s, Firing, at, v.explain(k), false))
		t.told = true
	}
	return out
}

func (t *track) change(e *Entry, s device.Subject, state State, at device.Millis, detail map[string]any, quiet bool) Change {
	return Change{At: at, Quiet: quiet, Alert: Alert{
		ID: alertID(e.Fault, s, t.since), Fault: e.Fault, Subject: s, State: state,
		Since: t.since, FiredAt: t.firedAt, EndedAt: t.endedAt, Detail: detail,
	}}
}

// alertID is the same in every run over the same readings: one fault begins only
// once at one moment on one subject.
func alertID(f device.Fault, s device.Subject, since device.Millis) string {
	return string(f) + "." + string(s) + "." + strconv.FormatInt(int64(since), 36)
}
