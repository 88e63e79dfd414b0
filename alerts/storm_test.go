package alerts

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// stormTape is an evening on which five of six lamps go dark at 20:00, three of them in 石坝大院,
// one in 新湾大院 and one where nobody is on duty; all but one are mended at 23:00.
func stormTape(t *testing.T) *tape {
	out := &tape{nights: map[string]bool{}}
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai(t))
	lamps := []device.LampID{"JP-0007", "JP-0008", "JP-0012", "JP-0009", "JP-0011", "JP-0010"}
	for at := noon; at.Before(noon.Add(13 * time.Hour)); at = at.Add(time.Minute) {
		b := journal.Block{At: device.MillisOf(at), Observing: true}
		h := at.Sub(noon).Hours()
		for i, id := range lamps {
			if at.Minute()%5 != i%5 {
				continue
			}
			r := device.Reading{Lamp: id, SentTS: device.MillisOf(at), Received: device.MillisOf(at)}
			r.Place()
			r.Set(device.BatteryV, 13.1)
			r.Set(device.LoadW, 0)
			broken := i < 5 && h >= 8 && (h < 11 || id == "JP-0009")
			if h >= 6 && !broken {
				r.Set(device.LoadW, 20)
			}
			b.Readings = append(b.Readings, r)
		}
		out.blocks = append(out.blocks, b)
	}
	return out
}

func stormTown() *testTown {
	town := newTestTown()
	town.add("JP-0012", "石坝大院", "")
	return town
}

