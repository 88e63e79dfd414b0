package alerts

import (
	"slices"

	"github.com/yingguang/yingguang/device"
)

// lampsOf are the lamps that a change's alert speaks for; empty for all but storms.
func lampsOf(c *Change) []device.LampID {
	if kind := c.Alert.Subject.Kind(); kind != device.KindVillage && kind != device.KindTown {
		return nil
	}
	names, _ := c.Alert.Detail[lampsName].([]string)
	out := make([]device.LampID, len(names))
	for i, n := range names {
		out[i] = device.LampID(n)
	}
	return out
}

// underStorms leaves out the changes of lamps that a storm speaks for, where the lamp
// has no ticket yet, and lets the village's ticket take over those of its
// lamps that nobody took and that are about nothing else: they are closed without
// a word, since whoever was told of them is told of the village's end.
func (d *Dispatcher) underStorms(changes []Change, open []Ticket, standing Standing) (rest []Change, still []Ticket, joined []TicketChange) {
	type spoken struct {
		lamp  device.Subject
		fault device.Fault
	}
	until := map[spoken]int{} // the last change in which a storm that stands names a lamp
	for i := range changes {
		c := &changes[i]
		if faults, _ := standing(c.Alert.Subject); c.Alert.State != Firing || !slices.Contains(faults, c.Alert.Fault) {
			continue
		}
		for _, l := range lampsOf(c) {
			until[spoken{device.LampSubject(l), c.Alert.Fault}] = i
		}
	}
	for i := range open {
		t := open[i]
		faults, _ := standing(t.Subject)
		at, ok := 0, false
		if len(faults) == 1 {
			at, ok = until[spoken{t.Subject, faults[0]}]
		}
		if !ok || t.State != TicketOpen {
			still = append(still, t)
			continue
		}
		t.State, t.ClosedAt = TicketClosed, max(changes[at].At, t.RaisedAt)
		joined = append(joined, TicketChange{Ticket: t})
	}
	has := map[device.Subject]bool{}
	for i := range still {
		has[still[i].Subject] = true
	}
	for i := range changes {
		c := &changes[i]
		at, named := until[spoken{c.Alert.Subject, c.Alert.Fault}]
		if has[c.Alert.Subject] || c.Under == "" && !(named && i < at) {
			rest = append(rest, *c)
		}
	}
	return rest, still, joined
}

// isStorm says whether a ticket is about many lamps at once.
func (d *Dispatcher) isStorm(t *Ticket) bool {
	kind := t.Subject.Kind()
	return (kind == device.KindVillage || kind == device.KindTown) && slices.Contains(d.worst(t).Kinds, device.KindLamp)
}

// tellStorm asks the first volunteer of each place whose lamps are named, the office where
// a place has none, and tells those who follow one of the lamps; each of them once.
func (d *Dispatcher) tellStorm(c *TicketChange, now device.Millis) {
	t := &c.Ticket
	if t.State == TicketOpen {
		for _, p := range d.storm(t, now) {
			if !slices.Contains(t.Asked, p.ID) {
				t.Asked, t.AskedAt = append(slices.Clone(t.Asked), p.ID), now
				c.Notices = append(c.Notices, d.notice(t, NoticeRaised, p, now))
			}
		}
	}
	if !slices.ContainsFunc(t.Faults, func(f device.Fault) bool { return d.entries[f].Residents }) {
		return
	}
	knows := slices.Concat(t.Asked, t.Told)
	for _, lamp := range t.Lamps {
		for _, p := range d.cfg.Roster.Followers(lamp) {
			if !slices.Contains(knows, p.ID) {
				knows = append(knows, p.ID)
				c.Notices = append(c.Notices, d.notice(t, NoticeKnown, p, now))
			}
		}
	}
}

// storm gives who is to go to a storm's lamps: the first on duty of each of their places.
func (d *Dispatcher) storm(t *Ticket, now device.Millis) []device.Person {
	var out []device.Person
	orphaned := len(t.Lamps) == 0
	seen := map[device.PlaceID]bool{}
	for _, id := range t.Lamps {
		lamp, ok := d.cfg.Roster.Lamp(id)
		if !ok || seen[lamp.Place.ID] {
			continue
		}
		seen[lamp.Place.ID] = true
		if duty := d.cfg.Roster.OnDuty(lamp.Place.ID, now); len(duty) > 0 {
			out = append(out, duty[0])
		} else {
			orphaned = true
		}
	}
	if orphaned {
		out = append(out, d.cfg.Roster.Office()...)
	}
	return out
}
