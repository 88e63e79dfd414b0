package registry

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

const stream = 1_700_000_000_000_000_000

func reading(lamp device.LampID, ts device.Millis, volts float64) device.Reading {
	r := device.Reading{Lamp: lamp, TS: ts, SentTS: ts, Received: ts + 500, HasSeq: true, Boot: 3, Seq: 9, Firmware: "1.2", Faults: []string{"E01"}, Gateway: "GW-01"}
	r.Set(device.BatteryV, volts)
	r.Set(device.LampOn, 1)
	r.Set(device.ChargeState, 2)
	return r
}

// checkpoint is one of everything, decided at the record seq of the journal.
func checkpoint(seq uint64) alerts.Checkpoint {
	at := device.Millis(1_764_000_000_000)
	alert := alerts.Alert{
		ID: "lamp_dark/A/1", Fault: device.LampDark, Subject: "lamp:A", State: alerts.Firing, Since: at - 1000, FiredAt: at,
		Detail: map[string]any{"load_w": 0.5, "lamp_on": true, "mode": "normal"},
	}
	return alerts.Checkpoint{
		Position: journal.Position{Created: stream, Seq: seq},
		Engine:   map[string][]byte{"lamp/A": {1, 0, 255}, "town": []byte("{}")},
		Lamps:    []alerts.LampState{{Last: reading("A", at, 12.8), LastSeen: at + 500, Lit: true, Known: true}},
		Changes:  []alerts.Change{{At: at, Alert: alert}},
		Tickets: []alerts.TicketChange{{
			Ticket: alerts.Ticket{
				Subject: "lamp:A", Place: "甲院", Village: "甲村", State: alerts.TicketOpen, Faults: []device.Fault{device.LampDark},
				AlertIDs: []string{alert.ID}, Asked: []device.PersonID{"V", "U"}, AskedAt: at, RaisedAt: at,
			},
			Notices: []alerts.Notice{
				{Key: "lamp_dark/A/1/raised/V", Person: "V", Subject: "lamp:A", Kind: alerts.NoticeRaised, Title: "甲院的灯不亮", Text: "…", CreatedAt: at},
				{Key: "lamp_dark/A/1/known/R", Person: "R", Subject: "lamp:A", Kind: alerts.NoticeKnown, Title: "已知", Text: "…", CreatedAt: at},
			},
		}},
		Nights: []device.NightLight{
			{Lamp: "A", Night: "2026-11-22", Dusk: at - 9e6, Dawn: at, LitS: 3600, ExpectedS: 7200, ObservedS: 7200, Switches: 2, SoCMin: 41.5, Readings: 120, LitUntil: at - 5e6, EndSeen: true, PromisedUntil: at - 4e6, DepthPct: 33.5},
			{Lamp: "B", Night: "2026-11-22", Dusk: at - 9e6, Dawn: at, SoCMin: math.NaN(), DepthPct: math.NaN()},
		},
	}
}

