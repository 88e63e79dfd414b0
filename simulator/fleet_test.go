package simulator

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// sixLamps are two on their own, one without a radio and three behind a gateway.
func sixLamps() []device.Lamp {
	var lamps []device.Lamp
	for i := range 6 {
		l := testLamp(fmt.Sprintf("JP-%04d", i))
		if i >= 3 {
			l.Gateway, l.Link = "GW-1", device.LinkGateway
		}
		if i == 2 {
			l.Link = device.LinkNone
		}
		lamps = append(lamps, l)
	}
	return lamps
}

// start runs a fleet until the function that it gives is called.
func start(t *testing.T, cfg Config) (*Fleet, func()) {
	t.Helper()
	f, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return f, stop
}

// evening is a clock that makes four hours a second from eight in the evening on.
func evening() *clock.Scaled {
	return clock.NewScaled(time.Date(2026, 8, 1, 20, 0, 0, 0, shanghai), 4*3600)
}

// whole fails where a lamp has a hole, says two things of one moment, or counts
// back; repeats is how often it may say the same again.
func (h *heard) whole(t *testing.T, repeats int, ids ...device.LampID) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.bad) > 0 {
		t.Errorf("rejected: %v", h.bad)
	}
	for _, id := range ids {
		at := map[device.Millis]device.Reading{}
		again := 0
		for _, r := range h.readings[id] {
			if before, known := at[r.SentTS]; known {
				if again++; before.Hash() != r.Hash() {
					t.Errorf("%s says two things of %v: %v and %v", id, r.SentTS.Time(), before, r)
				}
			}
			at[r.SentTS] = r
		}
		if again > repeats {
			t.Errorf("%s repeats %d readings, at most %d expected", id, again, repeats)
		}
		var last device.Reading
		for _, when := range slices.Sorted(maps.Keys(at)) {
			r := at[when]
			if last.SentTS != 0 && (when.Sub(last.SentTS) > historyStep || r.Seq != last.Seq+1) {
				t.Errorf("%s has a hole from %v (seq %d) to %v (seq %d)", id, last.SentTS.Time(), last.Seq, when.Time(), r.Seq)
			}
			if r.Value(device.ChargedWh) < last.Value(device.ChargedWh) {
				t.Errorf("%s: its counter goes back at %v", id, when.Time())
			}
			last = r
		}
	}
}

// A fleet publishes its history and then lives; what the broker acknowledged is
// what a subscriber heard; a restart neither repeats nor leaves a hole.
func TestFleet(t *testing.T) {
	url := mosquitto(t)
	ears := listen(t, url)
	cfg := Config{
		URL: url, Prefix: "jiaping", Lamps: sixLamps(), Backfill: 24 * time.Hour, Seed: 1, Location: shanghai, Clock: evening(),
		StateFile: filepath.Join(t.TempDir(), "lives.json"),
		Faults:    []Fault{{Code: device.LampSilent, Lamps: []device.LampID{"JP-0001"}}},
	}
	f, stop := start(t, cfg)
	if f.Lamps() != 5 {
		t.Fatalf("%d lamps live, want 5: one has no radio", f.Lamps())
	}
	eventually(t, "history and two hours of life", func() bool { return f.Stats().Readings > 5*144+4*24 })
	stop()
	g, stop := start(t, cfg)
	eventually(t, "life goes on", func() bool { return g.Stats().Readings > 200 })
	stop()
	sent := f.Stats().Readings + g.Stats().Readings
	eventually(t, "all is heard", func() bool { return int64(ears.count()) >= sent })
	if n := int64(ears.count()); n != sent {
		t.Errorf("%d readings heard, %d acknowledged", n, sent)
	}
	ears.whole(t, 0, "JP-0000", "JP-0003", "JP-0004", "JP-0005")
	if len(ears.readings["JP-0002"]) > 0 {
		t.Error("a lamp without a radio spoke")
	}
	if n := len(ears.readings["JP-0001"]); n != 143 {
		t.Errorf("the silent lamp has %d readings, want its history of 143 before the live part", n)
	}
}

