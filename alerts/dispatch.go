package alerts

import (
	"cmp"
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
// the volunteers of the place with most of its lamps. Residents who follow a
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
	var out []TicketChange
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

// tell asks the first volunteer and tells the followers, where nobody was yet.
func (d *Dispatcher) tell(c *TicketChange, now device.Millis) {
	t := &c.Ticket
	if len(t.Asked) == 0 {
		c.Notices = append(c.Notices, d.ask(t, now)...)
	}
	if t.Subject.Kind() != device.KindLamp || !slices.ContainsFunc(t.Faults, func(f device.Fault) bool { return d.entries[f].Residents }) {
		return
	}
	for _, p := range d.cfg.Roster.Followers(device.LampID(t.Subject.Code())) {
		if !slices.Contains(t.Asked, p.ID) && !slices.Contains(t.Told, p.ID) {
			c.Notices = append(c.Notices, d.notice(t, NoticeKnown, p, now))
		}
	}
}

// ask asks the next in turn: the next volunteer on duty, or once they are all
// asked, the office. It gives nothing where nobody is left.
func (d *Dispatcher) ask(t *Ticket, now device.Millis) []Notice {
	var next []device.Person
	if lamp, ok := d.home(t.Subject); ok {
		next = d.cfg.Roster.OnDuty(lamp.Place.ID, now)
	}
	next = slices.DeleteFunc(slices.Clone(next), func(p device.Person) bool { return slices.Contains(t.Asked, p.ID) })
	if len(next) > 1 {
		next = next[:1]
	}
	if len(next) == 0 {
		next = slices.DeleteFunc(slices.Clone(d.cfg.Roster.Office()), func(p device.Person) bool { return slices.Contains(t.Asked, p.ID) })
	}
	var out []Notice
	t.Asked = slices.Clone(t.Asked)
	for _, p := range next {
		t.Asked = append(t.Asked, p.ID)
		t.AskedAt = now
		out = append(out, d.notice(t, NoticeRaised, p, now))
	}
	return out
}

// escalate asks the next one where nobody took the ticket in time.
func (d *Dispatcher) escalate(t Ticket, now device.Millis) (TicketChange, bool) {
	hour := now.Time().In(d.cfg.Location).Hour()
	if t.State != TicketOpen || len(t.Asked) == 0 || hour >= quietFrom || hour < quietUntil || now.Sub(t.AskedAt) < d.cfg.EscalateAfter {
		return TicketChange{}, false
	}
	notices := d.ask(&t, now)
	return TicketChange{Ticket: t, Notices: notices}, len(notices) > 0
}

// Taken gives the notices that go out when a ticket was taken: to the others who
// were asked, and to the followers who were told. The ticket carries TakenBy.
func (d *Dispatcher) Taken(t Ticket, now device.Millis) []Notice {
	var out []Notice
	for _, id := range d.audience(t) {
		if p, ok := d.cfg.Roster.Person(id); ok && id != t.TakenBy {
			n := d.notice(&t, NoticeTaken, p, now)
			n.Key += "/by/" + string(t.TakenBy) // given back and taken by another, it is said again
			out = append(out, n)
		}
	}
	return out
}

// mended tells everyone who was told, and who took it.
func (d *Dispatcher) mended(t Ticket, end State, now device.Millis) []Notice {
	var out []Notice
	for _, id := range d.audience(t) {
		if p, ok := d.cfg.Roster.Person(id); ok {
			n := d.notice(&t, NoticeMended, p, now)
			if end == Retracted {
				d.retract(&n, &t, p)
			}
			out = append(out, n)
		}
	}
	return out
}

// audience is everyone who knows of a ticket: asked first, then told, then who took it.
func (d *Dispatcher) audience(t Ticket) []device.PersonID {
	var out []device.PersonID
	for _, id := range slices.Concat(t.Asked, t.Told, []device.PersonID{t.TakenBy}) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// home finds the lamp whose place a subject belongs to: the lamp itself, or for a
// gateway one of the place with most lamps behind it.
func (d *Dispatcher) home(s device.Subject) (device.Lamp, bool) {
	switch s.Kind() {
	case device.KindLamp:
		return d.cfg.Roster.Lamp(device.LampID(s.Code()))
	case device.KindGateway:
		behind := d.cfg.Roster.Behind(device.GatewayID(s.Code()))
		count := map[device.PlaceID]int{}
		for i := range behind {
			count[behind[i].Place.ID]++
		}
		if len(behind) == 0 {
			return device.Lamp{}, false
		}
		return slices.MaxFunc(behind, func(a, b device.Lamp) int {
			return cmp.Or(count[a.Place.ID]-count[b.Place.ID], cmp.Compare(b.Place.ID, a.Place.ID))
		}), true
	}
	return device.Lamp{}, false
}
