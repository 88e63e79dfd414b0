package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/configs/jiaping"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/ledger"
	"github.com/yingguang/yingguang/registry"
	"github.com/yingguang/yingguang/series"
)

// The people of the sample town that tests are.
const (
	anOfficer   = "O-01"
	aVolunteer  = "V-16"
	another     = "V-28"
	aResident   = "R-01"
	faultyLamp  = "JP-0007"
	wellLamp    = "JP-0001"
	strangeLamp = "XX-1"
)

// house is the sample town with a real registry and journal behind the pages.
type house struct {
	t       *testing.T
	db      *registry.DB
	journal *journal.Journal
	server  *Server
	front   *httptest.Server
	log     *bytes.Buffer
	metrics *prometheus.Registry
	seq     uint64
}

func open(t *testing.T, change ...func(*Config)) *house {
	t.Helper()
	h := &house{t: t, log: &bytes.Buffer{}, metrics: prometheus.NewRegistry()}
	var err error
	if h.db, err = registry.Open(t.Context(), filepath.Join(t.TempDir(), "town.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.db.Close() })
	files, err := registry.OpenFolder(jiaping.Files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.db.Import(t.Context(), files, registry.Options{}); err != nil {
		t.Fatal(err)
	}
	if h.journal, err = journal.Open(t.Context(), journal.Config{Dir: t.TempDir(), SyncInterval: time.Second, MaxBytes: 64 << 20, RejectedMaxBytes: 8 << 20}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.journal.Close(context.Background()) })
	cfg := Config{
		Registry: h.db, Journal: h.journal, Series: fakeSeries{}, Ledger: fakeLedger{}, Town: Town{"jiaping", "嘉平镇"}, Public: true,
		Dispatcher: alerts.NewDispatcher(alerts.DispatcherConfig{Roster: h.db}), Clock: clock.Real{}, Version: "test",
		Log: slog.New(slog.NewTextHandler(h.log, nil)), Registerer: h.metrics, Gatherer: h.metrics,
		Ready: func(context.Context) []RoomState { return []RoomState{{Name: "journal", Ready: true}} },
	}
	for _, f := range change {
		f(&cfg)
	}
	if h.server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	h.front = httptest.NewServer(h.server.Handler())
	t.Cleanup(h.front.Close)
	return h
}

// run starts the live view and gives what ends it.
func (h *house) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.server.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("Run ended with %v", err)
		}
	}
	h.t.Cleanup(stop)
	return stop
}

// login gives the session cookie of a person, got the way people get it.
func (h *house) login(who device.PersonID) *http.Cookie {
	h.t.Helper()
	link, err := h.server.LoginLink(h.t.Context(), who)
	if err != nil {
		h.t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		h.t.Fatal(err)
	}
	answer := h.do(http.MethodGet, u.Path+"?"+u.RawQuery, "", nil)
	for _, c := range answer.cookies {
		if c.Name == cookieName {
			return c
		}
	}
	h.t.Fatalf("no cookie for %s: %d %s", who, answer.status, answer.body)
	return nil
}

type answer struct {
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    string
}

func (h *house) do(method, path, body string, cookie *http.Cookie, edit ...func(*http.Request)) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.front.URL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	for _, f := range edit {
		f(r)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, resp.Cookies(), string(data)}
}

// get decodes the answer of a GET that must succeed.
func get[T any](h *house, path string, cookie *http.Cookie) T {
	h.t.Helper()
	var out T
	a := h.do(http.MethodGet, path, "", cookie)
	if a.status != http.StatusOK {
		h.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		h.t.Fatal(err)
	}
	return out
}

// publish puts readings where ingest would.
func (h *house) publish(readings ...device.Reading) {
	h.t.Helper()
	if _, err := h.journal.Append(h.t.Context(), &journal.Block{Readings: readings}); err != nil {
		h.t.Fatal(err)
	}
}

func reading(lamp device.LampID, at device.Millis, volts, watts float64) device.Reading {
	r := device.Reading{Lamp: lamp, SentTS: at, Received: at}
	r.Set(device.BatteryV, volts)
	r.Set(device.LoadW, watts)
	r.Set(device.ChargeState, 3)
	r.Place()
	return r
}

