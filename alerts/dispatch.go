package alerts

import (
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// DispatcherConfig sets who is asked when.
type DispatcherConfig struct {
	Roster   Roster
	Location *time.Location // of the hours in which people may be asked further; nil is UTC

	// EscalateAfter is how long the one who was asked has before the next is; 0 is 30 minutes.
	EscalateAfter time.Duration
}

// Dispatcher makes tickets of changes and says who hears of them. It decides and
// keeps nothing: tickets as they stand come in, tickets to write go out.
//
// One volunteer is asked: the first on duty for the place. Who does not take the
// ticket in half an hour is joined by the next, and after the last by the town
// office; between 22:00 and 07:00 nobody further is woken. A gateway's ticket goes to
// the volunteers of the place with most of its lamps, the weather's to the office. A
// storm is one ticket of its village: the first on duty of each place that has lamps in
// it is asked, and then the office. Residents who follow a
// lamp are told only of what they can see. When it is over, everyone who was told
// of it hears so.
type Dispatcher struct {
	cfg     DispatcherConfig
	entries map[device.Fault]Entry
}

// The hours, local, in which nobody further is asked.
const (
	quietFrom  = 22
	quietUntil = 7
)

// NewDispatcher makes a dispatcher.
func NewDispatcher(cfg DispatcherConfig) *Dispatcher {
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.EscalateAfter == 0 {
		cfg.EscalateAfter = 30 * time.Minute
	}
	d := &Dispatcher{cfg: cfg, entries: map[device.Fault]Entry{}}
	for _, e := range Catalogue() {
		d.entries[e.Fault] = e
	}
	return d
}

// Standing is how things are on a subject after all changes; Engine has it.
type Standing func(device.Subject) (firing []device.Fault, owed bool)

// Apply gives the tickets to write after changes, at now: raised, joined by another
// alert, closed, or escalated. open are the tickets that are not closed.
func (d *Dispatcher) Apply(changes []Change, open []Ticket, standing Standing, now device.Millis) []TicketChange {
	changes, open, out := d.underStorms(changes, open, standing)
	bySubject := map[device.Subject][]Change{}
	var subjects []device.Subject
	for _, c := range changes {
		if bySubject[c.Alert.Subject] == nil {
			subjects = append(subjects, c.Alert.Subject)
		}
		bySubject[c.Alert.Subject] = append(bySubject[c.Alert.Subject], c)
	}
	tickets := map[device.Subject]Ticket{}
	for _, t := range open {
		tickets[t.Subject] = t
	}
	for _, s := range subjects {
		firing, owed := standing(s)
		t, found := tickets[s]
		if !found {
			t = d.raise(s, bySubject[s])
		}
		if c, changed := d.follow(t, bySubject[s], firing, owed, now); changed {
			out = append(out, c)
		}
	}
	for _, t := range open {
		if bySubject[t.Subject] != nil {
			continue
		}
		if c, changed := d.escalate(t, now); changed {
			out = append(out, c)
		}
	}
	return out
}

// raise makes the ticket of a subject that has none.
func (d *Dispatcher) raise(s device.Subject, changes []Change) Ticket {
	t := Ticket{Subject: s, State: TicketOpen, RaisedAt: changes[0].At}
	if s.Kind() == device.KindVillage {
		t.Village = device.Village(s.Code())
	}
	if lamp, ok := d.home(s); ok {
		t.Village = lamp.Place.Village
		if s.Kind() == device.KindLamp {
			t.Place = lamp.Place.ID
		}
	}
	return t
}

// follow brings a ticket up to date with the changes on its subject.
func (d *Dispatcher) follow(t Ticket, changes []Change, firing []device.Fault, owed bool, now device.Millis) (TicketChange, bool) {
	loud := false
	var last Change
	t.AlertIDs = slices.Clone(t.AlertIDs)
	for _, c := range changes {
		last = c
		loud = loud || !c.Quiet && c.Alert.State == Firing
		if c.Alert.State == Firing && !slices.Contains(t.AlertIDs, c.Alert.ID) {
			t.AlertIDs = append(t.AlertIDs, c.Alert.ID)
		}
		if more := lampsOf(&c); len(more) > 0 {
			t.Lamps = slices.Compact(slices.Sorted(slices.Values(slices.Concat(t.Lamps, more))))
		}
		if len(t.Faults) == 0 {
			t.Faults = []device.Fault{c.Alert.Fault}
		}
	}
	if len(firing) > 0 {
		t.Faults = firing
		out := TicketChange{Ticket: t}
		if loud {
			d.tell(&out, now)
		}
		return out, true
	}
	if t.ID == 0 && len(t.AlertIDs) == 0 {
		return TicketChange{}, false // an end whose ticket is closed already
	}
	if owed {
		return TicketChange{Ticket: t}, true // it closes when the end can be said aloud
	}
	t.State, t.ClosedAt = TicketClosed, max(last.At, t.RaisedAt)
	return TicketChange{Ticket: t, Notices: d.mended(t, last.Alert.State, now)}, true
}
