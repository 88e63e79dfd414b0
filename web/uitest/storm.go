package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// stormLamps are lamps of one village to which one fault comes at once, two of them mended since.
const stormLamps = 8

// storm makes the ticket that names many lamps: those of the volunteer's village that nothing else is wrong with.
func (e *evening) storm(ctx context.Context, wrong map[device.LampID]device.Fault, seq uint64) error {
	var names []string
	var village device.Village
	for _, l := range e.db.Lamps() {
		duty := e.db.OnDuty(l.Place.ID, e.now)
		mine := slices.ContainsFunc(duty, func(p device.Person) bool { return p.ID == volunteer })
		if _, has := wrong[l.ID]; has || !mine || !l.Reports() || len(names) == stormLamps || village != "" && l.Place.Village != village {
			continue
		}
		village = l.Place.Village
		names = append(names, string(l.ID))
	}
	if len(names) < stormLamps {
		return fmt.Errorf("a storm wants %d lamps of one village, there are %d", stormLamps, len(names))
	}
	since := e.now.Add(-31 * time.Minute)
	c := alerts.Checkpoint{Position: journal.Position{Created: 1, Seq: seq}}
	subject := device.Subject(device.KindVillage + ":" + string(village))
	c.Changes = append(c.Changes, alerts.Change{At: since.Add(20 * time.Minute), Alert: alerts.Alert{
		ID: "storm-1", Fault: device.LampDark, Subject: subject, State: alerts.Firing, Since: since, FiredAt: since.Add(20 * time.Minute),
		Detail: map[string]any{"lamps": names},
	}})
	for i, name := range names {
		id := device.LampID(name)
		a := alerts.Alert{ID: "storm-1-" + name, Fault: device.LampDark, Subject: device.LampSubject(id), State: alerts.Firing, Since: since, FiredAt: since.Add(15 * time.Minute)}
		c.Changes = append(c.Changes, alerts.Change{At: a.FiredAt, Alert: a, Quiet: true, Under: subject})
		dark := lit(id, e.now.Add(-2*time.Minute), 71)
		dark.Set(device.LoadW, 0)
		dark.Set(device.LoadA, 0)
		if i >= stormLamps-2 { // burning again
			a.State, a.EndedAt = alerts.Resolved, e.now.Add(-5*time.Minute)
			c.Changes = append(c.Changes, alerts.Change{At: a.EndedAt, Alert: a, Quiet: true, Under: subject})
			continue
		}
		c.Lamps = append(c.Lamps, alerts.LampState{Last: dark, LastSeen: dark.Received, Known: true})
	}
	open, err := e.db.OpenTickets(ctx)
	if err != nil {
		return err
	}
	standing := func(device.Subject) ([]device.Fault, bool) { return []device.Fault{device.LampDark}, false }
	c.Tickets = e.dispatch.Apply(c.Changes[:1], open, standing, c.Changes[0].At)
	return e.db.Commit(ctx, c)
}
