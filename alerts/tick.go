package alerts

import (
	"slices"

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
