package registry

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// A village's ticket carries the lamps that its storm's alert names last; the weather's, and
// a gateway's, that count their lamps, carry none.
func TestTicketNamesLamps(t *testing.T) {
	db := openTest(t)
	change := func(f device.Fault, s device.Subject, lamps any) alerts.Change {
		return alerts.Change{At: 7, Alert: alerts.Alert{ID: string(f), Fault: f, Subject: s, State: alerts.Firing, Since: 5, FiredAt: 7, Detail: map[string]any{"lamps": lamps}}}
	}
	ticket := func(s device.Subject, ids ...string) alerts.TicketChange {
		return alerts.TicketChange{Ticket: alerts.Ticket{Subject: s, State: alerts.TicketOpen, Faults: []device.Fault{}, AlertIDs: ids, RaisedAt: 7}}
	}
	c := checkpoint(1)
	c.Changes = []alerts.Change{
		change(device.LampDark, "village:甲村", []string{"B", "A"}),
		change(device.LampDark, "village:甲村", []string{"B", "C", "A"}),
		change(device.WeatherShortage, "village:甲村", 4),
		change(device.GatewaySilent, "gateway:GW-01", 3),
	}
	c.Tickets = []alerts.TicketChange{
		ticket("village:甲村", string(device.LampDark), string(device.WeatherShortage)), ticket("gateway:GW-01", string(device.GatewaySilent)),
	}
	if err := db.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	open, err := db.OpenTickets(t.Context())
	if err != nil || len(open) != 2 {
		t.Fatalf("%v, %v", open, err)
	}
	if diff := cmp.Diff([]device.LampID{"A", "B", "C"}, open[0].Lamps); diff != "" || open[1].Lamps != nil {
		t.Errorf("%s%v", diff, open[1].Lamps)
	}
}
