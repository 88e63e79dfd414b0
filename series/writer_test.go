package series

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/influxdata/influxdb-client-go/v2/api/query"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
)

// house is a journal and a registry for a writer to work between.
type house struct {
	t       *testing.T
	journal *journal.Journal
	db      *registry.DB
	log     *lockedBuffer
	last    journal.Position
}

func newHouse(t *testing.T) *house {
	t.Helper()
	j, err := journal.Open(t.Context(), journal.Config{
		Dir: t.TempDir(), SyncInterval: time.Minute, MaxBytes: 256 << 20, RejectedMaxBytes: 16 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close(context.Background()) })
	db, err := registry.Open(t.Context(), filepath.Join(t.TempDir(), "registry.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &house{t: t, journal: j, db: db, log: &lockedBuffer{}}
}

func (h *house) append(b *journal.Block) {
	h.t.Helper()
	p, err := h.journal.Append(h.t.Context(), b)
	if err != nil {
		h.t.Fatal(err)
	}
	h.last = p
}

// start runs a writer until stop is called, or the test ends.
func (h *house) start(c *Client) (w *Writer, stop func()) {
	h.t.Helper()
	w = NewWriter(WriterConfig{
		Client: c, Journal: h.journal, SQL: h.db.SQL(), Log: slog.New(slog.NewTextHandler(h.log, nil)),
	})
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("Run: %v", err)
		}
	})
	h.t.Cleanup(stop)
	return w, stop
}

// written runs a writer until it has committed everything that was appended.
func (h *house) written(c *Client) *Writer {
	h.t.Helper()
	w, stop := h.start(c)
	h.wait("everything is committed", func() bool { return w.Status().Position == h.last })
	stop()
	return w
}

func (h *house) wait(what string, cond func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("not within 90 s: %s\n%s", what, h.log)
		}
	}
}

// refusedRows is the table series_refused: seq:idx lamp.
func (h *house) refusedRows() map[string]string {
	h.t.Helper()
	rows, err := h.db.Reads().QueryContext(h.t.Context(), "SELECT seq, idx, lamp, reason FROM series_refused")
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var seq, idx int64
		var lamp, reason string
		if err := rows.Scan(&seq, &idx, &lamp, &reason); err != nil {
			h.t.Fatal(err)
		}
		all[fmt.Sprintf("%d:%d %s", seq, idx, lamp)] = reason
	}
	return all
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// everything is all that the bucket holds: "measurement lamp field time" to value.
func everything(t *testing.T, c *Client) map[string]any {
	t.Helper()
	all := map[string]any{}
	flux := rangeOf(c.server.Bucket, 0, farFuture)
	err := c.each(t.Context(), flux, func(r *query.FluxRecord) error {
		all[fmt.Sprintf("%s %v %s %d", r.Measurement(), r.ValueByKey("lamp"), r.Field(), r.Time().UnixNano())] = r.Value()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const farFuture = device.Millis(4102444800000) // 2100-01-01

// stamp is a time that every retention of these tests keeps.
func stamp() device.Millis { return device.MillisOf(time.Now().Add(-10 * time.Minute)) }

// simple is a reading of one value.
func simple(lamp device.LampID, ts device.Millis, volt float64) device.Reading {
	r := device.Reading{Lamp: lamp, TS: ts, SentTS: ts, Received: ts + 1000}
	r.Set(device.BatteryV, volt)
	return r
}

func TestEveryFieldIsStored(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		full := fullReading("JP-0001", stamp())
		full.Firmware = "v1\t\"ß\" \\\n灯"
		h.append(&journal.Block{Observing: true})
		h.append(&journal.Block{Readings: []device.Reading{full, simple("JP-0002", full.TS, 12.5)}})
		h.append(&journal.Block{Statuses: []device.Status{{Subject: device.LampSubject("JP-0001"), Online: true}}})
		h.written(c)

		want := map[string]any{}
		put := func(measurement string, r *device.Reading, field string, v any) {
			want[fmt.Sprintf("%s %s %s %d", measurement, r.Lamp, field, r.PointNanos())] = v
		}
		for f := range device.NumFields {
			spec := &device.Fields[f]
			v, _ := full.Get(f)
			switch spec.Kind {
			case device.Bool:
				put(spec.Series, &full, spec.Name, v != 0)
			case device.Enum:
				put(spec.Series, &full, spec.Name, spec.Words[int(v)])
			default:
				put(spec.Series, &full, spec.Name, v)
			}
		}
		put("status", &full, "received_ms", int64(full.Received))
		put("status", &full, "boot", int64(full.Boot))
		put("status", &full, "seq", int64(full.Seq))
		put("status", &full, "fw", full.Firmware)
		put("status", &full, "faults", strings.Join(full.Faults, ","))
		two := simple("JP-0002", full.TS, 12.5)
		put("battery", &two, "battery_v", 12.5)
		put("status", &two, "received_ms", int64(two.Received))
		got := everything(t, c)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("stored (-want +got):\n%s", diff)
		}

		// All of it again, as after a kill before the position was saved.
		if _, err := h.db.SQL().ExecContext(t.Context(), "DELETE FROM consumer_position WHERE consumer = 'series'"); err != nil {
			t.Fatal(err)
		}
		h.written(c)
		if diff := cmp.Diff(want, everything(t, c)); diff != "" {
			t.Errorf("written twice (-want +got):\n%s", diff)
		}
	})
}

