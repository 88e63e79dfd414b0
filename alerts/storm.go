package alerts

import (
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// storm is one fault that came to many lamps of a village at nearly one time: a
// broken feeder of parts, a controller's programme, a flood. One alert on the village
// (on the town, for lamps of none) speaks for them all. The lamps' own alerts go on,
// but quietly; when few are left the storm is over, and those get their own word.
type storm struct {
	fault device.Fault
	lamps []device.LampID // every one that it ever named, by code
	last  device.Millis   // when the last of them joined
	ended bool            // of one of them it really ended, and was not taken back
	grew  bool            // since it was last said
}

// stormLimits are when a fault of many lamps is one storm.
type stormLimits struct {
	lamps, share float64
	window       time.Duration
}

func stormLimitsOf(e *Entry) stormLimits {
	return stormLimits{e.limit("storm_lamps"), e.limit("storm_share"), minutes(e.limit("storm_min"))}
}

// back is below how many lamps a storm is over: half of what makes one, so that
// the last of them to be mended do not make tickets by turns.
func (l *stormLimits) back() int { return int(l.lamps+1) / 2 }

// stormThresholds are those of every fault of lamps.
func stormThresholds() []Threshold {
	return []Threshold{
		{"storm_lamps", 5, "lamps of a village make one alert", "our choice: as many courtyard lamps as one volunteer looks after; by chance, with a fault a lamp and year, never in an hour"},
		{"storm_share", 0.33, "of its reporting lamps", "our choice: a third, one cause and not a bad day of some lamps"},
		{"storm_min", 60, "min from one to the other", "our choice: two reports of lamps that report half-hourly, and photo-cells that differ by half an hour"},
	}
}

// gather finds storms among the changes of lamps. What a storm speaks for is quiet
// and named as Under it, and said only once.
func (e *Engine) gather(in []Change) []Change {
	if len(in) == 0 {
		return in
	}
	out := make([]Change, 0, len(in)+1)
	for _, c := range in {
		l := e.lamps[device.LampID(c.Alert.Subject.Code())]
		if c.Alert.Subject.Kind() != device.KindLamp || l == nil {
			out = append(out, c)
			continue
		}
		g, t := e.groupOf(l), l.tracks[numberOf(c.Alert.Fault)]
		s := g.storm(c.Alert.Fault)
		limits := stormLimitsOf(l.rules.entries[numberOf(c.Alert.Fault)])
		named := s != nil && s.names(l.id)
		switch {
		case c.Alert.State != Firing:
			if named && c.Alert.State == Resolved && !s.ended {
				s.ended = true
				g.touch(e)
			}
		case t.phase != firing:
		case named:
			if repeat := c.At > t.firedAt; repeat {
				g.speakFor(e, l, t)
				continue
			}
			c = g.under(e, l, t, c)
		case s != nil && c.At.Sub(s.last) <= limits.window:
			s.add(l.id, c.At)
			c = g.under(e, l, t, c)
			g.touch(e)
		case s == nil && !c.Quiet:
			if many, from := e.together(l, c.Alert.Fault, &limits); many != nil {
				out = append(out, g.under(e, l, t, c), e.begin(g, c, many, from))
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// groupOf is the village of a lamp, or the town where it belongs to none.
func (e *Engine) groupOf(l *lampState) *groupState {
	if g := e.groups[l.village]; g != nil {
		return g
	}
	return e.group(e.cfg.Town)
}

// under makes a change of a lamp one that the group's storm speaks for.
func (g *groupState) under(e *Engine, l *lampState, t *track, c Change) Change {
	g.speakFor(e, l, t)
	c.Quiet, c.Under = true, g.subject
	return c
}

// speakFor leaves a lamp's alert to the storm: it is said aloud when the storm is
// over, if it still fires then.
func (g *groupState) speakFor(e *Engine, l *lampState, t *track) {
	t.told = false
	l.touch(e)
}

// together gives the lamps of l's village that came to a fault at nearly the same
// time as l, and the first of these times; nil where they are too few for a storm.
func (e *Engine) together(l *lampState, code device.Fault, limits *stormLimits) (many []*lampState, from device.Millis) {
	f, g, all := numberOf(code), e.groupOf(l), 0
	mine := l.tracks[f].firedAt
	from = mine
	for _, o := range e.order {
		if e.groupOf(o) != g || !o.stands(e.town.now) {
			continue
		}
		all++
		if t := o.tracks[f]; t != nil && t.phase == firing && max(t.firedAt-mine, mine-t.firedAt) <= device.Millis(limits.window.Milliseconds()) {
			many = append(many, o)
			from = min(from, t.firedAt)
		}
	}
	if n := float64(len(many)); n < limits.lamps || n < limits.share*float64(all) {
		return nil, 0
	}
	return many, from
}

// stands says whether a lamp counts among its village's reporting ones.
func (l *lampState) stands(now device.Millis) bool {
	return l.known.reports && l.heardAt != 0 && now.Sub(l.heardAt) <= 3*24*time.Hour
}

// begin makes the storm's alert.
func (e *Engine) begin(g *groupState, c Change, many []*lampState, from device.Millis) Change {
	s := &storm{fault: c.Alert.Fault}
	for _, o := range many {
		s.add(o.id, c.At)
		g.speakFor(e, o, o.tracks[numberOf(s.fault)])
	}
	s.grew = false
	g.storms = append(g.storms, s)
	t := g.tracks.of(numberOf(s.fault))
	t.began = from
	t.fire(c.At)
	t.told = true
	g.touch(e)
	return t.change(e.rules.entries[numberOf(s.fault)], g.subject, Firing, c.At, e.stormDetail(g, s), false)
}

// stormEvery is after how many minutes those that joined a storm are named.
const stormEvery = 5

// calm looks around each minute: it names the lamps that joined since, and ends
// the storms that have few lamps left.
func (e *Engine) calm(out []Change) []Change {
	for _, subject := range e.grOrder {
		g := e.groups[subject]
		g.storms = slices.DeleteFunc(g.storms, func(s *storm) bool {
			entry, t := e.rules.entries[numberOf(s.fault)], g.tracks.of(numberOf(s.fault))
			left, limits := e.left(s)
			switch {
			case left < limits.back():
				detail := e.stormDetail(g, s)
				v := verdict{is: healthy, undone: left == 0 && !s.ended, detail: func(*look) map[string]any { return detail }}
				out = t.end(out, entry, subject, v, nil, e.town.now, false)
				g.touch(e)
				return true
			case s.grew && e.town.now/60_000%stormEvery == 0:
				s.grew = false
				out = append(out, t.change(entry, subject, Firing, e.town.now, e.stormDetail(g, s), false))
				g.touch(e)
			}
			return false
		})
	}
	return out
}

// left counts the named lamps on which the fault still fires; limits are those of
// their village.
func (e *Engine) left(s *storm) (n int, limits stormLimits) {
	f := numberOf(s.fault)
	limits = stormLimitsOf(e.rules.entries[f])
	for _, id := range s.lamps {
		l := e.lamps[id]
		if l == nil {
			continue
		}
		limits = stormLimitsOf(l.rules.entries[f])
		if l.tracks.phase(f) == firing {
			n++
		}
	}
	return n, limits
}

func (e *Engine) stormDetail(g *groupState, s *storm) map[string]any {
	left, _ := e.left(s)
	all := 0
	for _, o := range e.order {
		if e.groupOf(o) == g && o.stands(e.town.now) {
			all++
		}
	}
	names := make([]string, len(s.lamps))
	for i, id := range s.lamps {
		names[i] = string(id)
	}
	return map[string]any{lampsName: names, "lamps_left": left, "lamps_reporting": all}
}

// lampsName is where an alert for many lamps names them.
const lampsName = "lamps"

// storm finds the one of a fault that stands; nil for none.
func (g *groupState) storm(f device.Fault) *storm {
	for _, s := range g.storms {
		if s.fault == f {
			return s
		}
	}
	return nil
}

func (s *storm) names(id device.LampID) bool {
	_, found := slices.BinarySearch(s.lamps, id)
	return found
}

func (s *storm) add(id device.LampID, at device.Millis) {
	if i, found := slices.BinarySearch(s.lamps, id); !found {
		s.lamps = slices.Insert(s.lamps, i, id)
	}
	s.last, s.grew = max(s.last, at), true
}

// stormVersion begins the storms of a stored group. State without it had none.
const stormVersion = 1

func (w *writer) storms(storms []*storm) {
	if len(storms) == 0 {
		return
	}
	w.uint(stormVersion)
	w.uint(uint64(len(storms)))
	for _, s := range storms {
		w.uint(uint64(numberOf(s.fault)))
		w.millis(s.last)
		w.flag(s.ended)
		w.flag(s.grew)
		w.uint(uint64(len(s.lamps)))
		for _, id := range s.lamps {
			w.text(string(id))
		}
	}
}

func (r *reader) storms(g *groupState) {
	if r.bad || len(r.b) == 0 {
		return
	}
	if r.uint() != stormVersion {
		r.fail()
		return
	}
	for range min(r.uint(), uint64(faultCount)) {
		f := r.uint()
		if f >= uint64(faultCount) {
			r.fail()
			return
		}
		s := &storm{fault: codes[f], last: r.millis(), ended: r.flag(), grew: r.flag()}
		for range min(r.uint(), uint64(len(r.b))) {
			s.lamps = append(s.lamps, device.LampID(r.text()))
		}
		if g.tracks.phase(fault(f)) != firing || !slices.IsSorted(s.lamps) {
			r.fail()
			return
		}
		g.storms = append(g.storms, s)
	}
}
