package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/ledger"
	"github.com/yingguang/yingguang/series/influxd"
)

// ownInflux starts an InfluxDB that the test may change behind the system's back.
func ownInflux(t *testing.T) string {
	t.Helper()
	needInflux(t)
	child, err := influxd.Start(t.Context(), influxd.Config{Dir: t.TempDir(), Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { child.Close(context.Background()) })
	<-child.Ready()
	return child.URL()
}

// What is published twice is stored once, what is missing is listed, and the audit
// finds a single point that InfluxDB has and no lamp sent.
func TestLedgerAuditFindsOnePointTooMany(t *testing.T) {
	influx := ownInflux(t)
	h := newHouse(t, map[string]string{"influxdb.url": influx})
	h.ready()
	first := time.Now().Add(-10 * time.Minute).UnixMilli()
	send := func(lamp string, minute, seq int) {
		pub(t, h.addr.MQTT, "jiaping/lamps/"+lamp+"/telemetry",
			fmt.Sprintf(`{"ts":%d,"boot":1,"seq":%d,"battery_v":12.%d}`, first+int64(minute)*60_000, seq, minute))
	}
	send("JP-0001", 0, 1)
	send("JP-0001", 1, 2)
	send("JP-0002", 0, 7)
	send("JP-0001", 1, 2)
	send("JP-0001", 5, 6)
	a := h.settled(4)
	if want := (ledger.Count{Received: 5, Stored: 4, Duplicate: 1}); a.Totals != want || !a.Audit.Exact() || a.Audit.InfluxDB != 4 {
		t.Errorf("%+v, audit %v, want %+v and 4 in InfluxDB", a.Totals, a.Audit, want)
	}
	a, err := app.Ask[app.LedgerAnswer](t.Context(), h.data, "ledger", app.LedgerRequest{Gaps: true})
	if err != nil || len(a.Gaps) != 1 || a.Gaps[0].Lamp != "JP-0001" || a.Gaps[0].From != 3 || a.Gaps[0].To != 5 || a.Gaps[0].Lost() != 3 {
		t.Errorf("gaps %+v, days %+v, %v; want 3 to 5 of JP-0001", a.Gaps, a.Days, err)
	}

	// A point that no lamp sent.
	point := fmt.Sprintf("status,lamp=JP-0002 received_ms=1i %d", (first+1)*1_000_000)
	res, err := http.Post(influx+"/write?db=yingguang", "text/plain", strings.NewReader(point))
	if err != nil || res.StatusCode != http.StatusNoContent {
		t.Fatal(err, res)
	}
	res.Body.Close()
	a = h.ledger(true)
	day := time.UnixMilli(first + 1).In(time.FixedZone("CST", 8*3600)).Format(time.DateOnly)
	want := []ledger.Difference{{Lamp: "JP-0002", Day: day, Stored: 1, InfluxDB: 2}}
	if diff := cmp.Diff(want, a.Audit.Differences); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}
