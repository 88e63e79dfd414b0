package alerts

import (
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// learntSchedule is what the first nights taught of a lamp whose schedule the
// roster does not have.
type learntSchedule struct {
	kind    learntKind
	minutes uint16 // of light from sunset, for learntHours
}

type learntKind uint8

const (
	learntNothing learntKind = iota
	learntWhole              // lit until dawn
	learntHours              // lit for some hours
	learntMotion             // on and off all night
)

// nightsToLearn is how many nights must agree.
const nightsToLearn = 3

// learn looks at the last nights of a lamp without a schedule, and says whether it
// learnt something new. A lamp that keeps a little off what was learnt is followed,
// as one is that counts its hours to the dawn; one that leaves it is short.
func (m *lightMemory) learn(l *lampState, j *judged) bool {
	if l.known.schedule.Known() {
		before := m.learnt
		m.learnt = learntSchedule{}
		return before != m.learnt
	}
	dusk, dawn := j.dark.from.Sub(j.whole.from).Minutes(), j.dark.to.Sub(j.whole.from).Minutes()
	first, last, often, ok := m.agreeing()
	if !ok {
		return false
	}
	before := m.learnt
	switch {
	case before.kind == learntHours && last-float64(before.minutes)-dusk < 40 && float64(before.minutes)+dusk-first < 40:
		m.learnt.minutes = uint16((float64(before.minutes) + (first+last)/2 - dusk) / 2)
	case before.kind != learntNothing:
	case often == nightsToLearn:
		m.learnt = learntSchedule{kind: learntMotion}
	case first >= dawn-40:
		m.learnt = learntSchedule{kind: learntWhole}
	case last-dusk > 60:
		m.learnt = learntSchedule{learntHours, uint16((first+last)/2 - dusk)}
	}
	return before != m.learnt
}

// agreeing finds three of the last five nights whose light ended within half an hour,
// the latest such: one night cut short does not keep the lamp from being known.
func (m *lightMemory) agreeing() (first, last float64, often int, ok bool) {
	var ends [5]uint16
	n := 0
	for i := range min(m.kept, uint16(len(ends))) {
		if end := m.ends[(m.kept-1-i)%uint16(len(m.ends))]; end != 0 {
			ends[n] = end
			n++
		}
		if i < nightsToLearn && m.counts[(m.kept-1-i)%uint16(len(m.counts))] >= 12 {
			often++
		}
	}
	slices.Sort(ends[:n])
	for i := n - nightsToLearn; i >= 0; i-- {
		if ends[i+nightsToLearn-1]-ends[i] <= 30 {
			return float64(ends[i]), float64(ends[i+nightsToLearn-1]), often, true
		}
	}
	return 0, 0, 0, false
}

// promise gives the spans of a night in which the lamp's schedule promises light,
// the roster's or else what was learnt; none where neither is known.
func (l *lampState) promise(night span) []span {
	if l.known.schedule.Known() {
		return promise(l.known.schedule, night)
	}
	switch l.light.learnt.kind {
	case learntWhole:
		return []span{night}
	case learntHours:
		end := night.from.Add(time.Duration(l.light.learnt.minutes) * time.Minute)
		return []span{{night.from, min(end, night.to)}}
	}
	return nil
}

// moves says whether the lamp's light follows passers-by, so that changes mean nothing.
func (l *lampState) moves() bool {
	return l.known.schedule.Motion || l.light.learnt.kind == learntMotion
}

// levelStep is a span of one commanded level, %.
type levelStep struct {
	span
	level float64
}

// stepsOf lays a schedule's steps into a night, without the time around each in which
// clocks and photo-cells may differ.
func stepsOf(out []levelStep, s device.Schedule, night span) []levelStep {
	const apart = 45 * time.Minute
	out = out[:0]
	if s.Motion {
		return out
	}
	for i, seg := range s.Segments {
		from, to := max(segmentStart(seg, night), night.from), night.to
		if i > 0 {
			from = from.Add(apart)
		} else {
			from = from.Add(apart / 2)
		}
		if i+1 < len(s.Segments) {
			to = segmentStart(s.Segments[i+1], night).Add(-apart)
		}
		if to = min(to, night.to.Add(-apart/2)); seg.Level > 0 && from < to {
			out = append(out, levelStep{span{from, to}, seg.Level})
		}
	}
	return out
}

// levelAt is the level, in %, that the lamp is told to give, by its own word or by
// its schedule; 0 where that is not known.
func (e *Engine) levelAt(l *lampState, r *device.Reading) float64 {
	if pct, ok := r.Get(device.DimPct); ok {
		if on, has := r.Get(device.LampOn); has && on == 0 {
			return 0
		}
		return pct
	}
	j := e.judgedAt(l, r.TS)
	for i := range j.steps {
		if j.steps[i].has(r.TS) {
			return j.steps[i].level
		}
	}
	if m := &l.light; !l.known.schedule.Known() && !m.tells && !l.moves() && m.onAt != 0 && m.night == j.whole.from && m.onAt < j.dark.from.Add(time.Hour) &&
		r.TS >= m.onAt.Add(10*time.Minute) && r.TS < m.onAt.Add(2*time.Hour) {
		return 100 // every programme begins the night in full
	}
	return 0
}
