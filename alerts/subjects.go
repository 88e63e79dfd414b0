package alerts

import (
	"slices"
	"strings"

	"github.com/yingguang/yingguang/device"
)

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
