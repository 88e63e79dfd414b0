package alerts

import (
	"cmp"
	"slices"

	"github.com/yingguang/yingguang/device"
)

// tell asks the first volunteer and tells the followers, where nobody was yet.
func (d *Dispatcher) tell(c *TicketChange, now device.Millis) {
	t := &c.Ticket
	if d.isStorm(t) {
		d.tellStorm(c, now)
		return
	}
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
	if t.State != TicketOpen || len(t.Asked) == 0 || d.worst(&t).NoVisit || hour >= quietFrom || hour < quietUntil || now.Sub(t.AskedAt) < d.cfg.EscalateAfter {
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
