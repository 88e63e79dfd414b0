package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
)

// books is a real journal, a real registry file and a ledger over them.
type books struct {
	t       *testing.T
	journal *journal.Journal
	db      *registry.DB
	ledger  *Ledger
	stop    func()
}

var shanghai = time.FixedZone("CST", 8*3600)

func openBooks(t *testing.T) *books {
	t.Helper()
	j, err := journal.Open(t.Context(), journal.Config{Dir: t.TempDir(), MaxBytes: 256 << 20, RejectedMaxBytes: 1 << 20, SyncInterval: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	db, err := registry.Open(t.Context(), filepath.Join(t.TempDir(), "registry.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close(context.Background()); db.Close() })
	b := &books{t: t, journal: j, db: db}
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *books) start() {
	b.ledger = New(Config{Journal: b.journal, SQL: b.db.SQL(), Reads: b.db.Reads(), Location: shanghai})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.ledger.Run(ctx) }()
	b.stop = func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Errorf("Run ended with %v", err)
		}
		b.stop = func() {}
	}
}

func (b *books) restart() { b.stop(); b.start() }

func (b *books) append(block *journal.Block) journal.Position {
	b.t.Helper()
	p, err := b.journal.Append(b.t.Context(), block)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// seriesDone is what series does when it has written everything up to p.
func (b *books) seriesDone(p journal.Position, refused ...int) {
	b.t.Helper()
	err := transact(b.t.Context(), b.db.SQL(), func(tx *sql.Tx) error {
		for _, idx := range refused {
			if _, err := tx.Exec(`INSERT INTO series_refused (seq, idx, lamp, reason) VALUES ($1, $2, 'x', 'conflict')`, p.Seq, idx); err != nil {
				return err
			}
		}
		return setPosition(b.t.Context(), tx, seriesName, p)
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *books) expect(want Count) {
	b.t.Helper()
	var got Count
	ok := eventually(func() bool {
		var err error
		if got, err = b.ledger.Totals(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		if !got.Balanced() {
			b.t.Fatalf("does not balance: %+v", got)
		}
		return got == want
	})
	if !ok {
		b.t.Fatalf("(-want +got):\n%s", cmp.Diff(want, got))
	}
}

// eventually looks until it is so; three minutes are for a machine that is busy.
func eventually(so func() bool) bool {
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if so() {
			return true
		}
	}
	return false
}

var noon = device.MillisOf(time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai))

func reading(lamp device.LampID, minute int) device.Reading {
	at := noon.Add(time.Duration(minute) * time.Minute)
	r := device.Reading{Lamp: lamp, SentTS: at, TS: at, Received: at}
	r.Set(device.BatteryV, 12.5)
	return r
}

func blockOf(readings ...device.Reading) *journal.Block {
	return &journal.Block{At: noon, Readings: readings}
}

func TestLifeOfReadings(t *testing.T) {
	b := openBooks(t)
	first := b.append(blockOf(reading("A", 0), reading("A", 1), reading("B", 0)))
	b.expect(Count{Received: 3, Waiting: 3})
	b.seriesDone(first, 1)
	b.expect(Count{Received: 3, Stored: 2, Rejected: 1})
	b.append(&journal.Block{At: noon, Readings: []device.Reading{reading("A", 1), reading("A", 2)}, LeftOut: []journal.LeftOut{{Lamp: "B", Rejected: 2, Duplicate: 1}, {Rejected: 1}}})
	b.expect(Count{Received: 9, Stored: 2, Waiting: 1, Duplicate: 2, Rejected: 4})

	lines, err := b.ledger.Lamps(t.Context(), "2026-01-04")
	if err != nil {
		t.Fatal(err)
	}
	want := []Line{
		{Lamp: "", Day: "2026-01-04", Count: Count{Received: 1, Rejected: 1}},
		{Lamp: "A", Day: "2026-01-04", Count: Count{Received: 4, Stored: 1, Waiting: 1, Duplicate: 1, Rejected: 1}},
		{Lamp: "B", Day: "2026-01-04", Count: Count{Received: 4, Stored: 1, Duplicate: 1, Rejected: 2}},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if err := b.ledger.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A reading that came before a restart is still known after it.
func TestDuplicatesAcrossRestart(t *testing.T) {
	b := openBooks(t)
	b.append(blockOf(reading("A", 0), reading("A", 1)))
	b.expect(Count{Received: 2, Waiting: 2})
	b.restart()
	last := b.append(blockOf(reading("A", 1), reading("A", 0), reading("A", 2)))
	b.expect(Count{Received: 5, Waiting: 3, Duplicate: 2})
	b.restart() // the verdicts themselves are known to the tail after a restart too
	b.seriesDone(last)
	b.expect(Count{Received: 5, Stored: 3, Duplicate: 2})
}

func TestDaysAreLocalAndOfReceipt(t *testing.T) {
	b := openBooks(t)
	late := reading("A", 0)
	late.Received = device.MillisOf(time.Date(2026, 1, 5, 0, 0, 1, 0, shanghai))
	evening := reading("A", 1)
	evening.Received = late.Received - 2000
	b.append(blockOf(late, evening))
	b.expect(Count{Received: 2, Waiting: 2})
	days, err := b.ledger.Days(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []Day{{Day: "2026-01-05", Lamps: 1, Count: Count{Received: 1, Waiting: 1}}, {Day: "2026-01-04", Lamps: 1, Count: Count{Received: 1, Waiting: 1}}}
	if diff := cmp.Diff(want, days); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
}

// What lacks a time of its own cannot be told from its double: both count.
func TestWithoutTimeNothingIsADuplicate(t *testing.T) {
	b := openBooks(t)
	r := reading("A", 0)
	r.SentTS, r.Clock = 0, device.ClockNone
	b.append(blockOf(r, r))
	b.expect(Count{Received: 2, Waiting: 2})
}

// fill gives a generation enough hashes to end when its day does.
func fill(s *seen) {
	for n := range uint64(generationLeast) {
		s.add((uint64(s.newest)<<20 + n + 1) * 0x9e3779b97f4a7c15) // as random as they are
	}
}

// After two days and more a hash may be forgotten, before never.
func TestMemory(t *testing.T) {
	s := newSeen()
	s.turn(noon)
	if !s.add(1) || s.add(1) {
		t.Fatal("add")
	}
	fill(s)
	for hours := range 72 {
		at := noon.Add(time.Duration(hours) * time.Hour)
		if began, _ := s.turn(at); began {
			fill(s)
		}
		if !s.sets[0].has(1) {
			t.Fatalf("forgotten after %d hours", hours)
		}
	}
	s.turn(noon.Add(72 * time.Hour))
	if !s.add(1) {
		t.Error("remembered for ever")
	}
}

// A clock of ours that leaps over years, there and back, makes us forget nothing of
// the last hour, and leaves no generation that never ends.
func TestMemoryAfterAWrongClock(t *testing.T) {
	b := openBooks(t)
	b.append(blockOf(reading("A", 0)))
	for range generations + 1 {
		for _, years := range []int{10, 0} {
			block := blockOf(reading("A", 0))
			block.At = noon.Add(time.Duration(years) * 365 * 24 * time.Hour)
			b.append(block)
		}
	}
	b.expect(Count{Received: 9, Waiting: 1, Duplicate: 8})
	b.restart()
	b.append(blockOf(reading("A", 0)))
	b.expect(Count{Received: 10, Waiting: 1, Duplicate: 9})
	s, err := loadSeen(t.Context(), b.db.Reads())
	if err != nil {
		t.Fatal(err)
	}
	fill(s)
	early, _ := s.turn(noon.Add(23 * time.Hour))
	late, _ := s.turn(noon.Add(11 * 365 * 24 * time.Hour))
	if early || !late {
		t.Errorf("the generation that began at %v does not end when it should", s.began.Time())
	}
}

// The rows follow the sets: what a restart reads back gives the same verdicts.
func TestMemoryIsReadBack(t *testing.T) {
	b := openBooks(t)
	want := newSeen()
	for day := range 5 {
		block := &journal.Block{At: noon.Add(time.Duration(day) * 25 * time.Hour)}
		want.turn(block.At)
		for i := range generationLeast / 2000 {
			block.Readings = block.Readings[:0]
			for k := range 2000 {
				r := reading(device.LampID(fmt.Sprint("L", day, "-", i)), k)
				want.add(r.Hash())
				block.Readings = append(block.Readings, r)
			}
			b.append(block)
		}
	}
	b.expect(Count{Received: 5 * generationLeast, Waiting: 5 * generationLeast})
	got, err := loadSeen(t.Context(), b.db.Reads())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{}, hashes{}, hashPart{})); diff != "" {
		t.Errorf("(-want +got):\n%.2000s", diff)
	}
}

// A commit that fails at its last statement, as on a full disk, leaves nothing and is
// made again; what it held in memory makes no reading a duplicate of itself.
func TestFailedCommitIsMadeAgain(t *testing.T) {
	b := openBooks(t)
	b.append(blockOf(reading("A", 0)))
	b.expect(Count{Received: 1, Waiting: 1})
	if _, err := b.db.SQL().Exec(`CREATE TRIGGER full BEFORE INSERT ON consumer_position WHEN NEW.consumer LIKE 'ledger%'
		BEGIN SELECT RAISE(ABORT, 'disk is full'); END`); err != nil {
		t.Fatal(err)
	}
	last := b.append(blockOf(reading("A", 0), reading("A", 1), reading("A", 2)))
	b.seriesDone(last)
	if !eventually(func() bool { return testutil.ToFloat64(b.ledger.metrics.errors) > 0 }) {
		t.Fatal("no commit failed")
	}
	b.expect(Count{Received: 1, Waiting: 1})
	if _, err := b.db.SQL().Exec(`DROP TRIGGER full`); err != nil {
		t.Fatal(err)
	}
	b.expect(Count{Received: 4, Stored: 3, Duplicate: 1})
	// The metric follows the commit.
	if !eventually(func() bool {
		return testutil.ToFloat64(b.ledger.metrics.readings.WithLabelValues("stored")) == 3
	}) {
		t.Errorf("the metric says %v stored, want 3", testutil.ToFloat64(b.ledger.metrics.readings.WithLabelValues("stored")))
	}
}

// Random deliveries, restarts and progress of series: the ledger balances at every
// look (expect fails otherwise), and counts each reading once in the end.
func TestBalancesWhateverHappens(t *testing.T) {
	b := openBooks(t)
	random := rand.New(rand.NewPCG(1, 2))
	known := map[string]bool{}
	var want Count
	var last journal.Position
	for round := range 60 {
		block := &journal.Block{At: noon}
		for range random.IntN(30) {
			lamp, minute := random.IntN(5), random.IntN(200)
			r := reading(device.LampID(fmt.Sprint("L", lamp)), minute)
			block.Readings = append(block.Readings, r)
			want.Received++
			if name := fmt.Sprint(lamp, minute); known[name] {
				want.Duplicate++
			} else {
				known[name] = true
				want.Stored++
			}
		}
		last = b.append(block)
		if random.IntN(4) == 0 {
			b.seriesDone(last)
		}
		if random.IntN(6) == 0 {
			b.restart()
		}
		if c, err := b.ledger.Totals(t.Context()); err != nil || !c.Balanced() {
			t.Fatalf("round %d: %+v, %v", round, c, err)
		}
	}
	b.seriesDone(last)
	b.expect(want)
	if err := b.ledger.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCheckFindsWhatDoesNotAddUp(t *testing.T) {
	b := openBooks(t)
	b.append(blockOf(reading("A", 0)))
	b.expect(Count{Received: 1, Waiting: 1})
	if _, err := b.db.SQL().Exec(`UPDATE ledger_day SET stored = 7`); err != nil {
		t.Fatal(err)
	}
	var unbalanced *UnbalancedError
	if err := b.ledger.Check(t.Context()); !errors.As(err, &unbalanced) || unbalanced.Lines[0].Lamp != "A" {
		t.Errorf("got %v", err)
	}
}

// Another journal under a kept registry stops the ledger loudly.
func TestAnotherJournalStopsIt(t *testing.T) {
	b := openBooks(t)
	b.append(blockOf(reading("A", 0)))
	b.expect(Count{Received: 1, Waiting: 1})
	b.stop()
	other, err := journal.Open(t.Context(), journal.Config{Dir: t.TempDir(), MaxBytes: 64 << 20, RejectedMaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(t.Context())
	var wrong *journal.PositionError
	err = New(Config{Journal: other, SQL: b.db.SQL(), Reads: b.db.Reads()}).Run(t.Context())
	if !errors.As(err, &wrong) {
		t.Errorf("got %v, want a PositionError", err)
	}
}

func BenchmarkHead(b *testing.B) {
	j, err := journal.Open(b.Context(), journal.Config{Dir: b.TempDir(), MaxBytes: 4 << 30, RejectedMaxBytes: 1 << 20, SyncInterval: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close(b.Context())
	db, err := registry.Open(b.Context(), filepath.Join(b.TempDir(), "registry.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const each = 1000
	for i := range b.N {
		block := &journal.Block{At: noon}
		for k := range each {
			block.Readings = append(block.Readings, reading(device.LampID(fmt.Sprintf("JP-%04d", k)), i))
		}
		if _, err := j.Append(b.Context(), block); err != nil {
			b.Fatal(err)
		}
	}
	l := New(Config{Journal: j, SQL: db.SQL(), Reads: db.Reads()})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ResetTimer()
	go l.Run(ctx) // it ends with ctx
	for {
		if c, err := l.Totals(ctx); err != nil || c.Received == int64(b.N)*each {
			break
		}
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), "readings/s")
}
