package alerts

import (
	"cmp"
	"math"
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
	l := e.newLamp(device.LampID(strings.Clone(string(id)))) // not the whole block it came in
	l.know(e, factsOf(&info))
	return l
}

func (e *Engine) newLamp(id device.LampID) *lampState {
	l := &lampState{id: id, subject: device.LampSubject(id), rules: e.rules}
	l.battery.temp = float32(math.NaN())
	e.lamps[id] = l
	at, _ := slices.BinarySearchFunc(e.order, id, func(o *lampState, id device.LampID) int { return cmp.Compare(o.id, id) })
	e.order = slices.Insert(e.order, at, l)
	e.near = nil
	return l
}

// rosterEvery is how often a lamp is looked up again.
const rosterEvery = device.Millis(5 * 60_000)

// refresh reads the roster, at most once in five minutes.
func (e *Engine) refresh(l *lampState) {
	if l.read != 0 && l.read == e.town.now/rosterEvery+1 {
		return
	}
	var facts lampFacts
	if lamp, ok := e.cfg.Lamps.Lamp(l.id); ok {
		facts = factsOf(&lamp)
	}
	l.know(e, facts)
}

// know takes what the roster says of a lamp.
func (l *lampState) know(e *Engine, facts lampFacts) {
	first := l.read == 0
	l.read = e.town.now/rosterEvery + 1
	if !first && facts.same(&l.known) {
		return
	}
	if !first && facts.found {
		l.forget(&facts, &l.known)
	}
	l.known, l.judge.whole = facts, span{}
	l.rules = e.rulesFor(facts.village, facts.profile)
	l.village, e.near = "", nil
	if facts.found && facts.village != "" {
		l.village = e.group(device.Subject(device.KindVillage + ":" + string(facts.village))).subject
	}
	if facts.found {
		e.group(e.cfg.Town)
	}
}

// forget lets go of what was learnt of another head, battery, panel, schedule or place.
func (l *lampState) forget(is, was *lampFacts) {
	moved := is.lat != was.lat || is.lon != was.lon
	if !is.sameLamp(was) {
		l.light.forget()
		l.aging.forget()
		l.book.forget()
	}
	if moved || is.panelWp != was.panelWp {
		l.panel.standing = standing{}
	}
	if moved {
		l.site.tilt, l.site.tilts, l.site.leaning = 0, 0, 0
	}
	if is.watts != was.watts {
		l.maxLoad = 0
	}
	if is.nominal != was.nominal || is.lithium != was.lithium || is.batteryAh != was.batteryAh {
		l.energy.learnt, l.energy.lacks, l.energy.how = 0, float32(math.NaN()), known0
	}
}

func (e *Engine) gateway(id device.GatewayID) *gatewayState {
	if g := e.gateways[id]; g != nil {
		return g
	}
	return e.newGateway(device.GatewayID(strings.Clone(string(id))))
}

func (e *Engine) newGateway(id device.GatewayID) *gatewayState {
	g := &gatewayState{id: id, subject: device.GatewaySubject(id)}
	e.gateways[id] = g
	at, _ := slices.BinarySearch(e.gwOrder, id)
	e.gwOrder = slices.Insert(e.gwOrder, at, id)
	return g
}

// group finds or makes the state of a village or the town.
func (e *Engine) group(s device.Subject) *groupState {
	if g := e.groups[s]; g != nil {
		return g
	}
	g := &groupState{subject: s}
	e.groups[s] = g
	at, _ := slices.BinarySearch(e.grOrder, s)
	e.grOrder = slices.Insert(e.grOrder, at, s)
	return g
}

// LitIn says whether a reading shows its lamp lit; known is false where it cannot be told.
func (e *Engine) LitIn(r *device.Reading) (isLit, known bool) {
	l := e.lamp(r.Lamp)
	if l == nil {
		l = &lampState{known: factsOf(&device.Lamp{}), rules: e.rules}
	}
	is, _ := e.lightOf(r, l)
	return is == lit, is != lightUnknown
}

// tracksOf finds the tracks of a subject; nil where nothing is known of it.
func (e *Engine) tracksOf(s device.Subject) *tracks {
	switch s.Kind() {
	case device.KindLamp:
		if l := e.lamps[device.LampID(s.Code())]; l != nil {
			return &l.tracks
		}
	case device.KindGateway:
		if g := e.gateways[device.GatewayID(s.Code())]; g != nil {
			return &g.tracks
		}
	case device.KindVillage, device.KindTown:
		if g := e.groups[s]; g != nil {
			return &g.tracks
		}
	}
	return nil
}

// Standing says which faults fire on a subject now, in the order of their
// severity, and whether some of what late data changed is still to be said aloud.
func (e *Engine) Standing(s device.Subject) (faults []device.Fault, owed bool) {
	t := e.tracksOf(s)
	if t == nil {
		return nil, false
	}
	faults = t.firing()
	slices.SortStableFunc(faults, func(a, b device.Fault) int {
		return int(e.rules.entries[numberOf(b)].Severity) - int(e.rules.entries[numberOf(a)].Severity)
	})
	return faults, t.owed()
}

// Firing counts the alerts that fire now, by fault.
func (e *Engine) Firing() map[device.Fault]int {
	out := map[device.Fault]int{}
	count := func(t *tracks) {
		for f, tr := range t {
			if tr != nil && tr.phase == firing {
				out[codes[f]]++
			}
		}
	}
	for _, l := range e.lamps {
		count(&l.tracks)
	}
	for _, g := range e.gateways {
		count(&g.tracks)
	}
	for _, g := range e.groups {
		count(&g.tracks)
	}
	return out
}
