package web

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
)

func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestEveryRouteIsDescribed(t *testing.T) {
	h := open(t)
	var served, described []string
	for _, r := range h.server.table() {
		served = append(served, r.pattern)
	}
	for path, item := range description(t).Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(served)
	slices.Sort(described)
	if diff := cmp.Diff(described, served); diff != "" {
		t.Errorf("described (-) and served (+) differ:\n%s", diff)
	}
}

// Real answers keep to what openapi.yaml says of them.
func TestAnswersKeepToTheDescription(t *testing.T) {
	h := open(t)
	h.breakLamp(faultyLamp)
	h.breakLamp("JP-0009")
	h.commit(alerts.Checkpoint{
		Forecasts: []alerts.Forecast{{Lamp: faultyLamp, Night: "2026-11-23", Dawn: math.MaxInt32 * 1000, SunNights: math.NaN(), Known: "counted"}},
		Quality:   alerts.ForecastQuality{Nights: 3, Right: 2},
		Batteries: []alerts.Battery{{Lamp: faultyLamp, At: 5, Known: "rough", LeftPct: 40, NightsLeft: math.NaN(), LeftNeeds: alerts.NeedUse, HealthPct: 88, HealthBy: "cycle", Resistance: 1.1}},
	})
	if _, err := h.db.RaiseSystem(t.Context(), registry.SystemNotice{Key: "disk/3", Kind: "disk", Chinese: "磁盘", English: "disk", At: 5}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []journal.Rejected{
		{Received: 1, Topic: "jiaping/lamps/JP-0001/telemetry", Lamp: wellLamp, Reason: "bad_json", Text: "…", Payload: []byte("{"), Readings: 1},
		{Received: 2, Topic: "x", Reason: "bad_topic", Payload: []byte{0xff, 0}, Length: 9, SHA256: "00", Readings: 1},
	} {
		if err := h.journal.Reject(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	h.run()
	office := h.login(anOfficer)
	h.following()
	h.publish(reading(strangeLamp, h.server.cfg.now(), 12.5, 20))
	h.until("the strange lamp is there", func() bool {
		_, ok := h.server.live.get(strangeLamp)
		return ok
	})
	doc := description(t)
	for _, c := range []struct {
		method, path, pattern, body string
		status                      int
	}{
		{"GET", "/api/v1/town", "/api/v1/town", "", 200},
		{"GET", "/api/v1/lamps", "/api/v1/lamps", "", 200},
		{"GET", "/api/v1/lamps?stage=all", "/api/v1/lamps", "", 200},
		{"GET", "/api/v1/lamps?stage=nice", "/api/v1/lamps", "", 400},
		{"GET", "/api/v1/lamps/" + faultyLamp, "/api/v1/lamps/{id}", "", 200},
		{"GET", "/api/v1/lamps/" + strangeLamp, "/api/v1/lamps/{id}", "", 200},
		{"GET", "/api/v1/lamps/JP-0600", "/api/v1/lamps/{id}", "", 200},
		{"GET", "/api/v1/lamps/JP-9999", "/api/v1/lamps/{id}", "", 404},
		{"GET", "/api/v1/lamps/a%20b", "/api/v1/lamps/{id}", "", 400},
		{"GET", "/api/v1/lamps/" + wellLamp + "/series", "/api/v1/lamps/{id}/series", "", 200},
		{"GET", "/api/v1/lamps/" + wellLamp + "/series?hours=168", "/api/v1/lamps/{id}/series", "", 200},
		{"GET", "/api/v1/lamps/" + wellLamp + "/series?hours=0", "/api/v1/lamps/{id}/series", "", 400},
		{"GET", "/api/v1/lamps/" + wellLamp + "/series?fields=nice", "/api/v1/lamps/{id}/series", "", 400},
		{"GET", "/api/v1/lamps/" + wellLamp + "/series?from=5&to=4", "/api/v1/lamps/{id}/series", "", 400},
		{"GET", "/api/v1/lamps/" + faultyLamp + "/nights", "/api/v1/lamps/{id}/nights", "", 200},
		{"GET", "/api/v1/lamps/" + faultyLamp + "/nights?from=x", "/api/v1/lamps/{id}/nights", "", 400},
		{"GET", "/api/v1/faults", "/api/v1/faults", "", 200},
		{"GET", "/api/v1/forecast", "/api/v1/forecast", "", 200},
		{"GET", "/api/v1/tickets", "/api/v1/tickets", "", 200},
		{"GET", "/api/v1/tickets/1", "/api/v1/tickets/{id}", "", 200},
		{"GET", "/api/v1/tickets/99", "/api/v1/tickets/{id}", "", 404},
		{"POST", "/api/v1/tickets/1/release", "/api/v1/tickets/{id}/release", "", 409},
		{"POST", "/api/v1/tickets/1/take", "/api/v1/tickets/{id}/take", "", 200},
		{"POST", "/api/v1/tickets/1/release", "/api/v1/tickets/{id}/release", "", 200},
		{"GET", "/api/v1/me", "/api/v1/me", "", 200},
		{"GET", "/api/v1/inbox", "/api/v1/inbox", "", 200},
		{"POST", "/api/v1/inbox/read", "/api/v1/inbox/read", `{"up_to":3}`, 200},
		{"POST", "/api/v1/inbox/read", "/api/v1/inbox/read", `{"upto":3}`, 400},
		{"POST", "/api/v1/inbox/read", "/api/v1/inbox/read", `{"up_to":` + strings.Repeat(" ", maxBody) + `3}`, 413},
		{"GET", "/api/v1/ledger", "/api/v1/ledger", "", 200},
		{"GET", "/api/v1/rejected", "/api/v1/rejected", "", 200},
		{"GET", "/api/v1/rejected?limit=1", "/api/v1/rejected", "", 200},
		{"GET", "/api/v1/ledger/gaps?lamp=JP-0001&day=2026-01-04", "/api/v1/ledger/gaps", "", 200},
		{"GET", "/api/v1/ledger/gaps?lamp=a+b", "/api/v1/ledger/gaps", "", 400},
		{"GET", "/api/v1/ledger/gaps?day=today", "/api/v1/ledger/gaps", "", 400},
		{"GET", "/api/v1/unknown-lamps", "/api/v1/unknown-lamps", "", 200},
		{"POST", "/api/v1/unknown-lamps/" + strangeLamp + "/adopt", "/api/v1/unknown-lamps/{id}/adopt", `{"like":"JP-9999"}`, 404},
		{"POST", "/api/v1/unknown-lamps/" + strangeLamp + "/adopt", "/api/v1/unknown-lamps/{id}/adopt", `{"place":"x"}`, 400},
		{"POST", "/api/v1/unknown-lamps/" + wellLamp + "/adopt", "/api/v1/unknown-lamps/{id}/adopt", `{"like":"JP-0007"}`, 409},
		{"GET", "/api/v1/system", "/api/v1/system", "", 200},
		{"GET", "/readyz", "/readyz", "", 200},
	} {
		a := h.do(c.method, c.path, c.body, office)
		if a.status != c.status {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, a.status, c.status, a.body)
			continue
		}
		answers := doc.Paths.Value(c.pattern).GetOperation(c.method).Responses
		said := answers.Status(c.status)
		if said == nil {
			said = answers.Default()
		}
		var value any
		if err := json.Unmarshal([]byte(a.body), &value); err != nil {
			t.Errorf("%s %s: %v", c.method, c.path, err)
			continue
		}
		schema := said.Value.Content.Get("application/json").Schema.Value
		if err := schema.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
			t.Errorf("%s %s: %v\n%s", c.method, c.path, err, a.body)
		}
	}
}

// The examples are what people copy, so they must be right too.
func TestExamplesFitTheirSchemas(t *testing.T) {
	schemas := description(t).Components.Schemas
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		s := schemas[name].Value
		if s.Example == nil {
			continue
		}
		raw, err := json.Marshal(s.Example)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatal(err)
		}
		if err := s.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
			t.Errorf("example of %s: %v", name, err)
		}
	}
}

func TestWrongPathAndMethod(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		method, path, code string
		status             int
	}{
		{http.MethodGet, "/api/v1/nothing", "not_found", 404},
		{http.MethodPost, "/api/v1/town", "method_not_allowed", 405},
		{http.MethodGet, "/api/v1/tickets/1/take", "method_not_allowed", 405},
	} {
		a := h.do(c.method, c.path, "", nil)
		if a.status != c.status || !strings.Contains(a.body, `"`+c.code+`"`) || !strings.Contains(a.body, "message_zh") {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
}