func TestOneLampOneTimeTwoReadings(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		ts := stamp()
		a, b := simple("JP-0001", ts, 12.5), simple("JP-0001", ts, 12.6)
		h.append(&journal.Block{Readings: []device.Reading{a, b}})
		h.append(&journal.Block{Readings: []device.Reading{b, a}}) // both once more
		h.written(c)
		n, err := c.Count(t.Context(), "JP-0001", ts, ts+1)
		if err != nil || n != 2 {
			t.Errorf("%d readings, %v, want 2", n, err)
		}
	})
}

func TestConflictIsRefusedAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		ts := stamp()
		// Somebody else has written texts where we write numbers: these fields conflict in this shard.
		line := fmt.Sprintf("battery,lamp=X battery_temp_c=\"warm\" %d\nstatus,lamp=X tilt_deg=\"askew\" %d", int64(ts)*1e6, int64(ts)*1e6)
		if err := c.write(t.Context(), []byte(line)); err != nil {
			t.Fatal(err)
		}
		const n = 1000
		var want []string
		for at := 0; at < n; {
			var block journal.Block
			for i := range 100 {
				r := simple(device.LampID(fmt.Sprintf("JP-%04d", at)), ts+device.Millis(at), 12)
				r.Set(device.PanelW, 40)
				switch at {
				case 137: // its lines of panel and status can be stored
					r.Set(device.BatteryTemp, 20.5)
				case 803: // its lines of battery and panel can be stored
					r.Set(device.Tilt, 3)
				}
				if r.Has(device.BatteryTemp) || r.Has(device.Tilt) {
					want = append(want, fmt.Sprintf("%d:%d %s", h.last.Seq+1, i, r.Lamp))
				}
				block.Readings = append(block.Readings, r)
				at++
			}
			h.append(&block)
		}
		w := h.written(c)

		counts, err := c.CountByLamp(t.Context(), ts, ts+n)
		if err != nil {
			t.Fatal(err)
		}
		if len(counts) != n-2 || counts["JP-0137"] != 0 || counts["JP-0803"] != 0 || counts["JP-0138"] != 1 {
			t.Errorf("%d lamps have readings, %v, want %d without the bad ones", len(counts), counts["JP-0137"]+counts["JP-0803"], n-2)
		}
		for key := range everything(t, c) {
			if strings.Contains(key, "JP-0137") || strings.Contains(key, "JP-0803") {
				t.Errorf("a part of a refused reading is stored: %s", key)
			}
		}
		rows := h.refusedRows()
		for _, key := range want {
			if !strings.Contains(rows[key], "field type conflict") {
				t.Errorf("series_refused has %q for %s", rows[key], key)
			}
		}
		if len(rows) != len(want) {
			t.Errorf("series_refused: %v, want %v", rows, want)
		}
		list, err := h.journal.RejectedList(t.Context(), 0, 10)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d in the rejected stream, %v, want 2", len(list), err)
		}
		for _, r := range list {
			var body map[string]any
			if err := json.Unmarshal(r.Payload, &body); err != nil || body["battery_v"] != 12.0 {
				t.Errorf("payload %s: %v", r.Payload, err)
			}
			if r.Reason != ReasonRefused || r.Readings != 1 || !strings.Contains(r.Text, "field type conflict") || r.Received == 0 || len(r.SHA256) != 64 {
				t.Errorf("rejected: %+v", r)
			}
		}
		if st := w.Status(); st.Stored != n-2 || st.Refused != 2 || !st.Ready {
			t.Errorf("status %+v", st)
		}
	})
}

func TestBeyondRetentionIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 48*time.Hour)
		h := newHouse(t)
		now, old := stamp(), stamp().Add(-100*24*time.Hour)
		var block journal.Block
		for i := range 2000 {
			r := simple("JP-0001", now-device.Millis(i), 12)
			if i%4 == 3 {
				r = simple("JP-0002", old-device.Millis(i), 12)
			}
			block.Readings = append(block.Readings, r)
		}
		h.append(&block)
		h.append(&journal.Block{Nights: []device.NightLight{{Lamp: "JP-0001", Night: "2020-01-01", Dusk: old}}})
		h.append(&journal.Block{Readings: []device.Reading{simple("JP-0003", now, 12)}})
		w := h.written(c)
		counts, err := c.CountByLamp(t.Context(), 0, farFuture)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[device.LampID]int64{"JP-0001": 1500, "JP-0003": 1}, counts); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		rows := h.refusedRows()
		if len(rows) != 500 || !strings.Contains(rows["1:3 JP-0002"], "retention policy") {
			t.Errorf("%d rows, of the first %q, want 500 with InfluxDB's words", len(rows), rows["1:3 JP-0002"])
		}
		if st := w.Status(); st.Stored != 1501 || st.Refused != 500 {
			t.Errorf("status %+v", st)
		}
		if !strings.Contains(h.log.String(), "refused a night") {
			t.Errorf("the refused night is not in the log:\n%s", h.log)
		}
	})
}

func TestInfluxDBKilledInTheMiddle(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		ts := stamp()
		s.kill()
		w, stop := h.start(c) // waits for InfluxDB
		const blocks, each = 120, 500
		for i := range blocks {
			var b journal.Block
			for k := range each {
				b.Readings = append(b.Readings, simple(device.LampID(fmt.Sprintf("JP-%04d", k)), ts+device.Millis(i), 12))
			}
			h.append(&b)
		}
		h.wait("the outage shows", func() bool { st := w.Status(); return !st.Ready && st.Failing != "" })
		s.revive()
		h.wait("some are stored", func() bool { return w.Status().Stored >= 5000 })
		s.kill()
		s.revive()
		h.wait("everything is committed", func() bool { return w.Status().Position == h.last })
		stop()
		n, err := c.Count(t.Context(), "", ts, ts+blocks)
		if err != nil || n != blocks*each {
			t.Errorf("%d readings, %v, want %d", n, err, blocks*each)
		}
		if len(h.refusedRows()) > 0 {
			t.Errorf("refused: %v", h.refusedRows())
		}
		if said := strings.Count(h.log.String(), "does not take readings"); said > 3 {
			t.Errorf("the outages are in the log %d times:\n%s", said, h.log)
		}
	})
}

func TestNightsAreStored(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		dusk := stamp()
		first := device.NightLight{
			Lamp: "JP-0001", Night: "2026-01-01", Dusk: dusk - 24*3600_000, Dawn: dusk - 12*3600_000, LitS: 36123.457, ExpectedS: 40000,
			ObservedS: 39999.5, Switches: 2, SoCMin: 41.25, Readings: 130,
		}
		second := device.NightLight{Lamp: "JP-0001", Night: "2026-01-02", Dusk: dusk, Dawn: dusk + 12*3600_000, SoCMin: math.NaN(), Readings: 1}
		revised := second
		revised.LitS, revised.Readings = 100, 2
		other := device.NightLight{Lamp: "JP-0002", Dusk: dusk, SoCMin: 3}
		h.append(&journal.Block{Nights: []device.NightLight{second, other}})
		h.append(&journal.Block{Nights: []device.NightLight{first, revised}}) // late data came
		h.written(c)
		got, err := c.Nights(t.Context(), "JP-0001", 0, farFuture)
		if err != nil {
			t.Fatal(err)
		}
		nan := cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })
		if diff := cmp.Diff([]device.NightLight{first, revised}, got, nan); diff != "" {
			t.Errorf("nights (-want +got):\n%s", diff)
		}
	})
}

func TestMetricsAreNamedWell(t *testing.T) {
	reg := prometheus.NewRegistry()
	NewWriter(WriterConfig{Registerer: reg})
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}
