package registry

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

const volunteers = 8

// openWithTicket has volunteers V0…, a resident R and ticket 1, which is open.
func openWithTicket(t *testing.T) *DB {
	db := openTest(t)
	people := twoPeople
	for i := range volunteers {
		people += fmt.Sprintf("V%d,示例·志愿%d,volunteer,\n", i, i)
	}
	if _, err := db.Import(t.Context(), files(twoLamps, people, twoDuties), Options{}); err != nil {
		t.Fatal(err)
	}
	commit(t, db, checkpoint(7))
	return db
}

func takenNotice(t alerts.Ticket) []alerts.Notice {
	return []alerts.Notice{{Key: fmt.Sprintf("%d/taken/R/%d", t.ID, t.TakenAt), Person: "R", Subject: t.Subject, Kind: alerts.NoticeTaken, Title: "有人去修", Text: string(t.TakenBy)}}
}

// Of many who tap at once exactly one has it, and one notice goes out.
func TestOneOfManyTakes(t *testing.T) {
	db := openWithTicket(t)
	results := make([]error, volunteers)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range volunteers {
		all.Go(func() {
			<-start
			_, results[i] = db.Take(t.Context(), 1, device.PersonID(fmt.Sprintf("V%d", i)), 1_764_000_100_000, takenNotice)
		})
	}
	close(start)
	all.Wait()
	ticket, err := db.Ticket(t.Context(), 1)
	if err != nil || ticket.State != alerts.TicketTaken {
		t.Fatal(ticket, err)
	}
	for i, err := range results {
		id := device.PersonID(fmt.Sprintf("V%d", i))
		if id == ticket.TakenBy {
			if err != nil {
				t.Errorf("%s has it and was told %v", id, err)
			}
			continue
		}
		var taken *TakenError
		winner, _ := db.Person(ticket.TakenBy)
		if !errors.As(err, &taken) || taken.By.ID != ticket.TakenBy || !strings.Contains(err.Error(), "someone was faster: "+winner.Name) {
			t.Errorf("%s: got %v; want that %s was faster", id, err, winner.Name)
		}
	}
	inbox, err := db.Inbox(t.Context(), "R", 0, 10)
	if err != nil || len(inbox) != 2 || inbox[0].Kind != alerts.NoticeTaken || inbox[0].Text != string(ticket.TakenBy) {
		t.Errorf("notices of R: %+v, %v; want known and taken", inbox, err)
	}
}

func TestTakeAndRelease(t *testing.T) {
	db := openWithTicket(t)
	ctx := t.Context()
	steps := []struct {
		name string
		do   func() (alerts.Ticket, error)
		want error
	}{
		{"a resident takes", func() (alerts.Ticket, error) { return db.Take(ctx, 1, "R", 5, nil) }, ErrNotAllowed},
		{"a stranger takes", func() (alerts.Ticket, error) { return db.Take(ctx, 1, "Z", 5, nil) }, ErrNotAllowed},
		{"there is no such ticket", func() (alerts.Ticket, error) { return db.Take(ctx, 99, "V", 5, nil) }, ErrNotFound},
		{"release before", func() (alerts.Ticket, error) { return db.Release(ctx, 1, "V", nil) }, ErrNotTaken},
		{"take", func() (alerts.Ticket, error) { return db.Take(ctx, 1, "V", 5, takenNotice) }, nil},
		{"tap twice", func() (alerts.Ticket, error) { return db.Take(ctx, 1, "V", 6, takenNotice) }, nil},
		{"another releases", func() (alerts.Ticket, error) { return db.Release(ctx, 1, "V1", nil) }, ErrNotTaken},
		{"release", func() (alerts.Ticket, error) { return db.Release(ctx, 1, "V", nil) }, nil},
		{"another takes", func() (alerts.Ticket, error) { return db.Take(ctx, 1, "V1", 7, takenNotice) }, nil},
	}
	for _, s := range steps {
		if _, err := s.do(); !errors.Is(err, s.want) {
			t.Errorf("%s: got %v; want %v", s.name, err, s.want)
		}
	}
	got, err := db.Ticket(ctx, 1)
	if err != nil || got.TakenBy != "V1" || got.TakenAt != 7 {
		t.Errorf("got %+v, %v; want it with V1 since 7", got, err)
	}
	if inbox, err := db.Inbox(ctx, "R", 0, 10); err != nil || len(inbox) != 3 {
		t.Errorf("%d notices of R, %v; want known and two takings, none for the second tap", len(inbox), err)
	}
}

