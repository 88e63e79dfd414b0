package alerts

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yingguang/yingguang/device"
)

// nightOf gives a lamp's readings from noon of a day for some hours: dark by day,
// lit by night, with the odd dark hour.
func nightOf(id device.LampID, noon time.Time, every time.Duration, hours int) []device.Reading {
	var out []device.Reading
	for at := noon; at.Before(noon.Add(time.Duration(hours) * time.Hour)); at = at.Add(every) {
		r := device.Reading{Lamp: id, SentTS: device.MillisOf(at), Received: device.MillisOf(at) + 1000}
		r.Place()
		h := at.Hour()
		night := h >= 19 || h < 7
		r.Set(device.BatteryV, 13.1)
		r.Set(device.LoadW, 0)
		if night && h != 2 {
			r.Set(device.LoadW, 20)
		}
		out = append(out, r)
	}
	return out
}

func manyLamps(n int) *testTown {
	town := newTestTown()
	for i := range n {
		town.add(device.LampID(fmt.Sprintf("L-%05d", i)), "石坝大院", "")
	}
	return town
}

// A lamp costs at most 2 KB of memory, three nights of it kept, and far less when stored.
func TestMemoryPerLamp(t *testing.T) {
	const n = 2000
	town := manyLamps(n)
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai(t))
	readings := nightOf("", noon, 5*time.Minute, 72)
	before := heap()
	e := NewEngine(EngineConfig{Lamps: town, Location: shanghai(t)})
	for i := range n {
		id := device.LampID(fmt.Sprintf("L-%05d", i))
		for _, r := range readings {
			r.Lamp = id
			e.Observe(&r)
		}
	}
	e.nights = nil
	perLamp := (heap() - before) / n
	stored := 0
	for _, b := range must(e.Take()) {
		stored += len(b)
	}
	t.Logf("%d bytes of memory and %d bytes stored per lamp, at 5 minutes' reporting", perLamp, stored/n)
	if perLamp > 2048 {
		t.Errorf("%d bytes per lamp, want at most 2048", perLamp)
	}
	if stored/n > 2048 {
		t.Errorf("%d bytes stored per lamp", stored/n)
	}
	runtime.KeepAlive(e)
}

func must(state map[string][]byte, _ []device.NightLight) map[string][]byte { return state }

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A night is the same whatever the order in which its readings come, and however often.
func TestNightOrderDoesNotMatter(t *testing.T) {
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai(t))
	readings := nightOf("JP-0007", noon, 10*time.Minute, 24)
	night := func(rs []device.Reading) device.NightLight {
		e := NewEngine(EngineConfig{Lamps: newTestTown(), Location: shanghai(t)})
		for i := range rs {
			e.Observe(&rs[i])
		}
		e.Tick(device.MillisOf(noon.Add(25 * time.Hour)))
		_, nights := e.Take()
		if len(nights) != 1 {
			t.Fatalf("%d nights", len(nights))
		}
		return nights[0]
	}
	want := night(readings)
	if want.Night != "2026-01-04" || want.LitS < 10.5*3600 || want.LitS > 11.5*3600 || want.Switches != 4 || want.Readings != 144 {
		t.Errorf("night %+v", want)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5 {
		shuffled := slices.Concat(readings, readings[:30])
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		// The lamp's interval is given, so what the order of arrival teaches does not matter.
		if diff := cmp.Diff(want, night(shuffled), cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 0.001), cmpopts.IgnoreFields(device.NightLight{}, "ObservedS", "ExpectedS", "LitS", "LitUntil", "EndSeen")); diff != "" {
			t.Error(diff)
		}
	}
}

// Codes that the roster does not have cost nothing.
func TestUnknownLampsCostNothing(t *testing.T) {
	e := NewEngine(EngineConfig{Lamps: newTestTown()})
	for i := range 1000 {
		r := device.Reading{Lamp: device.LampID(fmt.Sprintf("X-%d", i)), TS: 1767500000000, Received: 1767500000000}
		r.Set(device.LampOn, 1)
		if isLit, known := e.LitIn(&r); !isLit || !known {
			t.Fatal("lamp_on is not believed")
		}
		if out := e.Observe(&r); out != nil {
			t.Fatalf("changes %v", out)
		}
	}
	if len(e.lamps) != 0 {
		t.Errorf("%d lamps kept", len(e.lamps))
	}
}

