package ledger

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

func numbered(lamp device.LampID, minute int, boot, seq uint32) device.Reading {
	r := reading(lamp, minute)
	r.HasSeq, r.Boot, r.Seq = true, boot, seq
	return r
}

// gaps are the numbers that are missing, as boot, from, to.
func (b *books) gaps() [][3]uint32 {
	b.t.Helper()
	all, err := b.ledger.Gaps(b.t.Context(), "", "", 100)
	if err != nil {
		b.t.Fatal(err)
	}
	out := [][3]uint32{}
	for _, g := range all {
		out = append(out, [3]uint32{g.Boot, g.From, g.To})
	}
	return out
}

func TestGapsAreListedAsLostOnTheWay(t *testing.T) {
	for _, c := range []struct {
		name string
		send []device.Reading
		want [][3]uint32
	}{
		{"none", []device.Reading{numbered("A", 0, 1, 1), numbered("A", 1, 1, 2)}, [][3]uint32{}},
		{"three missing", []device.Reading{numbered("A", 0, 1, 1), numbered("A", 4, 1, 5)}, [][3]uint32{{1, 2, 4}}},
		{"one of them late", []device.Reading{numbered("A", 0, 1, 1), numbered("A", 4, 1, 5), numbered("A", 2, 1, 3)}, [][3]uint32{{1, 4, 4}, {1, 2, 2}}},
		{"all of them late", []device.Reading{numbered("A", 0, 1, 1), numbered("A", 4, 1, 5), numbered("A", 1, 1, 2), numbered("A", 2, 1, 3), numbered("A", 3, 1, 4)}, [][3]uint32{}},
		{"late in disorder", []device.Reading{numbered("A", 0, 1, 1), numbered("A", 4, 1, 5), numbered("A", 3, 1, 4), numbered("A", 1, 1, 2), numbered("A", 2, 1, 3)}, [][3]uint32{}},
		{"a new boot tells nothing", []device.Reading{numbered("A", 0, 1, 7), numbered("A", 1, 2, 40), numbered("A", 2, 2, 42)}, [][3]uint32{{2, 41, 41}}},
		{"a late one of the boot before", []device.Reading{numbered("A", 0, 1, 7), numbered("A", 3, 1, 9), numbered("A", 4, 2, 1), numbered("A", 1, 1, 8)}, [][3]uint32{}},
		{"a controller that counts again in the same boot", []device.Reading{numbered("A", 0, 1, 700), numbered("A", 1, 1, 0), numbered("A", 2, 1, 1)}, [][3]uint32{}},
		{"a boot count that begins again", []device.Reading{numbered("A", 0, 9, 700), numbered("A", 1, 0, 3), numbered("A", 2, 0, 5)}, [][3]uint32{{0, 4, 4}}},
		{"a leap that is no loss", []device.Reading{numbered("A", 0, 1, 1), numbered("A", 1, 1, 4_000_000_000)}, [][3]uint32{}},
		{"a duplicate closes nothing", []device.Reading{numbered("A", 0, 1, 1), numbered("A", 4, 1, 5), numbered("A", 0, 1, 1)}, [][3]uint32{{1, 2, 4}}},
		{"lamps by themselves", []device.Reading{numbered("A", 0, 1, 1), numbered("B", 1, 1, 5), numbered("A", 2, 1, 2)}, [][3]uint32{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, restarts := range []bool{false, true} {
				b := openBooks(t)
				for i := range c.send {
					b.append(blockOf(c.send[i]))
					if restarts {
						b.counted(int64(i + 1))
						b.restart()
					}
				}
				b.counted(int64(len(c.send)))
				if diff := cmp.Diff(c.want, b.gaps()); diff != "" {
					t.Errorf("with restarts %v (-want +got):\n%s", restarts, diff)
				}
			}
		})
	}
}

// counted waits until so many readings are counted as received.
func (b *books) counted(n int64) {
	b.t.Helper()
	var got Count
	if !eventually(func() bool {
		var err error
		got, err = b.ledger.Totals(b.t.Context())
		return err == nil && got.Received == n
	}) {
		b.t.Fatalf("%+v, want %d received", got, n)
	}
}

// A gap says between which messages it lies, and counts on the day that it showed.
func TestGapsByLampAndDay(t *testing.T) {
	b := openBooks(t)
	b.append(blockOf(numbered("A", 0, 1, 10), numbered("A", 30, 1, 14)))
	b.counted(2)
	gaps, err := b.ledger.Gaps(t.Context(), "A", "2026-01-04", 10)
	want := []Gap{{Lamp: "A", Day: "2026-01-04", Boot: 1, From: 11, To: 13, After: noon, Before: noon.Add(30 * time.Minute)}}
	if diff := cmp.Diff(want, gaps, cmpopts.IgnoreUnexported(Gap{})); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	days, err := b.ledger.Days(t.Context(), 1)
	if err != nil || days[0].Lost != 3 {
		t.Errorf("days %+v, %v, want 3 lost", days, err)
	}
	lines, err := b.ledger.Lamp(t.Context(), "A", 1)
	if err != nil || lines[0].Lost != 3 {
		t.Errorf("lines %+v, %v, want 3 lost", lines, err)
	}
}

