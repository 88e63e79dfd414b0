package alerts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// memoryStore is a store in memory that keeps to what Store says.
type memoryStore struct {
	mu      sync.Mutex
	loaded  Loaded
	tickets []Ticket
	notices map[string]Notice
	alerts  map[string]Alert
	lamps   map[device.LampID]LampState
	nights  map[string]device.NightLight
	cells   map[device.LampID]Battery
	commits int
	fail    func() error // asked before each commit; may be nil
}

func newMemoryStore() *memoryStore {
	return &memoryStore{
		loaded: Loaded{Engine: map[string][]byte{}}, notices: map[string]Notice{}, alerts: map[string]Alert{},
		lamps: map[device.LampID]LampState{}, nights: map[string]device.NightLight{}, cells: map[device.LampID]Battery{},
	}
}

func (s *memoryStore) Load(context.Context) (Loaded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Loaded{s.loaded.Position, maps.Clone(s.loaded.Engine)}, nil
}

func (s *memoryStore) OpenTickets(context.Context) ([]Ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Ticket
	for _, t := range s.tickets {
		if t.State != TicketClosed {
			for _, key := range slices.Sorted(maps.Keys(s.notices)) {
				if n := s.notices[key]; n.Ticket == t.ID && !slices.Contains(t.Told, n.Person) {
					t.Told = append(t.Told, n.Person)
				}
			}
			out = append(out, t)
		}
	}
	return out, nil
}

func (s *memoryStore) Commit(_ context.Context, c Checkpoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(); err != nil {
			return err
		}
	}
	s.commits++
	s.loaded.Position = c.Position
	for key, value := range c.Engine {
		if value == nil {
			delete(s.loaded.Engine, key)
		} else {
			s.loaded.Engine[key] = value
		}
	}
	for _, change := range c.Changes {
		s.alerts[change.Alert.ID] = change.Alert
	}
	for _, l := range c.Lamps {
		if l.Last.TS >= s.lamps[l.Last.Lamp].Last.TS {
			s.lamps[l.Last.Lamp] = l
		}
	}
	for _, n := range c.Nights {
		s.nights[string(n.Lamp)+n.Night] = n
	}
	for _, b := range c.Batteries {
		s.cells[b.Lamp] = b
	}
	for _, t := range c.Tickets {
		s.write(t)
	}
	return nil
}

func (s *memoryStore) write(c TicketChange) {
	t := c.Ticket
	if t.ID == 0 {
		t.ID = int64(len(s.tickets) + 1)
		s.tickets = append(s.tickets, t)
	} else {
		old := &s.tickets[t.ID-1]
		old.Faults, old.AlertIDs, old.Asked, old.AskedAt, old.ClosedAt = t.Faults, t.AlertIDs, t.Asked, t.AskedAt, t.ClosedAt
		if t.State == TicketClosed {
			old.State = t.State
		}
	}
	for _, n := range c.Notices {
		n.Ticket = t.ID
		if n.Key == "" {
			n.Key = fmt.Sprintf("%d/%s/%s", t.ID, n.Kind, n.Person)
		}
		if _, ok := s.notices[n.Key]; !ok {
			s.notices[n.Key] = n
		}
	}
}

// effects is what a run did to the world, without the times at which it did so.
func (s *memoryStore) effects() (alerts map[string]Alert, notices []string, tickets []string, nights map[string]device.NightLight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	notices = slices.Sorted(maps.Keys(s.notices))
	for _, t := range s.tickets {
		tickets = append(tickets, fmt.Sprint(t.ID, t.Subject, t.State, t.Faults, t.AlertIDs, t.Asked, t.RaisedAt, t.ClosedAt))
	}
	return s.alerts, notices, tickets, s.nights
}

// tape is a journal in memory; a runner's nights are appended to it.
type tape struct {
	mu     sync.Mutex
	blocks []journal.Block
	nights map[string]bool
}

func (t *tape) read(_ context.Context, after journal.Position) (BlockReader, error) {
	return &tapeReader{t, after.Seq}, nil
}

func (t *tape) append(_ context.Context, b *journal.Block) (journal.Position, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range b.Nights {
		t.nights[string(n.Lamp)+n.Night] = true
	}
	return journal.Position{Created: 1, Seq: uint64(len(t.blocks))}, nil
}

