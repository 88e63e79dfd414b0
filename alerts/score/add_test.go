package score

import (
	"testing"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

func TestAddTellsMonthsAsOne(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	at := func(h int) device.Millis { return device.MillisOf(time.Date(2025, 1, 1, h, 0, 0, 0, zone)) }
	town := NewTown([]device.Lamp{{ID: "A", Stage: device.Installed}}, zone)
	label := Label{Subject: "lamp:A", Fault: device.Tampered, Start: at(1), End: at(9)}
	right := Alert{ID: "x", Subject: "lamp:A", Fault: device.Tampered, At: at(1)}
	wrong := Alert{ID: "y", Subject: "lamp:A", Fault: device.ClockWrong, At: at(1)}
	sum := &Report{}
	sum.Add(Judge(town, []Alert{right, wrong}, []Label{label}))
	sum.Add(Judge(town, nil, []Label{label}))
	sum.Add(Judge(town, []Alert{right}, []Label{label}))
	if sum.Total.Labels != 3 || sum.Total.Found != 2 || sum.Total.False != 1 || len(sum.Missed) != 1 || len(sum.False) != 1 {
		t.Fatalf("3 labels, 2 found, 1 missed, 1 false: got %+v, %d missed, %d false", sum.Total, len(sum.Missed), len(sum.False))
	}
	for _, l := range sum.Faults {
		if l.Fault == device.Tampered && (l.Found != 2 || l.Labels != 3 || len(l.Delays) != 2) {
			t.Errorf("tampered: %+v", l)
		}
	}
}

// A storm's alert names the lamps that joined it later, too, and one lamp that was really wrong makes it right.
func TestStormNamesItsLamps(t *testing.T) {
	at := func(m int) device.Millis { return device.MillisOf(time.Date(2025, 1, 1, 20, m, 0, 0, time.UTC)) }
	change := func(m int, state alerts.State, lamps ...string) alerts.Change {
		return alerts.Change{At: at(m), Alert: alerts.Alert{
			ID: "x", Fault: device.ClockWrong, Subject: "village:V", State: state, Detail: map[string]any{"lamps": lamps},
		}}
	}
	var found Alerts
	found.Add(change(1, alerts.Firing, "A", "B"))
	found.Add(change(5, alerts.Firing, "A", "B", "C"))
	found.Add(change(30, alerts.Resolved, "A", "B", "C"))
	list := found.List()
	if len(list) != 1 || len(list[0].Lamps) != 3 || list[0].At != at(1) || list[0].End != at(30) {
		t.Fatalf("alerts %+v", list)
	}
	town := NewTown([]device.Lamp{{ID: "A"}, {ID: "B"}, {ID: "C"}}, time.UTC)
	r := Judge(town, list, []Label{{Subject: "lamp:C", Fault: device.ClockWrong, Start: at(0), End: at(40)}})
	if r.Total.Found != 1 || r.Total.False != 0 {
		t.Errorf("%d found, %d false", r.Total.Found, r.Total.False)
	}
	if r = Judge(town, list, nil); r.Total.False != 1 {
		t.Errorf("without a label it is %d times false", r.Total.False)
	}
}