// everything that checkpoints leave behind, for comparing.
func dump(t *testing.T, db *DB) string {
	t.Helper()
	var b strings.Builder
	for _, table := range []string{"consumer_position", "engine_state", "lamp_state", "alert", "ticket", "ticket_asked", "notice", "night"} {
		rows, err := db.SQL().Query(`SELECT * FROM ` + table + ` ORDER BY 1, 2`)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(&b, table)
			for i, v := range values {
				fmt.Fprintf(&b, " %s=%v", columns[i], *v.(*any))
			}
			b.WriteString("\n")
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func commit(t *testing.T, db *DB, c alerts.Checkpoint) {
	t.Helper()
	if err := db.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func TestCommitAndLoad(t *testing.T) {
	db := openTest(t)
	loaded, err := db.Load(t.Context())
	if err != nil || loaded.Position != (journal.Position{}) || len(loaded.Engine) != 0 {
		t.Fatalf("before the first commit: %+v, %v", loaded, err)
	}
	c := checkpoint(7)
	commit(t, db, c)
	loaded, err = db.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(alerts.Loaded{Position: c.Position, Engine: c.Engine}, loaded); diff != "" {
		t.Error(diff)
	}
	want := c.Tickets[0].Ticket
	want.ID, want.Told = 1, []device.PersonID{"R", "V"}
	open, err := db.OpenTickets(t.Context())
	if diff := cmp.Diff([]alerts.Ticket{want}, open); diff != "" || err != nil {
		t.Error(diff, err)
	}
	state, ok, err := db.LampState(t.Context(), "A")
	if diff := cmp.Diff(c.Lamps[0], state, cmp.AllowUnexported(device.Reading{})); diff != "" || !ok || err != nil {
		t.Error(diff, ok, err)
	}
	firing, err := db.FiringAlerts(t.Context())
	if diff := cmp.Diff([]alerts.Alert{c.Changes[0].Alert}, firing); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for i, lamp := range []device.LampID{"A", "B"} {
		nights, err := db.Nights(t.Context(), lamp, "2026-11-01", 10)
		if diff := cmp.Diff(c.Nights[i:i+1], nights, cmpopts.EquateNaNs()); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	inbox, err := db.Inbox(t.Context(), "V", 0, 10)
	if err != nil || len(inbox) != 1 || inbox[0].Ticket != 1 || inbox[0].Title != "甲院的灯不亮" {
		t.Errorf("inbox of V: %+v, %v", inbox, err)
	}
	// A key with no value goes away.
	commit(t, db, alerts.Checkpoint{Position: journal.Position{Created: stream, Seq: 8}, Engine: map[string][]byte{"lamp/A": nil}})
	if loaded, err = db.Load(t.Context()); err != nil || len(loaded.Engine) != 1 || loaded.Position.Seq != 8 {
		t.Errorf("after removing a key: %+v, %v", loaded, err)
	}
}

// A process killed after the commit and before it could know commits again.
func TestCommitAgainChangesNothing(t *testing.T) {
	db := openTest(t)
	commit(t, db, checkpoint(7))
	want := dump(t, db)
	commit(t, db, checkpoint(7))
	if diff := cmp.Diff(want, dump(t, db)); diff != "" {
		t.Error(diff)
	}
}

func TestCommitDoesNotGoBack(t *testing.T) {
	db := openTest(t)
	commit(t, db, checkpoint(7))
	if err := db.Commit(t.Context(), checkpoint(6)); err == nil || !strings.Contains(err.Error(), "position 6 is before 7") {
		t.Errorf("got %v", err)
	}
	other := alerts.Checkpoint{Position: journal.Position{Created: stream + 1, Seq: 1}}
	if err := db.Commit(t.Context(), other); err != nil {
		t.Errorf("a new stream begins at 1: %v", err)
	}
}

// Whatever statement of a commit fails, and whenever its context ends, nothing
// of it is there afterwards.
func TestCommitIsWhole(t *testing.T) {
	for _, table := range []string{"consumer_position", "engine_state", "lamp_state", "alert", "ticket", "ticket_asked", "notice", "night"} {
		t.Run(table, func(t *testing.T) {
			db := openTest(t)
			commit(t, db, alerts.Checkpoint{Position: journal.Position{Created: stream, Seq: 1}})
			if _, err := db.SQL().Exec(`CREATE TRIGGER fault BEFORE INSERT ON ` + table + ` BEGIN SELECT RAISE(ABORT, 'disk full'); END`); err != nil {
				t.Fatal(err)
			}
			want := dump(t, db)
			if err := db.Commit(t.Context(), checkpoint(7)); err == nil || !strings.Contains(err.Error(), "disk full") {
				t.Fatalf("got %v; want the fault", err)
			}
			if diff := cmp.Diff(want, dump(t, db)); diff != "" {
				t.Error("half of it was written:", diff)
			}
			if _, err := db.SQL().Exec(`DROP TRIGGER fault`); err != nil {
				t.Fatal(err)
			}
			commit(t, db, checkpoint(7))
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		db := openTest(t)
		commit(t, db, alerts.Checkpoint{Position: journal.Position{Created: stream, Seq: 1}})
		want := dump(t, db)
		// The context ends at each place where Commit looks at it, one after the other.
		for n := 1; ; n++ {
			ctx := &endingContext{Context: t.Context(), left: n, done: make(chan struct{})}
			err := db.Commit(ctx, checkpoint(7))
			if err == nil {
				if n < 5 {
					t.Errorf("Commit looked at its context %d times only", n)
				}
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, dump(t, db)); diff != "" {
				t.Fatalf("ended at look %d: %s", n, diff)
			}
		}
		if diff := cmp.Diff(want, dump(t, db)); diff == "" {
			t.Error("the last one was not written")
		}
	})
}

// endingContext is cancelled when it has been asked for its end a number of times.
type endingContext struct {
	context.Context
	mu   sync.Mutex
	left int
	done chan struct{}
}

func (c *endingContext) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left == 0 {
		close(c.done)
	}
}

func (c *endingContext) Done() <-chan struct{} {
	c.look()
	return c.done
}

func (c *endingContext) Err() error {
	select {
	case <-c.done:
		return context.Canceled
	default:
		return nil
	}
}

func TestNewerLampStateWins(t *testing.T) {
	db := openTest(t)
	at := device.Millis(1_764_000_000_000)
	states := func(seq uint64, s ...alerts.LampState) {
		commit(t, db, alerts.Checkpoint{Position: journal.Position{Created: stream, Seq: seq}, Lamps: s})
	}
	states(1, alerts.LampState{Last: reading("A", at, 12.8), LastSeen: at, Lit: true, Known: true})
	// Backfill from before, received now: the lamp lives, but its battery was another then.
	states(2, alerts.LampState{Last: reading("A", at-1000, 11.0), LastSeen: at + 9000})
	got, _, err := db.LampState(t.Context(), "A")
	if err != nil || got.Last.Value(device.BatteryV) != 12.8 || got.LastSeen != at+9000 || !got.Lit || !got.Known {
		t.Errorf("after backfill: %+v, %v", got, err)
	}
	states(3, alerts.LampState{Last: reading("A", at+1000, 12.5), LastSeen: at + 1000})
	got, _, err = db.LampState(t.Context(), "A")
	if err != nil || got.Last.Value(device.BatteryV) != 12.5 || got.LastSeen != at+9000 || got.Known {
		t.Errorf("after the newer one: %+v, %v", got, err)
	}
}

func TestNewestAlertChangeWins(t *testing.T) {
	db := openTest(t)
	c := checkpoint(1)
	commit(t, db, c)
	resolved := c.Changes[0]
	resolved.At += 1000
	resolved.Alert.State, resolved.Alert.EndedAt = alerts.Resolved, resolved.At
	commit(t, db, alerts.Checkpoint{Position: journal.Position{Created: stream, Seq: 2}, Changes: []alerts.Change{resolved}})
	commit(t, db, alerts.Checkpoint{Position: journal.Position{Created: stream, Seq: 2}, Changes: c.Changes})
	got, err := db.AlertsOn(t.Context(), "lamp:A", 10)
	if err != nil || len(got) != 1 || got[0].State != alerts.Resolved || got[0].EndedAt != resolved.At {
		t.Errorf("got %+v, %v; want the resolved one", got, err)
	}
	if firing, _ := db.FiringAlerts(t.Context()); len(firing) != 0 {
		t.Errorf("still firing: %+v", firing)
	}
}

func TestLampViews(t *testing.T) {
	db := openTest(t)
	if _, err := db.Import(t.Context(), files(twoLamps, twoPeople, twoDuties), Options{}); err != nil {
		t.Fatal(err)
	}
	c := checkpoint(1)
	c.Lamps = append(c.Lamps, alerts.LampState{Last: reading("X", 1_764_000_000_000, 12), LastSeen: 1_764_000_000_000})
	commit(t, db, c)
	views, err := db.LampViews(t.Context())
	if err != nil || len(views) != 3 {
		t.Fatal(views, err)
	}
	a, b, x := views[0], views[1], views[2]
	if !a.Registered || !a.Reported || !a.State.Lit || len(a.Firing) != 1 || !slices.Equal(a.Tickets, []int64{1}) {
		t.Errorf("A: %+v", a)
	}
	if !b.Registered || b.Reported || len(b.Firing)+len(b.Tickets) != 0 {
		t.Errorf("B: %+v", b)
	}
	if x.Registered || !x.Reported || x.Lamp.ID != "X" {
		t.Errorf("X: %+v", x)
	}
	for _, want := range views {
		got, err := db.LampView(t.Context(), want.Lamp.ID)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(device.Reading{})); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	if _, err := db.LampView(t.Context(), "Y"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v; want ErrNotFound", err)
	}
}

// The usual commit of a town: all 400 lamps reported since the last one.
func BenchmarkCommit400Lamps(b *testing.B) {
	db, err := Open(b.Context(), b.TempDir()+"/r.db")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	importSample(b, db)
	c := alerts.Checkpoint{Engine: map[string][]byte{}}
	for _, l := range db.Lamps()[:400] {
		c.Lamps = append(c.Lamps, alerts.LampState{Last: reading(l.ID, 1_764_000_000_000, 12.8), LastSeen: 1, Lit: true, Known: true})
		c.Engine["lamp/"+string(l.ID)] = make([]byte, 300)
	}
	for b.Loop() {
		c.Position.Seq++
		if err := db.Commit(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// What the page of all lamps asks for.
func BenchmarkLampViews(b *testing.B) {
	db, err := Open(b.Context(), b.TempDir()+"/r.db")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	importSample(b, db)
	var c alerts.Checkpoint
	for _, l := range db.Lamps()[:400] {
		c.Lamps = append(c.Lamps, alerts.LampState{Last: reading(l.ID, 1_764_000_000_000, 12.8), LastSeen: 1})
	}
	if err := db.Commit(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if views, err := db.LampViews(b.Context()); err != nil || len(views) != 958 {
			b.Fatal(len(views), err)
		}
	}
}
