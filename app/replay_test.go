package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/ledger"
)

// counts waits until the ledger says so.
func (h *house) counts(want ledger.Count) {
	h.t.Helper()
	eventually(h.t, patience, fmt.Sprintf("the ledger says %+v", want), func() (bool, string) {
		a, err := h.tryLedger(false)
		return err == nil && a.Totals == want, fmt.Sprintf("%+v, %v", a.Totals, err)
	})
}

func tell[R any](h *house, verb string, query any) R {
	h.t.Helper()
	answer, err := app.Ask[R](h.t.Context(), h.data, verb, query)
	if err != nil {
		h.t.Fatalf("%s: %v", verb, err)
	}
	return answer
}

// A lamp that nobody registered is kept and listed, not stored; once adopted, what it
// sent is delivered with its own times, in another's place, and counted once.
func TestUnknownLampIsAdopted(t *testing.T) {
	h := newHouse(t, nil)
	h.ready()
	now := time.Now().UnixMilli()
	for i := range 3 {
		pub(t, h.addr.MQTT, "jiaping/lamps/NEW-1/telemetry", fmt.Sprintf(`{"ts":%d,"battery_v":12.%d}`, now-int64(i)*60_000, i))
	}
	h.counts(ledger.Count{Received: 3, Rejected: 3})
	waiting := tell[app.AdoptAnswer](h, "adopt", app.AdoptRequest{}).Waiting
	if len(waiting) != 1 || waiting[0].Lamp != "NEW-1" {
		t.Fatalf("waiting %+v", waiting)
	}
	h.down()
	h.up() // it is kept over a restart, and not delivered by it
	h.ready()
	if _, err := app.Ask[app.AdoptAnswer](t.Context(), h.data, "adopt", app.AdoptRequest{Lamp: "NEW-1", Like: "NO-SUCH"}); err == nil {
		t.Error("adopted like a lamp that is not there")
	}
	tell[app.AdoptAnswer](h, "adopt", app.AdoptRequest{Lamp: "NEW-1", Like: "JP-0007"})
	h.counts(ledger.Count{Received: 3, Stored: 3})
	pub(t, h.addr.MQTT, "jiaping/lamps/NEW-1/telemetry", fmt.Sprintf(`{"ts":%d,"battery_v":13}`, now+1000))
	if a := h.settled(4); a.Totals != (ledger.Count{Received: 4, Stored: 4}) || !a.Audit.Exact() {
		t.Errorf("%+v, %v", a.Totals, a.Audit)
	}
	if waiting := tell[app.AdoptAnswer](h, "adopt", app.AdoptRequest{}).Waiting; len(waiting) != 0 {
		t.Errorf("still waiting: %+v", waiting)
	}
	if _, err := app.Ask[app.AdoptAnswer](t.Context(), h.data, "adopt", app.AdoptRequest{Lamp: "NEW-1", Like: "JP-0007"}); err == nil {
		t.Error("adopted twice")
	}
}

const wrongProfile = `title: {zh: 试验, en: A controller in millivolts}
topics: ["mill/{lamp}/telemetry"]
time: {path: ts}
lamp: [$lamp]
fields:
  battery_v: mv
examples:
  - name: one
    topic: mill/JP-0001/telemetry
    payload: '{"ts":1767268800000,"mv":12}'
    readings:
      - {lamp: JP-0001, ts: "2026-01-01T20:00:00+08:00", battery_v: 12}
`

// A message that its profile could not read is taken once the profile is mended:
// with the time at which it came, by the ledger from rejected to stored, once.
func TestRejectedIsReplayedAfterAProfileIsMended(t *testing.T) {
	profiles := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(profiles, "mill.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(wrongProfile)
	h := newHouse(t, map[string]string{"ingest.profiles": profiles})
	h.ready()
	sent := time.Now().UnixMilli()
	pub(t, h.addr.MQTT, "mill/JP-0001/telemetry", fmt.Sprintf(`{"ts":%d,"mv":12900}`, sent))
	pub(t, h.addr.MQTT, "mill/JP-0001/telemetry", `{"ts":"never","mv":12900}`)
	h.counts(ledger.Count{Received: 2, Rejected: 2})

	still := tell[app.ReplayAnswer](h, "replay", app.ReplayRequest{All: true})
	if still.Replayed != 0 || len(still.Still) != 2 {
		t.Fatalf("replayed by the wrong profile: %+v", still)
	}
	h.down()
	mended := strings.Replace(wrongProfile, "battery_v: mv", "battery_v: {path: mv, scale: 0.001}", 1)
	write(strings.Replace(mended, `"mv":12}`, `"mv":12000}`, 1))
	h.up()
	h.ready()
	first := tell[app.ReplayAnswer](h, "replay", app.ReplayRequest{All: true})
	if first.Replayed != 1 || first.Readings != 1 || len(first.Still) != 1 {
		t.Fatalf("first replay: %+v", first)
	}
	h.counts(ledger.Count{Received: 2, Stored: 1, Rejected: 1})
	again := tell[app.ReplayAnswer](h, "replay", app.ReplayRequest{Lamp: "JP-0001"})
	if again.Replayed != 0 || again.Before != 1 {
		t.Errorf("second replay: %+v", again)
	}
	a := h.settled(1)
	if a.Totals != (ledger.Count{Received: 2, Stored: 1, Rejected: 1}) || !a.Audit.Exact() {
		t.Errorf("%+v, %v", a.Totals, a.Audit)
	}
	var page lampPage
	if _, err := h.get("/api/v1/lamps/JP-0001", &page); err != nil || page.Reading == nil || page.Reading.TS != sent || page.Reading.Values["battery_v"] != 12.9 {
		t.Errorf("the lamp's page: %+v, %v", page, err)
	}
	list := tell[[]journal.Rejected](h, "rejected", app.RejectedRequest{Limit: 10})
	one := tell[[]journal.Rejected](h, "rejected", app.RejectedRequest{Seq: list[0].Seq})
	if len(list) != 2 || one[0].ID != list[0].ID || one[0].Topic != "mill/JP-0001/telemetry" {
		t.Errorf("list %+v, one %+v", list, one)
	}
}