// commit writes what alerts would.
func (h *house) commit(c alerts.Checkpoint) {
	h.t.Helper()
	h.seq++
	c.Position = journal.Position{Created: 1, Seq: h.seq}
	if err := h.db.Commit(h.t.Context(), c); err != nil {
		h.t.Fatal(err)
	}
}

// breakLamp makes a dark lamp with an alert, a ticket for two volunteers and a notice to one.
func (h *house) breakLamp(lamp device.LampID) (ticket int64) {
	h.t.Helper()
	now := h.server.cfg.now()
	info, _ := h.db.Lamp(lamp)
	subject := device.LampSubject(lamp)
	state := alerts.LampState{Last: reading(lamp, now-60_000, 12.9, 0), LastSeen: now - 60_000, Known: true}
	h.commit(alerts.Checkpoint{
		Lamps: []alerts.LampState{state},
		Changes: []alerts.Change{{At: now, Alert: alerts.Alert{
			ID: "a-" + string(lamp), Fault: device.LampDark, Subject: subject, State: alerts.Firing, Since: now - 900_000, FiredAt: now,
			Detail: map[string]any{"load_w": 0.0, "lamp_on": true},
		}}},
		Tickets: []alerts.TicketChange{{
			Ticket: alerts.Ticket{
				Subject: subject, Place: info.Place.ID, Village: info.Place.Village, State: alerts.TicketOpen, Faults: []device.Fault{device.LampDark},
				AlertIDs: []string{"a-" + string(lamp)}, Asked: []device.PersonID{aVolunteer, another}, AskedAt: now, RaisedAt: now,
			},
			Notices: []alerts.Notice{{Person: aVolunteer, Subject: subject, Kind: alerts.NoticeRaised, Title: "灯不亮", Text: "请去看", CreatedAt: now}},
		}},
		Nights: []device.NightLight{{
			Lamp: lamp, Night: "2026-11-22", Dusk: now - 80_000_000, Dawn: now - 34_000_000, LitS: 36_000, ExpectedS: 43_200, ObservedS: 46_000,
			Switches: 2, SoCMin: math.NaN(), Readings: 150,
		}},
	})
	open, err := h.db.OpenTickets(h.t.Context())
	if err != nil || len(open) == 0 {
		h.t.Fatal(open, err)
	}
	return open[len(open)-1].ID
}

// following waits until the live view reads the journal: what came before is for
// the seed from SQL, which nobody writes here.
func (h *house) following() {
	h.t.Helper()
	h.until("the journal is followed", func() bool {
		h.publish(reading(strangeLamp+"0", h.server.cfg.now(), 12.5, 20))
		_, ok := h.server.live.get(strangeLamp + "0")
		return ok
	})
}

// until polls for what must come within a minute, for a machine that does much else.
func (h *house) until(what string, ok func() bool) {
	h.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	h.t.Fatalf("not within a minute: %s", what)
}

type fakeSeries struct{ err error }

func (f fakeSeries) Lamp(_ context.Context, q series.LampQuery) ([]series.Point, time.Duration, error) {
	values := make([]float64, len(q.Fields))
	for i := range values {
		values[i] = 13.00049
	}
	gap := append([]float64(nil), values...)
	gap[0] = math.NaN()
	return []series.Point{{T: q.From, Values: values}, {T: q.From.Add(5 * time.Minute), Values: gap}}, 5 * time.Minute, f.err
}

type fakeLedger struct{}

var someCount = ledger.Count{Received: 10, Stored: 5, Waiting: 3, Duplicate: 1, Rejected: 1}

func (fakeLedger) Totals(context.Context) (ledger.Count, error) { return someCount, nil }

func (fakeLedger) Gaps(context.Context, device.LampID, string, int) ([]ledger.Gap, error) {
	return []ledger.Gap{{Lamp: "JP-0001", Day: "2026-01-04", Boot: 1, From: 4, To: 6, After: 1767520800000, Before: 1767523200000}}, nil
}

func (fakeLedger) Days(context.Context, int) ([]ledger.Day, error) {
	return []ledger.Day{{Day: "2026-11-23", Lamps: 2, Count: someCount}}, nil
}
