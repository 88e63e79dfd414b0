package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// LampView is a lamp with all that a page shows of it. A lamp that reports
// without being registered has a Lamp with only its ID.
type LampView struct {
	Lamp       device.Lamp
	Registered bool
	State      alerts.LampState // zero where it never reported
	Reported   bool
	Firing     []alerts.Alert // on the lamp itself, oldest first
	Tickets    []int64        // open or taken, on the lamp itself
}

// LampViews gives all lamps by code, those that only report after the registered ones.
func (db *DB) LampViews(ctx context.Context) ([]LampView, error) {
	states, err := db.LampStates(ctx)
	if err != nil {
		return nil, err
	}
	firing, err := db.FiringAlerts(ctx)
	if err != nil {
		return nil, err
	}
	open, err := db.OpenTickets(ctx)
	if err != nil {
		return nil, err
	}
	lamps := db.Lamps()
	out := make([]LampView, len(lamps), len(lamps)+len(states))
	at := make(map[device.Subject]int, cap(out))
	for i, l := range lamps {
		s, reported := states[l.ID]
		out[i] = LampView{Lamp: l, Registered: true, State: s, Reported: reported}
		at[device.LampSubject(l.ID)] = i
		delete(states, l.ID)
	}
	for id, s := range states {
		out = append(out, LampView{Lamp: device.Lamp{ID: id}, State: s, Reported: true})
	}
	slices.SortFunc(out[len(lamps):], func(a, b LampView) int { return cmp.Compare(a.Lamp.ID, b.Lamp.ID) })
	for i := len(lamps); i < len(out); i++ {
		at[device.LampSubject(out[i].Lamp.ID)] = i
	}
	for _, a := range firing {
		if i, ok := at[a.Subject]; ok {
			out[i].Firing = append(out[i].Firing, a)
		}
	}
	for _, t := range open {
		if i, ok := at[t.Subject]; ok {
			out[i].Tickets = append(out[i].Tickets, t.ID)
		}
	}
	return out, nil
}

// LampView gives one lamp, or ErrNotFound if it is neither registered nor ever reported.
func (db *DB) LampView(ctx context.Context, id device.LampID) (LampView, error) {
	var v LampView
	var err error
	v.Lamp, v.Registered = db.Lamp(id)
	v.Lamp.ID = id
	if v.State, v.Reported, err = db.LampState(ctx, id); err != nil {
		return LampView{}, err
	}
	if !v.Registered && !v.Reported {
		return LampView{}, fmt.Errorf("lamp %q: %w", id, ErrNotFound)
	}
	subject := device.LampSubject(id)
	if v.Firing, err = list(ctx, db.read, scanAlert, selectAlerts+`WHERE subject = $1 AND state = $2 ORDER BY since, id`, string(subject), string(alerts.Firing)); err != nil {
		return LampView{}, fmt.Errorf("lamp %s: %w", id, err)
	}
	open, err := db.Tickets(ctx, TicketFilter{Subject: subject, States: []alerts.TicketState{alerts.TicketOpen, alerts.TicketTaken}})
	for _, t := range open {
		v.Tickets = append(v.Tickets, t.ID)
	}
	return v, err
}

// LampCount says how many lamps of a village and batch are at a stage.
type LampCount struct {
	Village device.Village
	Batch   int
	Stage   device.Stage
	Lamps   int
}

// CountLamps counts the registered lamps by village, batch and stage, in the
// order of village, batch and the stages' own.
func (db *DB) CountLamps() []LampCount {
	n := map[LampCount]int{}
	for _, l := range db.Lamps() {
		n[LampCount{Village: l.Place.Village, Batch: l.Batch, Stage: l.Stage}]++
	}
	out := make([]LampCount, 0, len(n))
	for c, lamps := range n {
		c.Lamps = lamps
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b LampCount) int {
		return cmp.Or(cmp.Compare(a.Village, b.Village), cmp.Compare(a.Batch, b.Batch),
			cmp.Compare(slices.Index(device.Stages, a.Stage), slices.Index(device.Stages, b.Stage)))
	})
	return out
}