// A lamp that is retired, or leaves the roster, leaves no alert behind.
func TestDismissed(t *testing.T) {
	for _, leave := range []func(*testTown){
		func(town *testTown) { l := town.lamps["JP-0007"]; l.Stage = device.Retired; town.lamps["JP-0007"] = l },
		func(town *testTown) { delete(town.lamps, "JP-0007") },
	} {
		town := newTestTown()
		e := NewEngine(EngineConfig{Lamps: town, Location: shanghai(t)})
		start := time.Date(2026, 1, 4, 19, 0, 0, 0, shanghai(t))
		var states []State
		for i := range 8 {
			at := device.MillisOf(start.Add(time.Duration(i) * 5 * time.Minute))
			if i == 5 {
				leave(town)
			}
			r := device.Reading{Lamp: "JP-0007", TS: at, Received: at}
			r.Set(device.LoadW, 0)
			for _, c := range append(e.Observe(&r), e.Tick(at)...) {
				states = append(states, c.Alert.State)
			}
		}
		if diff := cmp.Diff([]State{Firing, Retracted}, states); diff != "" {
			t.Error(diff)
		}
		if firing, owed := e.Standing(device.LampSubject("JP-0007")); len(firing) > 0 || owed {
			t.Errorf("still %v", firing)
		}
	}
}

// A lamp that gets another head, battery or schedule, or is moved, begins its habits
// anew: what a smaller head draws is not dim.
func TestChangedLampLearnsAnew(t *testing.T) {
	town := newTestTown()
	e := NewEngine(EngineConfig{Lamps: town, Location: shanghai(t)})
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai(t))
	var dim []Change
	for day := range 6 {
		if day == 4 {
			l := town.lamps["JP-0007"]
			l.LampW = 10
			town.lamps["JP-0007"] = l
		}
		for _, r := range nightOf("JP-0007", noon.AddDate(0, 0, day), 10*time.Minute, 24) {
			if w := r.Value(device.LoadW); day >= 4 && w > 0 {
				r.Set(device.LoadW, w/2)
			}
			for _, c := range append(e.Observe(&r), e.Tick(r.Received)...) {
				if c.Alert.Fault == device.LampDim {
					dim = append(dim, c)
				}
			}
		}
		if l := e.lamps["JP-0007"]; day == 3 && l.light.full[0].looks < looksToLearn {
			t.Fatalf("learnt from %d looks", l.light.full[0].looks)
		}
	}
	if len(dim) > 0 {
		t.Errorf("dim after the change: %+v", dim)
	}
	if w := e.lamps["JP-0007"].light.full[0].watts; w < 9 || w > 11 {
		t.Errorf("learnt %v W of a head of 10 W", w)
	}
}

func TestRestoreRefuses(t *testing.T) {
	e := NewEngine(EngineConfig{Lamps: newTestTown()})
	r := device.Reading{Lamp: "JP-0007", TS: 1767500000000, Received: 1767500000000}
	r.Set(device.LoadW, 5)
	e.Observe(&r)
	state := must(e.Take())
	good := state["lamp:JP-0007"]
	for name, bad := range map[string][]byte{
		"empty": {}, "newer": append([]byte{stateVersion + 1}, good[1:]...), "cut": good[:len(good)-1], "long": append(slices.Clone(good), 0),
	} {
		if err := NewEngine(EngineConfig{Lamps: newTestTown()}).Restore(map[string][]byte{"lamp:JP-0007": bad}); err == nil {
			t.Errorf("%s: restored", name)
		}
	}
}

// State that version 1 wrote is read, and stored as the present version from then on.
func TestRestoreVersion1(t *testing.T) {
	text, err := os.ReadFile("testdata/state_v1.hex")
	if err != nil {
		t.Fatal(err)
	}
	state := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if state[key], err = hex.DecodeString(value); err != nil {
			t.Fatal(err)
		}
	}
	e := NewEngine(EngineConfig{Lamps: newTestTown(), Location: shanghai(t)})
	if err := e.Restore(state); err != nil {
		t.Fatal(err)
	}
	l := e.lamps["JP-0008"]
	if faults, _ := e.Standing(l.subject); !slices.Equal(faults, []device.Fault{device.LampDark}) {
		t.Errorf("standing %v", faults)
	}
	if l.gateway != "GW-01" || l.maxLoad != 20 || l.battery.anchorV == 0 || l.nights[1] == nil || l.interval() != 10*time.Minute {
		t.Errorf("restored %+v", l)
	}
	e.dirty["lamp:JP-0008"], e.dirty["gateway:GW-01"] = true, true
	for key, value := range must(e.Take()) {
		if value[0] != stateVersion {
			t.Errorf("%s is stored as version %d", key, value[0])
		}
	}
}