// Replaying a rejected message takes it off what was rejected on its own day, and
// its readings live on; a second replay of it, as after a kill, changes nothing.
func TestReplayMovesCounts(t *testing.T) {
	b := openBooks(t)
	b.append(&journal.Block{At: noon, LeftOut: []journal.LeftOut{{Lamp: "A", Rejected: 3}}})
	b.expect(Count{Received: 3, Rejected: 3})
	again := &journal.Block{At: noon.Add(50 * time.Hour), Readings: []device.Reading{reading("A", 0), reading("A", 1)}, Replay: &journal.Replay{ID: "rejected/1/1", Lamp: "A", Received: noon, Readings: 2}}
	b.append(again)
	b.expect(Count{Received: 3, Waiting: 2, Rejected: 1})
	b.append(again)
	b.append(again)
	b.restart()
	last := b.append(again)
	b.seriesDone(last)
	b.expect(Count{Received: 3, Stored: 2, Rejected: 1})
	for seq, want := range map[uint64][]byte{2: nil, 3: {3}, 4: {3}, 5: {3}} {
		bits, err := b.ledger.Duplicates(t.Context(), journal.Position{Created: last.Created, Seq: seq})
		if err != nil || seq > 2 && len(bits) > 0 && bits[0] != want[0] {
			t.Errorf("block %d: duplicates %v, %v, want %v", seq, bits, err, want)
		}
	}
	lines, err := b.ledger.Lamp(t.Context(), "A", 10)
	if err != nil || len(lines) != 1 || lines[0].Day != "2026-01-04" {
		t.Errorf("lines %+v, %v, want the day of the first receipt alone", lines, err)
	}
}

// What InfluxDB refused is known by content, and still no duplicate when replayed.
func TestReplayOfWhatInfluxDBRefused(t *testing.T) {
	b := openBooks(t)
	first := b.append(blockOf(reading("A", 0)))
	b.expect(Count{Received: 1, Waiting: 1})
	b.seriesDone(first, 0)
	b.expect(Count{Received: 1, Rejected: 1})
	last := b.append(&journal.Block{At: noon, Readings: []device.Reading{reading("A", 0)}, Replay: &journal.Replay{ID: "rejected/1/2", Lamp: "A", Received: noon, Readings: 1, Refused: true}})
	b.expect(Count{Received: 1, Waiting: 1})
	b.seriesDone(last)
	b.expect(Count{Received: 1, Stored: 1})
}

// Of a message that was rejected twice by a kill and counted once, the second copy
// is a duplicate, and nothing goes below zero.
func TestReplayOfACopy(t *testing.T) {
	b := openBooks(t)
	b.append(&journal.Block{At: noon, LeftOut: []journal.LeftOut{{Lamp: "A", Rejected: 1}}})
	for _, id := range []string{"rejected/1/1", "rejected/1/2"} {
		b.append(&journal.Block{At: noon, Readings: []device.Reading{reading("A", 0)}, Replay: &journal.Replay{ID: id, Lamp: "A", Received: noon, Readings: 1}})
	}
	b.expect(Count{Received: 2, Waiting: 1, Duplicate: 1})
}

// held is an InfluxDB that holds what it is told.
type held struct {
	mu     sync.Mutex
	counts map[device.LampID]map[device.Millis]int64 // by the begin of the day
}

func (h *held) CountByLamp(_ context.Context, from, _ device.Millis) (map[device.LampID]int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[device.LampID]int64{}
	for lamp, days := range h.counts {
		if n := days[from]; n != 0 {
			out[lamp] = n
		}
	}
	return out, nil
}

