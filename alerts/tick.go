package alerts

import (
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

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
	e.town.before, e.town.now, e.dirty[townKey] = e.town.now, at, true
	for _, id := range e.gwOrder {
		e.gateways[id].lamps = 0
	}
	for _, l := range e.order {
		e.refresh(l)
		if g := e.gateways[l.via()]; g != nil && l.known.reports {
			g.serve(l)
		}
	}
	e.comparePanels()
	var out []Change
	for _, id := range e.gwOrder {
		out = e.tickGateway(out, e.gateways[id])
	}
	out = e.tickGroups(out)
	gone := 0
	for _, l := range e.order {
		out = e.tickLamp(out, l)
		if !l.known.found {
			delete(e.lamps, l.id)
			e.dirty[string(l.subject)] = true
			gone++
		}
	}
	if gone > 0 {
		e.near = nil
		e.order = slices.DeleteFunc(e.order, func(l *lampState) bool { return e.lamps[l.id] == nil })
	}
	return e.calm(e.gather(out))
}

// due says that a moment which comes once in each period, so long after its beginning, lies between the tick before and
// this one: the minute itself may have had none.
func (e *Engine) due(every, after time.Duration) bool {
	number := func(t device.Millis) int64 { return (int64(t) - after.Milliseconds()) / every.Milliseconds() }
	return e.town.before != 0 && number(e.town.now) > number(e.town.before)
}

// tickGroups asks the rules of villages and of the town.
func (e *Engine) tickGroups(out []Change) []Change {
	for _, s := range e.grOrder {
		g, rules := e.groups[s], e.asked.atVillage
		set := e.rulesOf(g)
		if s == e.cfg.Town {
			rules = e.asked.atTown
		}
		k := e.lookAt(look{group: g, at: e.town.now})
		for i := range rules {
			r := &rules[i]
			before := g.tracks.copyOf(r.fault)
			out = e.move(out, r.fault, &g.tracks, s, set, r.ask(k), k)
			if g.tracks.copyOf(r.fault) != before {
				g.touch(e)
			}
		}
	}
	return out
}

func (e *Engine) tickLamp(out []Change, l *lampState) []Change {
	e.finishNights(l)
	if !l.known.reports {
		return e.dismiss(out, l)
	}
	e.foretell(l)
	k := e.lookAt(look{l: l, at: e.town.now})
	for i := range e.asked.atTick {
		r := &e.asked.atTick[i]
		before := l.tracks.copyOf(r.fault)
		out = e.move(out, r.fault, &l.tracks, l.subject, l.rules, r.ask(k), k)
		if l.tracks.copyOf(r.fault) != before {
			l.touch(e)
		}
	}
	return out
}

// dismiss takes back what fires on a lamp of which no telemetry is expected any more.
func (e *Engine) dismiss(out []Change, l *lampState) []Change {
	for f, t := range l.tracks {
		if t == nil || t.phase == idle {
			continue
		}
		v := verdict{is: healthy, undone: true, detail: notReporting}
		out = t.step(out, l.rules.entries[f], l.subject, v, nil, e.town.now, false)
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
	k := e.lookAt(look{g: g, at: e.town.now})
	set := e.rulesFor(g.key.village, g.key.profile)
	for i := range e.asked.atGateway {
		r := &e.asked.atGateway[i]
		before := g.tracks.copyOf(r.fault)
		out = e.move(out, r.fault, &g.tracks, g.subject, set, r.ask(k), k)
		after := g.tracks.copyOf(r.fault)
		if r.fault == fGateway && before.phase == firing && after.phase == idle {
			g.backAt = e.town.observed // its lamps are given their full time anew
		}
		if after != before {
			g.touch(e)
		}
	}
	return out
}
