package alerts

import (
	"slices"

	"github.com/yingguang/yingguang/device"
)

// occasion says when a rule is asked; the values combine.
type occasion uint8

const (
	atReading occasion = 1 << iota // of a lamp, in order of time
	atTick                         // each minute, of lamps
	atGateway                      // each minute, of gateways
	atVillage                      // each minute, of villages
	atTown                         // each minute, of the town
)

// evaluator is one rule. It changes nothing but what its family remembers of the lamp.
type evaluator func(*look) verdict

// ruling puts a rule into force.
type ruling struct {
	fault fault
	when  occasion
	ask   evaluator
}

// rulings are all rules in force, in the order in which they are asked: causes
// before what they explain.
func rulings() []ruling {
	return slices.Concat(sensorRulings(), batteryRulings(), lightRulings(), linkRulings(), clockRulings(), tamperRulings(), panelRulings(), townRulings())
}

// remembers is what one family of rules keeps of a lamp. Its see is shown each
// reading in order of time, before any rule is asked; what it stores begins with a
// version of its own, so that families change independently.
type remembers interface {
	see(*look)
	store(*writer)
	load(*reader)
}

// families are the memories of a lamp in stored order: add new ones at the end only.
func (l *lampState) families() [8]remembers {
	return [...]remembers{&l.battery, &l.light, &l.site, &l.energy, &l.aging, &l.panel, &l.sensor, &l.book}
}

// rulesAt are the rules of one occasion, picked once.
func rulesAt(all []ruling, when occasion) []ruling {
	var out []ruling
	for _, r := range all {
		if r.when&when != 0 {
			out = append(out, r)
		}
	}
	return out
}

// ask asks the rules of an occasion and moves their tracks.
func (e *Engine) ask(out []Change, rules []ruling, t *tracks, s device.Subject, set *ruleSet, k *look) []Change {
	for i := range rules {
		r := &rules[i]
		v := r.ask(k)
		out = e.move(out, r.fault, t, s, set, v, k)
	}
	return out
}

// move moves one track by a verdict. While a cause is known, what it explains does
// not fire; it goes on being looked at, and appears if it outlives the cause.
func (e *Engine) move(out []Change, f fault, t *tracks, s device.Subject, set *ruleSet, v verdict, k *look) []Change {
	if t[f] == nil && v.is != holds {
		return out
	}
	entry, track := set.entries[f], t.of(f)
	if v.is == holds && track.phase != firing && !v.despite && e.explained(entry, t, k) {
		track.hold(k.at)
		return out
	}
	out = track.step(out, entry, s, v, k, k.at, k.late)
	if !k.late && (k.r != nil || k.l == nil || k.l.current()) {
		out = track.settle(out, entry, s, &v, k, k.at)
	}
	return out
}

// explained says whether a fault that this one depends on is known of the
// subject, or of the gateway, village or town that a lamp belongs to; a village's shortage is
// also the town's.
func (e *Engine) explained(entry *Entry, own *tracks, k *look) bool {
	if k.group != nil && k.group.subject != e.cfg.Town && entry.townwide() {
		t := e.groups[e.cfg.Town] // what is said of the town is said of its villages
		return t != nil && t.tracks.phase(numberOf(entry.Fault)) == firing
	}
	if k.l != nil {
		switch entry.Fault {
		case device.BatteryEmpty:
			if k.e.spentByWeather(k.l) || k.e.stillSpent(k.l) {
				return true
			}
		case device.LampDark:
			if (!k.l.battery.ample || k.l.battery.heldOff(k)) && (k.l.panel.dull(&k.l.rules.town) || k.e.newHere(k.l)) {
				return true
			}
		}
	}
	for _, f := range entry.causes {
		if e.standing(own, f) {
			return true
		}
		if k.l == nil {
			continue
		}
		if g := e.gateways[k.l.via()]; g != nil && e.standing(&g.tracks, f) {
			return true
		}
		if !e.rules.entries[f].townwide() {
			continue // of a village it is a storm, which explains no other lamp's faults
		}
		if v := e.groups[k.l.village]; v != nil && e.standing(&v.tracks, f) {
			return true
		}
		if t := e.groups[e.cfg.Town]; t != nil && e.standing(&t.tracks, f) {
			return true
		}
	}
	return false
}

// standing says whether a cause fires, or will within the hour if it is one.
func (e *Engine) standing(t *tracks, f fault) bool {
	switch t.phase(f) {
	case firing:
		return true
	case waiting:
		return e.rules.entries[f].Fire <= soonFires
	}
	return false
}
