package alerts

import (
	"github.com/yingguang/yingguang/device"
)

// span is from (included) to (excluded).
type span struct{ from, to device.Millis }

func (s span) has(t device.Millis) bool { return t >= s.from && t < s.to }

func (s span) overlap(o span) device.Millis {
	return max(0, min(s.to, o.to)-max(s.from, o.from))
}

// darkHours finds the night that t belongs to at the lamp: local noon to noon, and
// sunset and sunrise in it. It reckons the sun once a night and lamp.
func (e *Engine) darkHours(l *lampState, t device.Millis) (whole, dark span) {
	if l.judge.whole.has(t) {
		return l.judge.whole, l.judge.dark
	}
	for _, n := range l.nights {
		if n != nil && n.whole.has(t) {
			return n.whole, n.dark
		}
	}
	n := e.sun.At(t, l.known.lat, l.known.lon)
	return span{n.Noon, n.NextNoon}, span{n.Dusk, n.Dawn}
}

// promise gives the spans of one night in which the schedule promises light; none
// where it is unknown.
func promise(s device.Schedule, night span) []span {
	if s.Motion {
		if s.Idle > 0 {
			return []span{night}
		}
		return nil
	}
	var out []span
	for i, seg := range s.Segments {
		from, to := segmentStart(seg, night), night.to
		if i+1 < len(s.Segments) {
			to = segmentStart(s.Segments[i+1], night)
		}
		from, to = max(from, night.from), min(to, night.to)
		if seg.Level <= 0 || from >= to {
			continue
		}
		if n := len(out); n > 0 && out[n-1].to == from {
			out[n-1].to = to
		} else {
			out = append(out, span{from, to})
		}
	}
	return out
}

func segmentStart(seg device.Segment, night span) device.Millis {
	if seg.FromDawn {
		return night.to.Add(seg.Offset)
	}
	return night.from.Add(seg.Offset)
}

// judged is one night of a lamp as lamp_dark sees it.
type judged struct {
	whole, dark span
	promised    []span // where darkness is a fault by itself
	commanded   span   // where a dark lamp that is commanded on is a fault
	steps       []levelStep
}

// judgedAt gives the lamp's judged night at t, kept until t leaves it or the
// lamp changes in the roster.
func (e *Engine) judgedAt(l *lampState, t device.Millis) *judged {
	if l.judge.whole.has(t) {
		return &l.judge
	}
	whole, darkness := e.darkHours(l, t)
	j := &l.judge
	j.whole, j.dark = whole, darkness
	margin := device.Millis(l.rules.light.twilight.Milliseconds())
	j.commanded = span{j.dark.from + margin, j.dark.to - margin}
	j.promised = j.promised[:0]
	j.steps = stepsOf(j.steps, l.known.schedule, j.dark)
	if !l.known.schedule.Known() && l.light.learnt.kind != learntWhole && l.light.learnt.kind != learntHours {
		evening := j.dark.from.Add(l.rules.light.evening)
		j.promised = append(j.promised, span{j.commanded.from, min(evening, j.commanded.to)})
		return j
	}
	for _, p := range l.promise(j.dark) {
		if p.from+margin < p.to-margin {
			j.promised = append(j.promised, span{p.from + margin, p.to - margin})
		}
	}
	return j
}

// promises says whether light is promised at t, beyond doubt.
func (j *judged) promises(t device.Millis) bool {
	for _, p := range j.promised {
		if p.has(t) {
			return true
		}
	}
	return false
}
