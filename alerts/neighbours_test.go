package alerts

import (
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// The lamps of a village are known anew after one moves away, and one of no village has none.
func TestNeighboursFollowTheRoster(t *testing.T) {
	town := manyLamps(6)
	e := NewEngine(EngineConfig{Lamps: town, Location: shanghai(t)})
	for id := range town.lamps {
		e.lamp(id)
	}
	village := e.lamp("L-00000").village
	if got := len(e.neighbours(village)); got != 11 {
		t.Fatalf("%d lamps in the village, want 11", got)
	}
	moved := town.lamps["L-00003"]
	moved.Place.Village = ""
	town.lamps["L-00003"] = moved
	noon := device.MillisOf(time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai(t)))
	e.Tick(noon)
	if got := len(e.neighbours(village)); got != 10 {
		t.Errorf("%d lamps after one moved, want 10", got)
	}
	if got := e.neighbours(""); got != nil {
		t.Errorf("no village has %d lamps, want none", len(got))
	}
	delete(town.lamps, "L-00004")
	e.Tick(noon + 2*rosterEvery)
	if got := len(e.neighbours(village)); got != 9 {
		t.Errorf("%d lamps after one was taken down, want 9", got)
	}
}

// A lamp that sends the panel's amperes and volts and not its watts is charging, too.
func TestChargingByPanelMeters(t *testing.T) {
	var r device.Reading
	if charging(&r) {
		t.Error("a reading that says nothing is charging")
	}
	r.Set(device.PanelA, 1.5)
	r.Set(device.PanelV, 17)
	if !charging(&r) {
		t.Error("25 W from the panel is no charging")
	}
	r.Set(device.PanelA, 0)
	if charging(&r) {
		t.Error("0 A from the panel is charging")
	}
}