// run drives a runner over the tape, with a new one after each minute that kill names, and gives
// the tickets and notices that came of it.
func (s *memoryStore) run(t *testing.T, tape *tape, kill func(minute int) bool) (tickets, notices []string) {
	t.Helper()
	var r *Runner
	for i := range tape.blocks {
		if r == nil || kill(i) {
			town := stormTown()
			r = runner(t, s, tape, nil)
			r.cfg.Engine = NewEngine(EngineConfig{Lamps: town, Location: shanghai(t)})
			r.cfg.Dispatcher = NewDispatcher(DispatcherConfig{Roster: town, Location: shanghai(t)})
			if err := r.restore(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		r.take(journal.Position{Created: 1, Seq: uint64(i + 1)}, &tape.blocks[i])
		if err := r.commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_, notices, _, _ = s.effects()
	for _, x := range s.tickets {
		tickets = append(tickets, fmt.Sprint(x.ID, " ", x.Subject, " ", x.State, " ", x.Faults, " ", x.Asked))
	}
	return tickets, notices
}

// A storm is one ticket of its village. It takes over those of its lamps that were raised
// before it was known, asks one volunteer of each place and the office for the place
// without, and tells the followers; when it is over, the lamp that stays dark has a ticket of its own.
func TestStormIsOneTicket(t *testing.T) {
	store := newMemoryStore()
	tickets, notices := store.run(t, stormTape(t), func(int) bool { return false })
	village, lamp := 0, 0
	for i, x := range tickets {
		switch {
		case strings.Contains(x, "village:大垭村 closed [lamp_dark] [V-01 V-03 O-01 O-02]"):
			village = i + 1
		case strings.Contains(x, "lamp:JP-0009 open [lamp_dark] [V-03"):
			lamp = i + 1
		case !strings.Contains(x, " closed "):
			t.Errorf("open: %s", x)
		}
	}
	if village != 5 || lamp != 6 || len(tickets) != 6 {
		t.Fatalf("village's ticket %d and the last lamp's %d of %d:\n%s", village, lamp, len(tickets), strings.Join(tickets, "\n"))
	}
	var told []string
	for _, n := range notices {
		if key, of := strings.CutPrefix(n, "5/"); of {
			told = append(told, key)
		}
		if strings.Contains(n, "/mended/") && !strings.HasPrefix(n, "5/") {
			t.Errorf("a lamp of the storm is called mended: %s", n)
		}
	}
	want := []string{
		"known/R-01", "known/R-02", "mended/O-01", "mended/O-02", "mended/R-01", "mended/R-02", "mended/V-01", "mended/V-03",
		"raised/O-01", "raised/O-02", "raised/V-01", "raised/V-03",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if n := store.notices["5/raised/V-01"]; n.Title != "大垭村5盏路灯：灯不亮" || !strings.Contains(n.Text, "JP-0007、JP-0008") {
		t.Errorf("notice %q %q", n.Title, n.Text)
	}
	if n := store.notices["5/known/R-02"]; !strings.Contains(n.Text, "lamps in 大垭村: Lamp is dark") {
		t.Errorf("notice %q %q", n.Title, n.Text)
	}
	for id, a := range store.alerts {
		if a.Subject.Kind() == device.KindVillage {
			lamps, _ := a.Detail["lamps"].([]string)
			if want := []string{"JP-0007", "JP-0008", "JP-0009", "JP-0011", "JP-0012"}; !slices.Equal(lamps, want) || a.State != Resolved {
				t.Errorf("%s is %s and names %v", id, a.State, lamps)
			}
		}
	}
}

// Killed and resumed after any minute, a storm goes the same way.
func TestStormResumed(t *testing.T) {
	through, killed := newMemoryStore(), newMemoryStore()
	t1, n1 := through.run(t, stormTape(t), func(int) bool { return false })
	t2, n2 := killed.run(t, stormTape(t), func(minute int) bool { return minute > 7*60 })
	for _, diff := range []string{cmp.Diff(t1, t2), cmp.Diff(n1, n2), cmp.Diff(through.alerts, killed.alerts)} {
		if diff != "" {
			t.Error(diff)
		}
	}
}

// Caught up in one commit, a storm is still one ticket, and the lamp that stays dark one more.
func TestStormInOneBatch(t *testing.T) {
	store, tape := newMemoryStore(), stormTape(t)
	town := stormTown()
	r := runner(t, store, tape, nil)
	r.cfg.Engine = NewEngine(EngineConfig{Lamps: town, Location: shanghai(t)})
	r.cfg.Dispatcher = NewDispatcher(DispatcherConfig{Roster: town, Location: shanghai(t)})
	for _, until := range []int{9 * 60, len(tape.blocks)} {
		for i := int(r.at.Seq); i < until; i++ {
			r.take(journal.Position{Created: 1, Seq: uint64(i + 1)}, &tape.blocks[i])
		}
		if err := r.commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, x := range store.tickets {
		got = append(got, fmt.Sprint(x.Subject, " ", x.State))
	}
	if diff := cmp.Diff([]string{"village:大垭村 closed", "lamp:JP-0009 open"}, got); diff != "" {
		t.Error(diff)
	}
}

// The fault of many lamps is no cause of other faults in the village.
func TestStormExplainsNoOtherLamp(t *testing.T) {
	e := NewEngine(EngineConfig{Lamps: stormTown(), Location: shanghai(t)})
	e.lamp("JP-0010")
	l := e.lamps["JP-0010"]
	e.groups[l.village].tracks.of(fDark).phase = firing
	k := e.lookAt(look{l: l})
	if e.explained(e.rules.entries[fShort], &l.tracks, k) {
		t.Error("a storm of dark lamps hides what is short of another lamp")
	}
	e.groups[l.village].tracks.of(fWeather).phase = firing
	if !e.explained(e.rules.entries[fEmpty], &l.tracks, k) {
		t.Error("the weather explains nothing")
	}
}

// Stored storms that do not fit are refused.
func TestRestoreRefusesStorms(t *testing.T) {
	e := NewEngine(EngineConfig{Lamps: stormTown(), Location: shanghai(t)})
	for _, b := range stormTape(t).blocks[:9*60] {
		for i := range b.Readings {
			e.Observe(&b.Readings[i])
		}
		e.Observing(b.At)
		e.Tick(b.At)
	}
	const key = "village:大垭村"
	good := must(e.Take())[key]
	again := NewEngine(EngineConfig{Lamps: stormTown(), Location: shanghai(t)})
	if err := again.Restore(map[string][]byte{key: good}); err != nil || len(again.groups[key].storms) != 1 || len(again.groups[key].storms[0].lamps) != 5 {
		t.Fatalf("restored %+v, %v", again.groups[key], err)
	}
	for name, bad := range map[string][]byte{"cut": good[:len(good)-1], "long": append(slices.Clone(good), 0)} {
		if NewEngine(EngineConfig{Lamps: stormTown()}).Restore(map[string][]byte{key: bad}) == nil {
			t.Errorf("%s: restored", name)
		}
	}
}
