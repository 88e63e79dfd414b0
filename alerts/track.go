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
	is     tri
	since  device.Millis              // when it began, where the rule knows better than "now"
	atOnce bool                       // the rule has waited already
	undone bool                       // with healthy: it never was
	lapse  bool                       // with unsure: what was waiting starts anew
	detail func(*look) map[string]any // reckoned only where it is needed; may be nil
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
	owed      State         // an end found in late data that nobody was told of
	began     device.Millis // of the waiting condition
	since     device.Millis // of the last alert
	firedAt   device.Millis
	endedAt   device.Millis
	healthyAt device.Millis // since when a firing one has looked healthy; 0 while not
}

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
		if v.atOnce || at.Sub(t.began) >= e.Fire && t.count >= e.Looks {
			out = t.settle(out, e, s, nil, k, at) // an old end still owed comes first
			t.fire(at)
			t.told = t.told || !quiet
			out = append(out, t.change(e, s, Firing, at, v.explain(k), quiet))
		}
	case v.is == holds:
		t.healthyAt = 0
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
		t.owed = state
	}
	t.told = t.told && quiet
	return out
}

// settle says aloud what late data changed in silence, once the subject is
// current: an end that is owed, or a firing that nobody was told of.
func (t *track) settle(out []Change, e *Entry, s device.Subject, v *verdict, k *look, at device.Millis) []Change {
	at = max(at, t.firedAt, t.endedAt)
	switch {
	case t.owed != "":
		out = append(out, t.change(e, s, t.owed, at, v.explain(k), false))
		t.owed, t.told = "", false
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