type tapeReader struct {
	t  *tape
	at uint64
}

// Next gives what is there however late it is asked, so that a slow machine cuts no batch.
func (r *tapeReader) Next(ctx context.Context) (journal.Position, *journal.Block, error) {
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return journal.Position{}, nil, err
	}
	if int(r.at) >= len(r.t.blocks) {
		<-ctx.Done()
		return journal.Position{}, nil, ctx.Err()
	}
	b := r.t.blocks[r.at]
	r.at++
	return journal.Position{Created: 1, Seq: r.at}, &b, nil
}

func (r *tapeReader) Close() {}

// evening is two days of a small town: JP-0007 is dark until 20:30, the gateway dies
// for two hours, the rest is well.
func evening(t *testing.T) *tape {
	out := &tape{nights: map[string]bool{}}
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai(t))
	for at := noon; at.Before(noon.Add(30 * time.Hour)); at = at.Add(time.Minute) {
		b := journal.Block{At: device.MillisOf(at), Observing: true}
		h := at.Hour()
		for i, id := range []device.LampID{"JP-0007", "JP-0008", "JP-0009", "JP-0011"} {
			gw := device.GatewayID("")
			if i == 1 || i == 2 {
				gw = "GW-01"
			}
			if at.Minute()%5 != i || gw != "" && at.Day() == 5 && h >= 9 && h < 11 {
				continue
			}
			r := device.Reading{Lamp: id, Gateway: gw, SentTS: device.MillisOf(at), Received: device.MillisOf(at)}
			r.Place()
			r.Set(device.BatteryV, 13.1)
			r.Set(device.LoadW, 0)
			if (h >= 18 || h < 8) && !(id == "JP-0007" && at.Day() == 4 && at.Before(noon.Add(8*time.Hour+30*time.Minute))) {
				r.Set(device.LoadW, 20)
			}
			b.Readings = append(b.Readings, r)
		}
		out.blocks = append(out.blocks, b)
	}
	return out
}

func runner(t *testing.T, store *memoryStore, tape *tape, reg prometheus.Registerer) *Runner {
	town := newTestTown()
	return NewRunner(RunnerConfig{
		Store: store, Engine: NewEngine(EngineConfig{Lamps: town, Location: shanghai(t)}),
		Dispatcher: NewDispatcher(DispatcherConfig{Roster: town, Location: shanghai(t)}),
		Read:       tape.read, Append: tape.append, Registerer: reg, batchTime: time.Hour,
	})
}

