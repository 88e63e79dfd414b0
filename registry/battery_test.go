package registry

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yingguang/yingguang/alerts"
)

// The newest that is known of a battery is kept, and what is not known stays so.
func TestBatteriesAreKeptByLamp(t *testing.T) {
	db := openTest(t)
	if _, ok, err := db.BatteryOf(t.Context(), "A"); ok || err != nil {
		t.Fatalf("before it was told of: %v, %v", ok, err)
	}
	c := checkpoint(1)
	nan := math.NaN()
	want := alerts.Battery{Lamp: "A", At: 7, Known: "", LeftPct: nan, NightsLeft: nan, LeftNeeds: alerts.NeedCharge, HealthPct: nan, HealthNeeds: alerts.NeedNights, HealthNights: 3, Resistance: nan}
	c.Batteries = []alerts.Battery{want}
	if err := db.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		got, ok, err := db.BatteryOf(t.Context(), "A")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
			t.Error(d)
		}
	}
	check()
	c = checkpoint(2)
	want = alerts.Battery{Lamp: "A", At: 8, Known: "gauge", LeftPct: 82, NightsLeft: 2.5, HealthPct: 79, HealthBy: "cycle", Resistance: 1.2}
	c.Batteries = []alerts.Battery{want}
	if err := db.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	check()
}
