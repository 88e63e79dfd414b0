package web

import (
	"context"
	"slices"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// refresh reads what the registry knows: lamps, alerts and tickets, and where
// seeding the last states too; then tells the pages what changed.
func (l *live) refresh(ctx context.Context, seeding bool) error {
	db := l.cfg.Registry
	firing, err := db.FiringAlerts(ctx)
	if err != nil {
		return err
	}
	open, err := db.OpenTickets(ctx)
	if err != nil {
		return err
	}
	var states map[device.LampID]alerts.LampState
	if seeding {
		if states, err = db.LampStates(ctx); err != nil {
			return err
		}
	}
	l.mu.Lock()
	l.judge = alerts.NewEngine(alerts.EngineConfig{Lamps: db, Location: l.cfg.Location})
	l.register(db.Lamps())
	l.seed(states)
	l.mark(firing, open)
	moved := l.ticketsNow(open)
	l.mu.Unlock()

	for _, id := range moved {
		l.hub.send(appendEvent(nil, "ticket", map[string]int64{"id": id}), func(c *client) bool {
			return c.level >= volunteers
		})
	}
	return l.notices(ctx)
}

// register takes in the registered lamps and forgets those that are neither
// registered nor ever reported.
func (l *live) register(lamps []device.Lamp) {
	known := make(map[device.LampID]struct{}, len(lamps))
	for _, lamp := range lamps {
		known[lamp.ID] = struct{}{}
		r := l.lamps[lamp.ID]
		if r == nil {
			r = l.insert(lamp.ID)
		} else if !r.registered && r.reported {
			l.unknown--
		}
		r.lamp, r.registered = lamp, true
	}
	for id, r := range l.lamps {
		if _, ok := known[id]; ok || !r.registered {
			continue
		}
		r.registered, r.lamp = false, device.Lamp{ID: id}
		if r.reported {
			l.unknown++
			continue
		}
		delete(l.lamps, id)
		l.order = slices.DeleteFunc(l.order, func(o device.LampID) bool { return o == id })
	}
}

func (l *live) seed(states map[device.LampID]alerts.LampState) {
	for id, s := range states {
		r := l.lamps[id]
		if r == nil {
			if l.unknown >= maxUnknown {
				continue
			}
			r = l.insert(id)
			l.unknown++
		}
		seen := max(r.state.LastSeen, s.LastSeen)
		if !r.reported || s.Last.TS > r.state.Last.TS {
			r.state = s
			l.changed[id] = struct{}{}
		}
		r.state.LastSeen, r.reported = seen, true
	}
}

// mark sets faults and tickets of every lamp anew, and notes which lamps changed.
func (l *live) mark(firing []alerts.Alert, open []alerts.Ticket) {
	faults := map[device.Subject][]device.Fault{}
	for _, a := range firing {
		faults[a.Subject] = append(faults[a.Subject], a.Fault)
	}
	tickets := map[device.Subject]int64{}
	for _, t := range open {
		for _, lamp := range t.Lamps {
			tickets[device.LampSubject(lamp)] = t.ID // of many lamps at once
		}
	}
	for _, t := range open {
		tickets[t.Subject] = t.ID // its own goes before
	}
	for id, r := range l.lamps {
		subject := device.LampSubject(id)
		now := faults[subject]
		if r.lamp.Gateway != "" {
			now = append(slices.Clip(now), faults[device.GatewaySubject(r.lamp.Gateway)]...)
		}
		now = worstFirst(now)
		ticket := tickets[subject]
		if !slices.Equal(now, r.faults) || ticket != r.ticket {
			r.faults, r.ticket = now, ticket
			l.changed[id] = struct{}{}
		}
	}
}

// ticketsNow gives the tickets that are new, gone or changed hands.
func (l *live) ticketsNow(open []alerts.Ticket) (moved []int64) {
	now := make(map[int64]alerts.Ticket, len(open))
	for _, t := range open {
		now[t.ID] = t
		was, ok := l.open[t.ID]
		if !ok || was.State != t.State || was.TakenBy != t.TakenBy || !slices.Equal(was.Faults, t.Faults) || len(was.Asked) != len(t.Asked) {
			moved = append(moved, t.ID)
		}
	}
	for id := range l.open {
		if _, ok := now[id]; !ok {
			moved = append(moved, id)
		}
	}
	if l.open == nil {
		moved = nil // the first look changes nothing for anybody
	}
	l.open = now
	return moved
}

// notices tells those who watch how many of their notices are unread.
func (l *live) notices(ctx context.Context) error {
	for _, who := range l.hub.people() {
		unread, err := l.cfg.Registry.Unread(ctx, who)
		if err != nil {
			return err
		}
		frame := appendEvent(nil, "notice", map[string]int{"unread": unread})
		l.hub.send(frame, func(c *client) bool {
			if c.person != who || c.unread == unread {
				return false
			}
			c.unread = unread
			return true
		})
	}
	return nil
}

// lookAgain makes the view look at the registry soon.
func (l *live) lookAgain() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// staleAfter is how long a last reading says how a lamp is: lamp_silent fires
// within it, and where we were off ourselves, nobody knows.
const staleAfter = 2 * time.Hour