// runUntil runs a new runner until the store holds a position, or done is closed.
func runUntil(t *testing.T, store *memoryStore, tape *tape, seq uint64, reg prometheus.Registerer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- runner(t, store, tape, reg).Run(ctx) }()
	deadline := time.Now().Add(3 * time.Minute)
	for time.Now().Before(deadline) {
		store.mu.Lock()
		at := store.loaded.Position.Seq
		store.mu.Unlock()
		if at >= seq {
			cancel()
			if err := <-stopped; err != nil {
				t.Error(err)
			}
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the runner does not come on")
}

func TestRunner(t *testing.T) {
	store, tape, reg := newMemoryStore(), evening(t), prometheus.NewPedanticRegistry()
	runUntil(t, store, tape, uint64(len(tape.blocks)), reg)
	alerts, notices, tickets, nights := store.effects()
	var kinds []string
	for _, a := range alerts {
		kinds = append(kinds, fmt.Sprint(a.Fault, " ", a.Subject, " ", a.State))
	}
	slices.Sort(kinds)
	if diff := cmp.Diff([]string{"gateway_silent gateway:GW-01 resolved", "lamp_dark lamp:JP-0007 resolved"}, kinds); diff != "" {
		t.Error(diff)
	}
	// What began and ended within one batch of catching up wakes nobody.
	for _, n := range notices {
		if !strings.HasPrefix(n, "1/") {
			t.Errorf("notice %s", n)
		}
	}
	if len(tickets) != 2 || len(nights) != 4 || len(tape.nights) != 4 || len(store.lamps) != 4 {
		t.Errorf("tickets %v, %d nights, %d journaled, %d lamps", tickets, len(nights), len(tape.nights), len(store.lamps))
	}
	// Every lamp's battery is told of, and what it takes to know it.
	if b := store.cells["JP-0008"]; len(store.cells) != 4 || b.At == 0 || b.LeftNeeds == NeedNothing {
		t.Errorf("%d batteries, one of them %+v", len(store.cells), b)
	}
	if s := store.lamps["JP-0008"]; s.LastSeen == 0 || !s.Known || s.Last.Lamp != "JP-0008" {
		t.Errorf("lamp state %+v", s)
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// Killed at random commits, also between writing nights and committing, the
// runner has the same effects as one that ran through.
func TestRunnerKilled(t *testing.T) {
	through := newMemoryStore()
	runSteps(t, through, evening(t), func() bool { return false })
	killed := newMemoryStore()
	rng := rand.New(rand.NewPCG(5, 6))
	runs := runSteps(t, killed, evening(t), func() bool { return rng.IntN(40) == 0 })
	if runs < 10 {
		t.Errorf("only %d runs", runs)
	}
	a1, n1, t1, l1 := through.effects()
	a2, n2, t2, l2 := killed.effects()
	want := []string{
		"1/known/R-01", "1/known/R-02", "1/mended/O-01", "1/mended/O-02", "1/mended/R-01", "1/mended/R-02", "1/mended/V-01", "1/mended/V-02",
		"1/raised/O-01", "1/raised/O-02", "1/raised/V-01", "1/raised/V-02",
		"2/mended/O-01", "2/mended/O-02", "2/mended/V-03", "2/raised/O-01", "2/raised/O-02", "2/raised/V-03",
	}
	if diff := cmp.Diff(want, n1); diff != "" {
		t.Errorf("notices: %s", diff)
	}
	for _, diff := range []string{cmp.Diff(a1, a2), cmp.Diff(n1, n2), cmp.Diff(t1, t2), cmp.Diff(fmt.Sprint(l1), fmt.Sprint(l2))} {
		if diff != "" {
			t.Errorf("after %d runs: %s", runs, diff)
		}
	}
}

// errKilled stands for the process's end: the runner is thrown away.
var errKilled = errors.New("killed")

// runSteps drives a runner block by block, so that both runs commit at the same
// places; where kill says so, a commit does not happen and a new runner goes on.
func runSteps(t *testing.T, store *memoryStore, tape *tape, kill func() bool) (runs int) {
	t.Helper()
	store.fail = func() error {
		if kill() {
			return errKilled
		}
		return nil
	}
	for {
		runs++
		ctx, cancel := context.WithCancel(t.Context())
		r := runner(t, store, tape, nil)
		if err := r.restore(ctx); err != nil {
			t.Fatal(err)
		}
		for int(r.at.Seq) < len(tape.blocks) {
			b := tape.blocks[r.at.Seq]
			r.take(journal.Position{Created: 1, Seq: r.at.Seq + 1}, &b)
			state, nights := r.cfg.Engine.Take()
			c := Checkpoint{Position: r.at, Engine: state, Changes: r.batch.changes, Nights: nights}
			if err := r.write(ctx, &c); errors.Is(err, errKilled) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			r.batch = batch{lamps: map[device.LampID]*LampState{}}
		}
		done := int(r.at.Seq) >= len(tape.blocks) && store.loaded.Position == r.at
		cancel()
		if done {
			return runs
		}
	}
}

// A journal that lost records stops the runner loudly; other trouble does not.
func TestRunnerStops(t *testing.T) {
	store, tape := newMemoryStore(), evening(t)
	r := runner(t, store, tape, nil)
	r.cfg.Read = func(context.Context, journal.Position) (BlockReader, error) {
		return nil, &journal.PositionError{Reason: "the records after it are gone"}
	}
	var lost *journal.PositionError
	if err := r.Run(t.Context()); !errors.As(err, &lost) {
		t.Errorf("Run: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := runner(t, store, tape, nil).Run(ctx); err != nil {
		t.Errorf("Run with an ended context: %v", err)
	}
	store.loaded.Engine["lamp:JP-0007"] = []byte{99}
	if err := runner(t, store, tape, nil).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("Run with state of another version: %v", err)
	}
}
