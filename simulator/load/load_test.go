package load

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"
)

func phasesOf(t *testing.T, s string) []Phase {
	t.Helper()
	p, err := ParsePhases(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t *testing.T, cfg Config) Result {
	t.Helper()
	cfg.Prefix, cfg.Code, cfg.reconnectWait, cfg.lastAcks = "jiaping", "LT-", 10*time.Millisecond, 2*time.Minute
	if cfg.Interval == 0 {
		cfg.Interval = 50 * time.Millisecond
	}
	r, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sums(r *Result) (sent, acked, reconnects int64) {
	for _, p := range r.Phases {
		sent, acked, reconnects = sent+p.Sent, acked+p.Acked, reconnects+p.Reconnects
	}
	return sent, acked, reconnects
}

// Through a ramp, a burst and a storm every message that was sent is acknowledged
// and heard, and the counts are what happened.
func TestEverythingSentIsHeard(t *testing.T) {
	for _, shared := range []int{0, 3} {
		b := newBroker(t)
		want, back := int64(10), int64(0)
		if shared > 0 {
			want = 1 // of three connections
		}
		r := run(t, Config{
			URL: b.url(), Phases: phasesOf(t, "ramp:5-20:2s,burst:4:5s,storm:50:120s"), Connections: shared,
			enough: func(s Second) bool { back += s.Reconnects; return back >= want },
		})
		sent, acked, reconnects := sums(&r)
		if sent == 0 || acked != sent || r.Unacked != 0 {
			t.Errorf("%d sent, %d acknowledged, %d not", sent, acked, r.Unacked)
		}
		if heard := b.heard(); heard != sent {
			t.Errorf("%d sent, %d heard", sent, heard)
		}
		if reconnects != want {
			t.Errorf("connections %d: %d reconnects after a storm over half of them, want %d", shared, reconnects, want)
		}
		if len(r.Failures) > 0 {
			t.Errorf("failures %v: a storm of ours is none", r.Failures)
		}
	}
}

// A broker that breaks connections costs failures and reconnects, and no message.
func TestBrokenConnections(t *testing.T) {
	b := newBroker(t)
	cut, back := false, int64(0)
	r := run(t, Config{URL: b.url(), Phases: phasesOf(t, "ramp:10:1s,hold:120s"), enough: func(s Second) bool {
		if back += s.Reconnects; s.Connected == 10 && !cut {
			cut = true
			b.cut()
		}
		return back == 10
	}})
	sent, acked, reconnects := sums(&r)
	if acked != sent || b.heard() != sent {
		t.Errorf("%d sent, %d acknowledged, %d heard", sent, acked, b.heard())
	}
	if reconnects != 10 || r.Failures["connection lost"] != 10 {
		t.Errorf("%d reconnects, failures %v, want ten", reconnects, r.Failures)
	}
}

func failed(s Second) bool { return s.Failures > 0 }

// What goes wrong is named.
func TestFailuresAreNamed(t *testing.T) {
	b := newBroker(t)
	b.refuse = true
	r := run(t, Config{URL: b.url(), Phases: phasesOf(t, "ramp:2:1s,hold:120s"), enough: failed})
	if names := slices.Collect(maps.Keys(r.Failures)); len(names) != 1 || !strings.Contains(names[0], "the broker refuses") {
		t.Errorf("failures %v", r.Failures)
	}
	// Nobody listens at a port that only root may take and no test does.
	r = run(t, Config{URL: "tcp://127.0.0.1:1", Phases: phasesOf(t, "ramp:2:1s,hold:120s"), enough: failed})
	if r.Failures["connection refused"] == 0 {
		t.Errorf("failures %v", r.Failures)
	}
	if _, err := Run(t.Context(), Config{URL: "quic://x", Phases: phasesOf(t, "ramp:2:1s"), Interval: time.Second}); err == nil {
		t.Error("took quic://")
	}
}

// Ctrl-C ends a test early, with a report of what was.
func TestEndsEarly(t *testing.T) {
	b := newBroker(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := Config{
		URL: b.url(), Prefix: "jiaping", Code: "LT-", Interval: 20 * time.Millisecond, Phases: phasesOf(t, "ramp:3:20h"),
		Second: func(Second) { cancel() },
	}
	r, err := Run(ctx, cfg)
	if err != nil || len(r.Seconds) < 1 || len(r.Seconds) > 2 {
		t.Errorf("%d seconds, %v", len(r.Seconds), err)
	}
}

// Two halves add up to the whole: the same lamps, each once.
func TestShares(t *testing.T) {
	whole := Config{Shares: 1}
	for _, lamps := range []int{1, 7, 400} {
		if whole.mine(lamps) != lamps {
			t.Errorf("one process has %d of %d lamps", whole.mine(lamps), lamps)
		}
		n := 0
		for i := range 3 {
			part := Config{Share: i, Shares: 3}
			n += part.mine(lamps)
		}
		if n != lamps {
			t.Errorf("three processes have %d of %d lamps", n, lamps)
		}
	}
	var sum Result
	sum.Merge(Result{Phases: []PhaseResult{{Sent: 2}}, Seconds: []Second{{At: 1.1, Lamps: 3}, {At: 3.0, Lamps: 4}}, Failures: map[string]int64{"x": 1}, Processes: 1})
	sum.Merge(Result{Phases: []PhaseResult{{Sent: 3}}, Seconds: []Second{{At: 1.0, Lamps: 5}, {At: 2.2, Lamps: 6}}, Failures: map[string]int64{"x": 2}, Processes: 1})
	lamps := []int64{}
	for _, s := range sum.Seconds {
		lamps = append(lamps, s.Lamps)
	}
	if diff := cmp.Diff([]int64{8, 6, 4}, lamps); diff != "" || sum.Phases[0].Sent != 5 || sum.Failures["x"] != 3 || sum.Processes != 2 {
		t.Errorf("%+v\n%s", sum, diff)
	}
}

// The report says the same as text, JSON and picture.
func TestReport(t *testing.T) {
	b := newBroker(t)
	cfg := Config{URL: b.url(), Phases: phasesOf(t, "ramp:5:1500ms,hold:120s"), Begin: time.Now()}
	cfg.enough = func(s Second) bool { return s.Phase == string(Hold) && s.Lamps == 5 && s.Acked > 0 }
	r := run(t, cfg)
	report := NewReport(&cfg, &r)
	if report.Acked != b.heard() || report.PubAck.Count != report.Acked || report.PubAck.P99 < report.PubAck.P50 || len(report.Phases) != 2 {
		t.Errorf("%+v", report)
	}
	if report.Lamps != 5 || report.Rate <= 0 || report.PeakRate <= 0 {
		t.Errorf("%d lamps, %v/s, at most %v/s", report.Lamps, report.Rate, report.PeakRate)
	}
	var text, chart bytes.Buffer
	if err := errors.Join(report.Text(&text), report.Chart(&chart)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "ramp:5:1.5s") || !strings.Contains(text.String(), "PUBACK") {
		t.Errorf("text:\n%s", text.String())
	}
	for d := xml.NewDecoder(&chart); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var again Report
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report, again); diff != "" {
		t.Error(diff)
	}
}

func TestParsePhases(t *testing.T) {
	phases := phasesOf(t, Usual)
	var words []string
	for _, p := range phases {
		words = append(words, p.String())
	}
	if diff := cmp.Diff(phases, phasesOf(t, strings.Join(words, ","))); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "ramp", "ramp:0:1s", "ramp:5:0s", "hold:1m", "ramp:5:1s,hold:1:1s", "ramp:5:1s,burst:1:1s", "ramp:5:1s,storm:101:1s", "ramp:5:1s,gust:2:1s", "ramp:400000:1s"} {
		if _, err := ParsePhases(bad); err == nil {
			t.Errorf("took %q", bad)
		}
	}
}

func FuzzParsePhases(f *testing.F) {
	f.Add(Usual)
	f.Add("ramp:1:1s,hold:1h,burst:1.5:1ms,storm:0.5:1s")
	f.Fuzz(func(t *testing.T, s string) {
		phases, err := ParsePhases(s)
		if err != nil {
			return
		}
		for _, p := range phases {
			if again, err := parsePhase(p.String()); err != nil || again.Lasts != p.Lasts || !slices.Equal(again.Lamps, p.Lamps) {
				t.Errorf("%q → %v → %v, %v", s, p, again, err)
			}
		}
		at(phases, phases[0].Lasts/2)
	})
}

// A ramp of three stops climbs for a third of each stop's time and stays for two.
func TestRamp(t *testing.T) {
	phases := phasesOf(t, "ramp:400-958-10000:90s,hold:10s,burst:3:10s,storm:50:10s")
	for _, c := range []struct {
		at     time.Duration
		lamps  int
		factor float64
		phase  int
	}{{0, 0, 1, 0}, {5 * time.Second, 200, 1, 0}, {29 * time.Second, 400, 1, 0}, {35 * time.Second, 679, 1, 0}, {59 * time.Second, 958, 1, 0}, {89 * time.Second, 10000, 1, 0}, {95 * time.Second, 10000, 1, 1}, {105 * time.Second, 10000, 3, 2}, {115 * time.Second, 10000, 1, 3}} {
		m, going := at(phases, c.at)
		if !going || m.lamps != c.lamps || m.factor != c.factor || m.phase != c.phase {
			t.Errorf("%v: %+v %v, want %+v", c.at, m, going, c)
		}
	}
	if _, going := at(phases, 120*time.Second); going {
		t.Error("goes on after its end")
	}
}

// A percentile is right within the width of a bucket.
func TestQuantiles(t *testing.T) {
	var h hist
	for i := 1; i <= 1000; i++ {
		h.add(time.Duration(i) * time.Millisecond)
	}
	tally := h.tally()
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond, 1: time.Second} {
		if got := tally.quantile(q); float64(got) < 0.96*float64(want) || float64(got) > 1.05*float64(want) {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	h.add(time.Nanosecond)
	h.add(100 * time.Hour)
	if later := h.tally(); later.total() != 1002 || later.minus(tally).Counts[0] != 1 || later.Most != int64(100*time.Hour) {
		t.Errorf("%d, most %v", later.total(), time.Duration(later.Most))
	}
}

// What we write by hand is what the library reads.
func TestAppendPublish(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 500, 20_000, 3_000_000} {
		body := bytes.Repeat([]byte("x"), n)
		p, err := packets.ReadPacket(bytes.NewReader(appendPublish(nil, "jiaping/lamps/LT-1/telemetry", 515, n == 500, body)))
		if err != nil {
			t.Fatal(err)
		}
		got := p.(*packets.PublishPacket)
		if got.TopicName != "jiaping/lamps/LT-1/telemetry" || got.MessageID != 515 || got.Qos != 1 || got.Dup != (n == 500) || !bytes.Equal(got.Payload, body) {
			t.Errorf("%d bytes: %v", n, got)
		}
	}
}
