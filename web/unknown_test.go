package web

import (
	"net/http"
	"testing"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// A lamp whose readings wait is listed for the office, and gone from the list once
// the office has adopted it.
func TestOfficeAdoptsALamp(t *testing.T) {
	h := open(t)
	r := reading("WILD-1", h.server.cfg.now(), 12.25, 20)
	if err := h.journal.KeepUnknown(t.Context(), &journal.Block{At: r.Received, Readings: []device.Reading{r}}); err != nil {
		t.Fatal(err)
	}
	// The live view has it too, and does not look at the registry again here.
	h.commit(alerts.Checkpoint{Lamps: []alerts.LampState{{Last: r, LastSeen: r.Received, Lit: true, Known: true}}})
	if err := h.server.live.refresh(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	office := h.login(anOfficer)
	type answer struct{ Lamps []unknownLamp }
	list := get[answer](h, "/api/v1/unknown-lamps", office).Lamps
	if len(list) != 1 || list[0].ID != "WILD-1" || list[0].Reason != "not_registered" || *list[0].BatteryV != 12.25 {
		t.Fatalf("listed %+v", list)
	}
	if a := h.do(http.MethodPost, "/api/v1/unknown-lamps/WILD-1/adopt", `{"like":"`+wellLamp+`"}`, office); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	model, _ := h.db.Lamp(wellLamp)
	if lamp, known := h.db.Lamp("WILD-1"); !known || lamp.Place != model.Place || lamp.LampW != model.LampW || lamp.Stage != "installed" {
		t.Errorf("registered as %+v", lamp)
	}
	if list := get[answer](h, "/api/v1/unknown-lamps", office).Lamps; len(list) != 0 {
		t.Errorf("still listed: %+v", list)
	}
}