// A fleet that is killed goes on from what it saved last: what it had sent after
// that is sent again, word for word, so nothing is missing and nothing is double.
func TestKilledFleet(t *testing.T) {
	for _, c := range []struct {
		name  string
		after int64 // readings until the state is taken that a kill leaves
	}{{"in the history", 5 * 200}, {"live", 5*3*144 + 100}} {
		t.Run(c.name, func(t *testing.T) {
			url := mosquitto(t)
			ears := listen(t, url)
			cfg := Config{
				URL: url, Prefix: "jiaping", Lamps: sixLamps(), Backfill: 72 * time.Hour, Seed: 1, Location: shanghai, Clock: evening(),
				StateFile: filepath.Join(t.TempDir(), "lives.json"),
			}
			f, stop := start(t, cfg)
			eventually(t, "some have been sent", func() bool { return f.Stats().Readings > c.after })
			left, err := os.ReadFile(cfg.StateFile)
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "more have been sent", func() bool { return f.Stats().Readings > 5*3*144+400 })
			stop()
			if err := os.WriteFile(cfg.StateFile, left, 0o600); err != nil {
				t.Fatal(err)
			}
			g, stop := start(t, cfg)
			eventually(t, "life goes on", func() bool { return g.Stats().Readings > 1000 })
			stop()
			sent := f.Stats().Readings + g.Stats().Readings
			eventually(t, "all is heard", func() bool { return int64(ears.count()) >= sent })
			ears.whole(t, 10_000, "JP-0000", "JP-0001", "JP-0003", "JP-0004", "JP-0005")
		})
	}
}

// A broker that is away for a while misses nothing.
func TestBrokerAway(t *testing.T) {
	url := mosquitto(t)
	ears := listen(t, url)
	line := newLine(t, strings.TrimPrefix(url, "tcp://"))
	f, stop := start(t, Config{
		URL: "tcp://" + line.Addr().String(), Prefix: "jiaping", Lamps: sixLamps(), Backfill: 24 * time.Hour, Seed: 1, Location: shanghai, Clock: evening(),
	})
	for range 3 {
		before := f.Stats().Readings
		eventually(t, "some have been sent", func() bool { return f.Stats().Readings > before+150 })
		line.cut()
	}
	before := f.Stats().Readings
	eventually(t, "life goes on", func() bool { return f.Stats().Readings > before+150 })
	eventually(t, "the last message is acknowledged", func() bool { return len(f.out.slots) == 0 })
	stop()
	sent := f.Stats().Readings
	eventually(t, "all is heard", func() bool { return int64(ears.count()) >= sent })
	// Heard but not acknowledged when the line was cut is sent again: QoS 1.
	ears.whole(t, 1000, "JP-0000", "JP-0001", "JP-0003", "JP-0004", "JP-0005")
}

// line is a wire to a broker that can be cut.
type line struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{Listener: listener}
	t.Cleanup(func() { l.Close(); l.cut() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, near, far)
			l.mu.Unlock()
			go func() { io.Copy(far, near); far.Close() }()
			go func() { io.Copy(near, far); near.Close() }()
		}
	}()
	return l
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

// A lamp that the registry has got since the last run begins its life; another
// seed or a clock set back begins all anew; a broken file says what to do.
func TestAwaken(t *testing.T) {
	at := time.Date(2026, 8, 1, 20, 0, 0, 0, shanghai)
	state := filepath.Join(t.TempDir(), "lives.json")
	awake := func(seed int64, now time.Time, lamps ...device.Lamp) (*Fleet, error) {
		f, err := New(Config{Lamps: lamps, Seed: seed, Location: shanghai, StateFile: state, Clock: clock.NewScaled(now, 1e-9), Backfill: 24 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.awaken()
		return f, err
	}
	must := func(f *Fleet, err error) *Fleet {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	one, two := testLamp("JP-0001"), testLamp("JP-0002")
	first := must(awake(1, at, one))
	second := must(awake(1, at, one, two))
	if diff := cmp.Diff(first.poles[0].life, second.poles[0].life); diff != "" {
		t.Errorf("a life changed over a restart:\n%s", diff)
	}
	if p := second.poles[1]; p.At != first.poles[0].At || p.Boot != 1 {
		t.Errorf("the new lamp lives since %v, the others since %v", p.At.Time(), first.poles[0].At.Time())
	}
	// A month later it has lived through all of it, but says only the last day.
	later := must(awake(1, at.Add(30*24*time.Hour), one, two))
	if p := later.poles[0]; p.At != device.MillisOf(at.Add(29*24*time.Hour)) || p.LitS-first.poles[0].LitS < 28*9*3600 || p.LitS-first.poles[0].LitS > 32*12*3600 {
		t.Errorf("after a month it lives since %v and was lit for %.0f h", p.At.Time(), (p.LitS-first.poles[0].LitS)/3600)
	}
	if back := must(awake(1, at, one)); back.poles[0].life != first.poles[0].life {
		t.Error("with the clock set back, the same seed gives another life")
	}
	if other := must(awake(2, at, one)); other.poles[0].ChargedWh == first.poles[0].ChargedWh {
		t.Error("another seed gives the same life")
	}
	if err := os.WriteFile(state, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := awake(1, at, one); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("a broken file: %v", err)
	}
}
