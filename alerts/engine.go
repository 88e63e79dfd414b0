package alerts

import (
	"slices"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// EngineConfig sets an engine.
type EngineConfig struct {
	Lamps    Lamps
	Location *time.Location // of nights; nil is UTC

	// MarkGap is the longest pause between two observing marks that still counts
	// as observed; 0 is 3 minutes.
	MarkGap time.Duration
	// AllObserved counts all time between ticks as observed, for recordings without marks.
	AllObserved bool
}

// Engine turns readings, statuses and observing marks into changes of alerts and
// finished nights. It reads no clock: its time is what it is told, in the order
// of the journal. It is not safe for concurrent use.
type Engine struct {
	cfg      EngineConfig
	limits   limits
	entries  map[device.Fault]*Entry
	town     townState
	lamps    map[device.LampID]*lampState
	order    []device.LampID // of lamps, so that every run goes the same way
	gateways map[device.GatewayID]*gatewayState
	gwOrder  []device.GatewayID
	nights   []device.NightLight // given out since the last Take
	look     look                // the one at hand
	dirty    map[string]bool     // keys changed since the last Take
}

// NewEngine makes an engine that has seen nothing.
func NewEngine(cfg EngineConfig) *Engine {
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.MarkGap == 0 {
		cfg.MarkGap = 3 * time.Minute
	}
	e := &Engine{
		cfg: cfg, entries: map[device.Fault]*Entry{},
		lamps: map[device.LampID]*lampState{}, gateways: map[device.GatewayID]*gatewayState{},
		dirty: map[string]bool{},
	}
	for _, entry := range Catalogue() {
		e.entries[entry.Fault] = &entry
	}
	e.limits = limitsOf(e.entries)
	return e
}

// Observe takes one reading and gives the changes it makes, in a fixed order. A
// reading that comes twice changes nothing the second time.
func (e *Engine) Observe(r *device.Reading) []Change {
	l := e.lamp(r.Lamp)
	if r.Gateway != "" {
		e.hearGateway(e.gateway(r.Gateway), r.Received)
	}
	if l == nil {
		return nil
	}
	l.touch(e)
	since := l.heardAt
	l.heard, l.heardAt = e.town.observed, max(l.heardAt, r.Received)
	if r.Gateway != "" {
		l.gateway = e.gateway(r.Gateway).id
	}
	late := r.Received.Sub(r.TS) > l.late()
	burning, watts := e.lightOf(r, l)
	if n := e.nightAt(l, r.TS); n != nil {
		n.mark(r.TS, burning, r.Value(device.BatterySoC))
	}
	var out []Change
	s := device.LampSubject(l.id)
	if r.TS > l.lastTS {
		if l.lastTS != 0 {
			l.pauses.add(r.TS.Sub(l.lastTS))
		}
		l.lastTS, l.lit = r.TS, burning
		if watts > float64(l.maxLoad) {
			l.maxLoad = float32(watts)
		}
		if l.known.reports {
			out = e.judgeReading(out, l, s, e.lookAt(look{l: l, at: r.TS, r: r, late: late, watts: watts}))
		}
	}
	if l.known.reports {
		out = e.heard(out, l, s, r, since, late)
	}
	return out
}

// judgeReading asks the rules that look at readings. What fires or ends in late
// data is quiet; once the lamp is current, what is still so is said aloud.
func (e *Engine) judgeReading(out []Change, l *lampState, s device.Subject, k *look) []Change {
	for _, i := range [...]int{trackBattery, trackDark} {
		entry := e.entries[lampTrackFaults[i]]
		v := entry.rule(k)
		out = l.tracks[i].step(out, entry, s, v, k, k.at, k.late)
		if !k.late {
			out = l.tracks[i].settle(out, entry, s, &v, k, k.at)
		}
	}
	return out
}

// heard ends a silence. If the reading was measured while the lamp was thought
// silent and before that was decided, then it never was.
func (e *Engine) heard(out []Change, l *lampState, s device.Subject, r *device.Reading, since device.Millis, late bool) []Change {
	t, entry := &l.tracks[trackSilent], e.entries[device.LampSilent]
	if t.phase == firing {
		v := verdict{is: healthy, undone: r.TS > t.since && r.TS <= t.firedAt}
		v.detail = func(*look) map[string]any { return map[string]any{"silent_s": r.Received.Sub(since).Seconds()} }
		out = t.step(out, entry, s, v, nil, r.TS, late)
	}
	if !late {
		out = t.settle(out, entry, s, nil, nil, r.TS)
	}
	return out
}

// hearGateway notes that something came from a gateway or through it.
func (e *Engine) hearGateway(g *gatewayState, at device.Millis) {
	if pause := at.Sub(g.heardAt); g.heardAt != 0 && pause >= time.Minute {
		g.pauses.add(pause) // readings of one batch are no pause
	}
	g.heard, g.heardAt, g.offline = e.town.observed, max(g.heardAt, at), 0
	g.touch(e)
}

// ObserveStatus takes an online or offline message of a lamp or gateway.
func (e *Engine) ObserveStatus(st *device.Status) []Change {
	switch st.Subject.Kind() {
	case device.KindLamp:
		if st.Online {
			l := e.lamp(device.LampID(st.Subject.Code()))
			if l == nil {
				return nil
			}
			l.touch(e)
			since := l.heardAt
			l.heard, l.heardAt = e.town.observed, max(l.heardAt, st.Received)
			r := device.Reading{TS: st.Received, Received: st.Received}
			if l.known.reports {
				return e.heard(nil, l, st.Subject, &r, since, false)
			}
		}
	case device.KindGateway:
		g := e.gateway(device.GatewayID(st.Subject.Code()))
		if st.Online {
			e.hearGateway(g, st.Received)
		} else if g.offline == 0 {
			g.offline = st.Received
		}
		g.touch(e)
	}
	return nil
}

// Observing takes a mark: ingest was connected and had drained the broker at
// this moment. Silence counts only between marks.
func (e *Engine) Observing(at device.Millis) {
	if gap := at.Sub(e.town.mark); !e.cfg.AllObserved && e.town.mark != 0 && gap > 0 && gap <= e.cfg.MarkGap {
		e.town.observed += gap.Milliseconds()
	}
	e.town.mark = max(e.town.mark, at)
	e.dirty[townKey] = true
}

// Now is the time of the last tick.
func (e *Engine) Now() device.Millis { return e.town.now }

// Tick tells the time and gives the changes that only time makes. It may be
// called as often as one likes; it looks around once in each minute.
func (e *Engine) Tick(at device.Millis) []Change {
	if at/60_000 <= e.town.now/60_000 {
		return nil
	}
	if e.cfg.AllObserved && e.town.now != 0 {
		e.town.observed += int64(at - e.town.now)
	}
	e.town.now, e.dirty[townKey] = at, true
	e.town.ticks++
	for _, id := range e.gwOrder {
		e.gateways[id].lamps = 0
	}
	for _, id := range e.order {
		l := e.lamps[id]
		e.refresh(l)
		if g := e.gateways[l.via()]; g != nil && l.known.reports {
			g.lamps++
		}
	}
	var out []Change
	for _, id := range e.gwOrder {
		out = e.tickGateway(out, e.gateways[id])
	}
	gone := 0
	for _, id := range e.order {
		l := e.lamps[id]
		out = e.tickLamp(out, l)
		if !l.known.found {
			delete(e.lamps, id)
			e.dirty[lampKey(id)] = true
			gone++
		}
	}
	if gone > 0 {
		e.order = slices.DeleteFunc(e.order, func(id device.LampID) bool { return e.lamps[id] == nil })
	}
	return out
}

func (e *Engine) tickLamp(out []Change, l *lampState) []Change {
	e.finishNights(l)
	s := device.LampSubject(l.id)
	if !l.known.reports {
		return e.dismiss(out, l, s)
	}
	k := e.lookAt(look{l: l, at: e.town.now})
	for _, i := range [...]int{trackBattery, trackSilent} {
		before := l.tracks[i]
		entry := e.entries[lampTrackFaults[i]]
		out = l.tracks[i].step(out, entry, s, entry.rule(k), k, k.at, false)
		if l.tracks[i] != before {
			l.touch(e)
		}
	}
	return out
}

// dismiss takes back what fires on a lamp of which no telemetry is expected any more.
func (e *Engine) dismiss(out []Change, l *lampState, s device.Subject) []Change {
	for i := range l.tracks {
		t := &l.tracks[i]
		if t.phase == idle {
			continue
		}
		v := verdict{is: healthy, undone: true, detail: notReporting}
		out = t.step(out, e.entries[lampTrackFaults[i]], s, v, nil, e.town.now, false)
		l.touch(e)
	}
	return out
}

func notReporting(*look) map[string]any { return map[string]any{"reason": "not_reporting"} }

// lookAt puts a look where rules find it without a new one for each reading.
func (e *Engine) lookAt(k look) *look {
	k.e = e
	e.look = k
	return &e.look
}

func (e *Engine) tickGateway(out []Change, g *gatewayState) []Change {
	entry := e.entries[device.GatewaySilent]
	before := g.track
	k := e.lookAt(look{g: g, at: e.town.now})
	out = g.track.step(out, entry, device.GatewaySubject(g.id), entry.rule(k), k, k.at, false)
	if before.phase == firing && g.track.phase == idle {
		g.backAt = e.town.observed // its lamps are given their full time anew
	}
	if g.track != before {
		g.touch(e)
	}
	return out
}

// LitIn says whether a reading shows its lamp lit; known is false where it cannot be told.
func (e *Engine) LitIn(r *device.Reading) (isLit, known bool) {
	l := e.lamp(r.Lamp)
	if l == nil {
		l = &lampState{known: factsOf(&device.Lamp{})}
	}
	is, _ := e.lightOf(r, l)
	return is == lit, is != lightUnknown
}

// Standing says which faults fire on a subject now, in the order of their
// severity, and whether some of what late data changed is still to be said aloud.
func (e *Engine) Standing(s device.Subject) (faults []device.Fault, owed bool) {
	see := func(t *track, f device.Fault) {
		if t.phase == firing {
			faults = append(faults, f)
		}
		owed = owed || t.owed != ""
	}
	switch s.Kind() {
	case device.KindLamp:
		if l := e.lamps[device.LampID(s.Code())]; l != nil {
			for i := range l.tracks {
				see(&l.tracks[i], lampTrackFaults[i])
			}
		}
	case device.KindGateway:
		if g := e.gateways[device.GatewayID(s.Code())]; g != nil {
			see(&g.track, device.GatewaySilent)
		}
	}
	slices.SortStableFunc(faults, func(a, b device.Fault) int {
		return int(e.entries[b].Severity) - int(e.entries[a].Severity)
	})
	return faults, owed
}

// Firing counts the alerts that fire now, by fault.
func (e *Engine) Firing() map[device.Fault]int {
	out := map[device.Fault]int{}
	for _, l := range e.lamps {
		for i := range l.tracks {
			if l.tracks[i].phase == firing {
				out[lampTrackFaults[i]]++
			}
		}
	}
	for _, g := range e.gateways {
		if g.track.phase == firing {
			out[device.GatewaySilent]++
		}
	}
	return out
}

// lamp finds or makes the state of a lamp; nil for one that the roster does not
// have, so that invented codes cost no memory.
func (e *Engine) lamp(id device.LampID) *lampState {
	if l := e.lamps[id]; l != nil {
		e.refresh(l)
		return l
	}
	info, ok := e.cfg.Lamps.Lamp(id)
	if !ok {
		return nil
	}
	id = device.LampID(strings.Clone(string(id))) // not the whole block it came in
	l := &lampState{id: id, tick: e.town.ticks, known: factsOf(&info)}
	e.lamps[id] = l
	at, _ := slices.BinarySearch(e.order, id)
	e.order = slices.Insert(e.order, at, id)
	return l
}

// refresh reads the roster, at most once between two ticks.
func (e *Engine) refresh(l *lampState) {
	if l.tick == e.town.ticks {
		return
	}
	l.tick = e.town.ticks
	var facts lampFacts
	if lamp, ok := e.cfg.Lamps.Lamp(l.id); ok {
		facts = factsOf(&lamp)
	}
	if !facts.same(&l.known) {
		l.known, l.judge.whole = facts, span{}
	}
}

func (e *Engine) gateway(id device.GatewayID) *gatewayState {
	g := e.gateways[id]
	if g == nil {
		id = device.GatewayID(strings.Clone(string(id)))
		g = &gatewayState{id: id}
		e.gateways[id] = g
		at, _ := slices.BinarySearch(e.gwOrder, id)
		e.gwOrder = slices.Insert(e.gwOrder, at, id)
	}
	return g
}