// The audit compares by lamp and day of the readings' own time, exactly: one too
// few, one too many and a stranger are all found, and only days that moved are
// looked at again.
func TestAuditIsExact(t *testing.T) {
	b := openBooks(t)
	midnight := noon.Add(-12 * time.Hour)
	last := b.append(blockOf(reading("A", 0), reading("A", 1), reading("A", 1), reading("B", 0), reading("B", -24*60)))
	b.seriesDone(last)
	b.expect(Count{Received: 5, Stored: 4, Duplicate: 1})
	influx := &held{counts: map[device.LampID]map[device.Millis]int64{
		"A": {midnight: 2}, "B": {midnight: 1, midnight.Add(-24 * time.Hour): 1},
	}}
	a, err := b.ledger.Audit(t.Context(), influx, AuditQuery{})
	if err != nil || !a.Exact() || a.Days != 2 || a.Stored != 4 || a.InfluxDB != 4 {
		t.Fatalf("%+v, %v, want an exact audit of 4 readings on 2 days", a, err)
	}
	if a, err = b.ledger.Audit(t.Context(), influx, AuditQuery{}); err != nil || a.Days != 0 {
		t.Errorf("%+v, %v, want no day looked at again", a, err)
	}
	if a, err = b.ledger.Audit(t.Context(), influx, AuditQuery{Newer: "2026-01-04"}); err != nil || a.Days != 1 {
		t.Errorf("%+v, %v, want the newer day looked at again, and not the older", a, err)
	}
	influx.counts["A"][midnight] = 1                                // InfluxDB lost what it had
	for _, q := range []AuditQuery{{Newer: "2026-01-04"}, {}, {}} { // found where it is looked for, and from then on
		if a, err = b.ledger.Audit(t.Context(), influx, q); err != nil || len(a.Differences) != 1 {
			t.Errorf("%+v, %v, want the lost reading", a, err)
		}
	}
	influx.counts["A"][midnight] = 2
	if a, err = b.ledger.Audit(t.Context(), influx, AuditQuery{}); err != nil || !a.Exact() || a.Days != 1 {
		t.Errorf("%+v, %v, want it back", a, err)
	}
	if a, err = b.ledger.Audit(t.Context(), influx, AuditQuery{}); err != nil || a.Days != 0 {
		t.Errorf("%+v, %v, want nothing left to look at", a, err)
	}
	for name, c := range map[string]struct {
		counts map[device.LampID]int64
		want   []Difference
	}{
		"one too few":  {map[device.LampID]int64{"A": 1, "B": 1}, []Difference{{"A", "2026-01-04", 2, 1}}},
		"one too many": {map[device.LampID]int64{"A": 3, "B": 1}, []Difference{{"A", "2026-01-04", 2, 3}}},
		"a stranger":   {map[device.LampID]int64{"A": 2, "B": 1, "C": 9}, []Difference{{"C", "2026-01-04", 0, 9}}},
		"gone":         {map[device.LampID]int64{"B": 1}, []Difference{{"A", "2026-01-04", 2, 0}}},
	} {
		influx.counts = map[device.LampID]map[device.Millis]int64{}
		for lamp, n := range c.counts {
			influx.counts[lamp] = map[device.Millis]int64{midnight: n}
		}
		a, err := b.ledger.Audit(t.Context(), influx, AuditQuery{From: "2026-01-04", Again: true})
		if diff := cmp.Diff(c.want, a.Differences); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// While readings stream in, the audit finds no difference where there is none.
func TestAuditWhileReadingsComeIn(t *testing.T) {
	b := openBooks(t)
	influx := &held{counts: map[device.LampID]map[device.Millis]int64{"A": {}}}
	midnight := noon.Add(-12 * time.Hour)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range 200 {
			p := b.append(blockOf(reading("A", n)))
			influx.mu.Lock()
			influx.counts["A"][midnight]++
			influx.mu.Unlock()
			b.seriesDone(p)
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		a, err := b.ledger.Audit(t.Context(), influx, AuditQuery{Again: true})
		if err != nil || !a.Exact() {
			t.Fatalf("%+v, %v", a, err)
		}
	}
}

// series asks for the verdict of a block that is not there yet, and gets it once it is.
func TestDuplicatesAreTold(t *testing.T) {
	b := openBooks(t)
	first := b.append(blockOf(reading("A", 0)))
	type answer struct {
		bits []byte
		err  error
	}
	told := make(chan answer, 1)
	go func() {
		bits, err := b.ledger.Duplicates(context.Background(), journal.Position{Created: first.Created, Seq: first.Seq + 1})
		told <- answer{bits, err}
	}()
	second := b.append(blockOf(reading("B", 0), reading("A", 0)))
	if got := <-told; got.err != nil || len(got.bits) != 1 || got.bits[0] != 2 {
		t.Errorf("%v, %v, want the second reading of the second block", got.bits, got.err)
	}
	b.expect(Count{Received: 3, Waiting: 2, Duplicate: 1})
	b.restart()
	if bits, err := b.ledger.Duplicates(t.Context(), second); err != nil || len(bits) != 1 || bits[0] != 2 {
		t.Errorf("after a restart: %v, %v", bits, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.ledger.Duplicates(ended, journal.Position{Created: first.Created, Seq: 99}); err == nil {
		t.Error("no error though ctx ended")
	}
}