// The engine goes on with the ticket as it knew it before somebody took it.
func TestCommitKeepsWhatVolunteersDid(t *testing.T) {
	db := openWithTicket(t)
	stale, err := db.Ticket(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Take(t.Context(), 1, "V", 5, nil); err != nil {
		t.Fatal(err)
	}
	seq := uint64(7)
	engine := func(change func(*alerts.Ticket)) alerts.Ticket {
		t.Helper()
		change(&stale)
		seq++
		commit(t, db, alerts.Checkpoint{Position: journal.Position{Created: stream, Seq: seq}, Tickets: []alerts.TicketChange{{Ticket: stale}}})
		got, err := db.Ticket(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := engine(func(s *alerts.Ticket) {
		s.Faults = []device.Fault{device.LampSilent, device.LampDark}
		s.Asked = append(s.Asked, "V1")
	})
	want := stale
	want.State, want.TakenBy, want.TakenAt = alerts.TicketTaken, "V", 5
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = engine(func(s *alerts.Ticket) { s.State, s.ClosedAt = alerts.TicketClosed, 50 })
	want.State, want.ClosedAt = alerts.TicketClosed, 50
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = engine(func(s *alerts.Ticket) { s.State, s.ClosedAt = alerts.TicketOpen, 0 })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("a closed ticket opened again:", diff)
	}
	if _, err := db.Take(t.Context(), 1, "V2", 60, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v; want ErrClosed", err)
	}
	// The same fault of the same lamp later is another ticket.
	again := checkpoint(20)
	again.Tickets[0].Ticket.AlertIDs, again.Tickets[0].Ticket.RaisedAt = []string{"lamp_dark/A/2"}, again.Tickets[0].Ticket.RaisedAt+1000
	commit(t, db, again)
	if open, err := db.OpenTickets(t.Context()); err != nil || len(open) != 1 || open[0].ID != 2 {
		t.Errorf("open: %+v, %v; want ticket 2", open, err)
	}
}

func TestTicketQueries(t *testing.T) {
	db := openWithTicket(t)
	at := device.Millis(1_764_000_000_000)
	raise := func(seq uint64, lamp string, state alerts.TicketState, asked ...device.PersonID) {
		commit(t, db, alerts.Checkpoint{Position: journal.Position{Created: stream, Seq: seq}, Tickets: []alerts.TicketChange{{Ticket: alerts.Ticket{
			Subject: device.Subject("lamp:" + lamp), Place: "乙院", Village: "乙村", State: state, AlertIDs: []string{lamp}, Asked: asked, RaisedAt: at.Add(1e9 * 60),
		}}}})
	}
	raise(8, "B", alerts.TicketClosed, "V")
	raise(9, "C", alerts.TicketOpen, "V1")
	raise(10, "D", alerts.TicketOpen, "V")
	if _, err := db.Take(t.Context(), 1, "V", 5, nil); err != nil {
		t.Fatal(err)
	}
	ids := func(tickets []alerts.Ticket, err error) (out []int64) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range tickets {
			out = append(out, k.ID)
		}
		return out
	}
	ctx := t.Context()
	for name, c := range map[string]struct{ got, want []int64 }{
		"of V":      {ids(db.TicketsOf(ctx, "V", 10)), []int64{4, 1, 2}},
		"of V, two": {ids(db.TicketsOf(ctx, "V", 2)), []int64{4, 1}},
		"of R":      {ids(db.TicketsOf(ctx, "R", 10)), nil},
		"all":       {ids(db.Tickets(ctx, TicketFilter{})), []int64{4, 3, 1, 2}},
		"village":   {ids(db.Tickets(ctx, TicketFilter{Village: "乙村", States: []alerts.TicketState{alerts.TicketOpen, alerts.TicketTaken}})), []int64{4, 3}},
		"subject":   {ids(db.Tickets(ctx, TicketFilter{Subject: "lamp:A", Place: "甲院"})), []int64{1}},
		"open":      {ids(db.OpenTickets(ctx)), []int64{1, 3, 4}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