func FuzzRestore(f *testing.F) {
	e := NewEngine(EngineConfig{Lamps: newTestTown()})
	for _, r := range nightOf("JP-0007", time.Date(2026, 1, 4, 12, 0, 0, 0, time.UTC), 10*time.Minute, 40) {
		r.Gateway = "GW-01"
		e.Observe(&r)
		e.Observing(r.Received)
		e.Tick(r.Received)
	}
	for key, value := range must(e.Take()) {
		f.Add(key, value)
	}
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		e := NewEngine(EngineConfig{Lamps: newTestTown()})
		if e.Restore(map[string][]byte{key: value}) != nil {
			return
		}
		// What was restored is stored as the same again, but for the way numbers are written.
		e.dirty[key] = true
		again := NewEngine(EngineConfig{Lamps: newTestTown()})
		if err := again.Restore(must(e.Take())); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkObserve(b *testing.B) {
	const n = 400
	town := manyLamps(n)
	e := NewEngine(EngineConfig{Lamps: town, Location: shanghai(b)})
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai(b))
	day := nightOf("", noon, 5*time.Minute, 24)
	ids := make([]device.LampID, n)
	for i := range ids {
		ids[i] = device.LampID(fmt.Sprintf("L-%05d", i))
	}
	b.ReportAllocs()
	i := 0
	var r device.Reading
	for b.Loop() {
		r = day[i/n%len(day)]
		shift := device.Millis(i/n/len(day)) * 86_400_000
		r.Lamp, r.TS, r.Received = ids[i%n], r.TS+shift, r.Received+shift
		e.Observe(&r)
		if i%n == n-1 {
			e.Observing(r.Received)
			e.Tick(r.Received)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}

// A lamp that loses one message in six is given twice as long as one that loses none; so is one that is new, half as long again.
func TestPatienceGoesByWhatIsLost(t *testing.T) {
	patience := func(messages, lostOf int) float64 {
		var p pauses
		var m modemMemory
		for i := range messages {
			d := time.Hour
			if lostOf > 0 && i%lostOf == 0 {
				d *= 2
			}
			m.miss(&p, d)
			p.add(d)
		}
		return m.patience(&p, 4)
	}
	for _, c := range []struct {
		messages, lostOf int
		want             float64
	}{{10, 0, 4.1}, {200, 0, 3.1}, {200, 60, 3.1}, {200, 10, 5.1}, {200, 6, 6.1}} {
		if got := patience(c.messages, c.lostOf); got != c.want {
			t.Errorf("%d messages, one in %d lost: silent after %v intervals, want %v", c.messages, c.lostOf, got, c.want)
		}
	}
}

// What version 3 of a battery's memory and version 1 of its books held is read as it was.
func TestLoadsBatteriesOfBefore(t *testing.T) {
	now := batteryMemory{low: true, anchorV: 12.5, anchorAt: 1767500000, temp: 20, litCell: 2.1, unseen: 3, gauge: gaugeBMS}
	w, none := writer{}, writer{}
	now.store(&w)
	(&modemMemory{}).store(&none)
	w.b = w.b[:len(w.b)-len(none.b)-3]
	w.b[0] = 3
	var got batteryMemory
	r := reader{b: w.b}
	if got.load(&r); r.bad || len(r.b) > 0 || got != now {
		t.Errorf("read %+v, want %+v", got, now)
	}
	books := energyMemory{lacks: 100, how: knownGauge, told: toldLasts}
	w = writer{}
	books.store(&w)
	w.b = w.b[:len(w.b)-4]
	w.b[0] = 1
	var was energyMemory
	r = reader{b: w.b}
	if was.load(&r); r.bad || len(r.b) > 0 || was != books {
		t.Errorf("read %+v, want %+v", was, books)
	}
}

// What is learnt of a panel, a place, a head or a battery goes with it, and nothing else.
func TestForgetsWhatWasChanged(t *testing.T) {
	town := newTestTown()
	old := town.lamps["JP-0007"]
	for name, c := range map[string]struct {
		change func(*device.Lamp)
		gone   string
	}{
		"the same":  {func(*device.Lamp) {}, ""},
		"a panel":   {func(l *device.Lamp) { l.PanelWp += 30 }, "panel "},
		"moved":     {func(l *device.Lamp) { l.Lat += 0.01 }, "panel tilt "},
		"a head":    {func(l *device.Lamp) { l.LampW /= 2 }, "load "},
		"a battery": {func(l *device.Lamp) { l.BatteryAh = 77 }, "energy "},
	} {
		e := NewEngine(EngineConfig{Lamps: town, Location: shanghai(t)})
		l := e.newLamp("JP-0007")
		e.refresh(l)
		l.panel.level, l.site.tilts, l.maxLoad, l.energy.learnt = 0.9, 40, 20, 100
		other := old
		c.change(&other)
		l.know(e, factsOf(&other))
		gone := ""
		for _, of := range []struct {
			name string
			kept bool
		}{{"panel ", l.panel.level != 0}, {"tilt ", l.site.tilts != 0}, {"load ", l.maxLoad != 0}, {"energy ", l.energy.learnt != 0}} {
			if !of.kept {
				gone += of.name
			}
		}
		if gone != c.gone {
			t.Errorf("%s: forgot %q, want %q", name, gone, c.gone)
		}
	}
}
