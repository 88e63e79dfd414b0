package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/tools/freeport"
)

// house is a broker, a journal and an ingest between them.
type house struct {
	t       *testing.T
	url     string
	journal *journal.Journal
	ingest  *ingest.Ingest
	stop    func()
}

func openJournal(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), journal.Config{Dir: dir, MaxBytes: 256 << 20, RejectedMaxBytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func run(t *testing.T, cfg ingest.Config) (*ingest.Ingest, func()) {
	t.Helper()
	if cfg.ClientID == "" {
		cfg.ClientID = "ingest"
	}
	cfg.Prefix = "jiaping"
	if cfg.MaxPayload == 0 {
		cfg.MaxPayload = 64 << 10
	}
	if cfg.Observing == 0 {
		cfg.Observing = time.Hour
	}
	in := ingest.New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	return in, stop
}

// embedded is a house with the embedded broker.
func embedded(t *testing.T, change ...func(*ingest.Config)) *house {
	t.Helper()
	j := openJournal(t, t.TempDir())
	b, err := broker.Start(t.Context(), broker.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", MaxBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, url: "tcp://" + b.Addr(), journal: j}
	cfg := ingest.Config{URL: h.url, Journal: j}
	for _, f := range change {
		f(&cfg)
	}
	h.ingest, h.stop = run(t, cfg)
	t.Cleanup(func() {
		h.stop()
		b.Close(context.Background())
		j.Close(context.Background())
	})
	h.connected()
	return h
}

// mosquitto starts Debian's broker and gives its URL and process.
func mosquitto(t testing.TB) (string, *exec.Cmd) {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path = "/usr/sbin/mosquitto"
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("mosquitto is missing: apt-get install mosquitto")
		}
		t.Skip("SKIPPED: mosquitto is missing: apt-get install mosquitto")
	}
	address := freeport.Address(t)
	_, port, _ := net.SplitHostPort(address)
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 1000\nuser root\n", port)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return "tcp://" + address, cmd
}

func (h *house) connected() {
	h.t.Helper()
	eventually(h.t, "ingest is connected", func() bool { return h.ingest.Status().Connected != 0 })
}

// patience is for machines that do much else.
const patience = 2 * time.Minute

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func (h *house) lamp(id string) mqtt.Client {
	h.t.Helper()
	o := mqtt.NewClientOptions().AddBroker(h.url).SetClientID(id).SetConnectTimeout(patience).SetAutoReconnect(false).SetConnectRetry(true).SetConnectRetryInterval(50 * time.Millisecond)
	c := mqtt.NewClient(o)
	if token := c.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		h.t.Fatalf("connect: %v", token.Error())
	}
	h.t.Cleanup(func() { c.Disconnect(50) })
	return c
}

func publish(t *testing.T, c mqtt.Client, topic, payload string) {
	t.Helper()
	if err := tryPublish(c, topic, payload); err != nil {
		t.Fatal(err)
	}
}

// tryPublish is publish for goroutines, which may not end a test.
func tryPublish(c mqtt.Client, topic, payload string) error {
	token := c.Publish(topic, 1, false, payload)
	if !token.WaitTimeout(patience) {
		return fmt.Errorf("publish to %s: no answer in %v", topic, patience)
	}
	return token.Error()
}

// tally reads the journal until stop says so, and gives what it found.
type tally struct {
	readings []device.Reading
	statuses []device.Status
	leftOut  map[device.LampID]journal.LeftOut
	marks    int
}

func (h *house) read(enough func(*tally) bool) *tally {
	h.t.Helper()
	r, err := h.journal.Reader(h.t.Context(), journal.Position{})
	if err != nil {
		h.t.Fatal(err)
	}
	defer r.Close()
	// What was not acknowledged when ingest stopped comes again after 20 s, and the
	// next stop may meet it once more.
	ctx, cancel := context.WithTimeout(h.t.Context(), 5*time.Minute)
	defer cancel()
	got := &tally{leftOut: map[device.LampID]journal.LeftOut{}}
	for !enough(got) {
		_, b, err := r.Next(ctx)
		if err != nil {
			h.t.Fatalf("after %d readings, %d statuses, left out %v: %v", len(got.readings), len(got.statuses), got.leftOut, err)
		}
		got.readings = append(got.readings, b.Readings...)
		got.statuses = append(got.statuses, b.Statuses...)
		for _, l := range b.LeftOut {
			sum := got.leftOut[l.Lamp]
			sum.Rejected += l.Rejected
			sum.Duplicate += l.Duplicate
			got.leftOut[l.Lamp] = sum
		}
		if b.Observing {
			got.marks++
		}
	}
	return got
}

func reading(ts int64) string { return fmt.Sprintf(`{"ts":%d,"battery_v":12.8}`, ts) }

var base = time.Now().Add(-time.Hour).Unix()

func TestReadingsAndRejects(t *testing.T) {
	h := embedded(t)
	lamp := h.lamp("lamp")
	publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", reading(base))
	publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", `{"ts":`+fmt.Sprint(base)+`,"battery_v":99}`)
	publish(t, lamp, "jiaping/lamps/JP-0002/telemetry", `{"ts":`)
	publish(t, lamp, "jiaping/gateways/GW-01/telemetry", fmt.Sprintf(
		`{"readings":[{"lamp":"JP-0003","ts":%d,"lamp_on":true},{"lamp":"JP-0004","ts":%d},{"ts":%d,"lamp_on":true}]}`, base, base, base))
	publish(t, lamp, "jiaping/gateways/GW-01/status", `{"online":true}`)
	publish(t, lamp, "jiaping/lamps/JP-0005/telemetry", `{"x":"`+strings.Repeat("y", 70<<10)+`"}`)

	got := h.read(func(g *tally) bool {
		return len(g.readings) == 2 && len(g.statuses) == 1 && g.leftOut["JP-0005"].Rejected == 1
	})
	if got.readings[0].Lamp != "JP-0001" || got.readings[1].Lamp != "JP-0003" || got.readings[1].Gateway != "GW-01" {
		t.Errorf("readings %+v", got.readings)
	}
	for lamp, want := range map[device.LampID]uint32{"JP-0001": 1, "JP-0002": 1, "JP-0004": 1, "": 1, "JP-0005": 1} {
		if n := got.leftOut[lamp].Rejected; n != want {
			t.Errorf("lamp %q: %d rejected, want %d", lamp, n, want)
		}
	}
	list, err := h.journal.RejectedList(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]int{}
	for _, r := range list {
		reasons[r.Reason]++
		if r.Reason == "too_large" && (r.Length != 70<<10+8 || len(r.Payload) > journal.MaxRejectedPayload || len(r.SHA256) != 64) {
			t.Errorf("too large is kept as %d bytes of %d, %s", len(r.Payload), r.Length, r.SHA256)
		}
		if r.Reason == "out_of_range" && !strings.Contains(r.Text, "battery_v 99") {
			t.Errorf("the reason %q does not name field and value", r.Text)
		}
	}
	if len(list) != 5 || reasons["out_of_range"] != 1 || reasons["bad_json"] != 1 || reasons["no_measurement"] != 1 || reasons["bad_lamp"] != 1 || reasons["too_large"] != 1 {
		t.Errorf("reasons %v", reasons)
	}
}

// A gateway's message may name lamps of others: their readings are rejected, each with
// its own bytes, and those of its own lamps stand.
func TestGatewaySpeaksForItsOwnLampsOnly(t *testing.T) {
	h := embedded(t, func(c *ingest.Config) {
		c.Foreign = func(g device.GatewayID, l device.LampID) bool { return g == "GW-01" && l == "JP-0009" }
	})
	publish(t, h.lamp("gateway"), "jiaping/gateways/GW-01/telemetry", fmt.Sprintf(
		`{"readings":[{"lamp":"JP-0003","ts":%d,"lamp_on":true},{"lamp":"JP-0009","ts":%d,"battery_v":12.5},{"lamp":"JP-0004","ts":%d,"lamp_on":true}]}`, base, base, base))
	got := h.read(func(g *tally) bool { return len(g.readings) == 2 && g.leftOut["JP-0009"].Rejected == 1 })
	if got.readings[0].Lamp != "JP-0003" || got.readings[1].Lamp != "JP-0004" {
		t.Errorf("readings %+v", got.readings)
	}
	list, err := h.journal.RejectedList(t.Context(), 0, 100)
	if err != nil || len(list) != 1 || list[0].Reason != "foreign_lamp" || list[0].Lamp != "JP-0009" || !strings.Contains(string(list[0].Payload), `"lamp":"JP-0009"`) || len(list[0].Encoded) == 0 {
		t.Errorf("rejected %+v, %v", list, err)
	}
}

// What the broker delivers again is counted, not journaled again.
func TestDuplicatesAreCounted(t *testing.T) {
	h := embedded(t)
	lamp := h.lamp("lamp")
	for range 3 {
		publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", reading(base))
		h.read(func(g *tally) bool { return len(g.readings) == 1 }) // the first one is in the journal
	}
	got := h.read(func(g *tally) bool { return g.leftOut["JP-0001"].Duplicate == 2 })
	if len(got.readings) != 1 {
		t.Errorf("%d readings", len(got.readings))
	}
}

func TestObservingMarks(t *testing.T) {
	h := embedded(t, func(c *ingest.Config) { c.Observing = 50 * time.Millisecond })
	h.read(func(g *tally) bool { return g.marks >= 2 })
}

// An absent broker is waited for; one that goes away is found again; readings
// published meanwhile are there.
func TestBrokerComesAndGoes(t *testing.T) {
	j := openJournal(t, t.TempDir())
	defer j.Close(context.Background())
	address := freeport.Address(t)
	dir := t.TempDir()
	in, stop := run(t, ingest.Config{URL: "tcp://" + address, Journal: j})
	defer stop()
	h := &house{t: t, url: "tcp://" + address, journal: j, ingest: in}
	for i := range 2 {
		b, err := broker.Start(t.Context(), broker.Config{Dir: dir, Listen: address, MaxBytes: 64 << 20})
		if err != nil {
			t.Fatal(err)
		}
		h.connected()
		publish(t, h.lamp(fmt.Sprint("lamp", i)), "jiaping/lamps/JP-0001/telemetry", reading(base+int64(i)))
		h.read(func(g *tally) bool { return len(g.readings) == i+1 })
		b.Close(t.Context())
		eventually(t, "the loss is noticed", func() bool { return in.Status().Connected == 0 })
	}
}

// failing refuses every write until there is room, as a full disk does.
type failing struct {
	*journal.Journal
	room atomic.Bool
}

func (f *failing) Append(ctx context.Context, b *journal.Block) (journal.Position, error) {
	if !f.room.Load() {
		return journal.Position{}, journal.ErrNoSpace
	}
	return f.Journal.Append(ctx, b)
}

func TestJournalThatRefusesIsWaitedFor(t *testing.T) {
	var f *failing
	h := embedded(t, func(c *ingest.Config) {
		f = &failing{Journal: c.Journal.(*journal.Journal)}
		c.Journal = f
	})
	lamp := h.lamp("lamp")
	publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", reading(base))
	eventually(t, "the trouble shows", func() bool { return strings.Contains(h.ingest.Status().Failing, "disk") })
	f.room.Store(true)
	got := h.read(func(g *tally) bool { return len(g.readings) >= 1 })
	if len(got.readings) != 1 {
		t.Errorf("%d readings", len(got.readings))
	}
	eventually(t, "the trouble is over", func() bool { return h.ingest.Status().Failing == "" })
}

// Messages that fit a block by themselves can outgrow it together; such a block
// must not hold up everything behind it.
func TestBlockTooLargeIsSplit(t *testing.T) {
	var f *failing
	h := embedded(t, func(c *ingest.Config) {
		f = &failing{Journal: c.Journal.(*journal.Journal)} // so that the batches gather behind the first reading
		c.Journal, c.MaxPayload = f, 256<<10
	})
	lamp := h.lamp("lamp")
	publish(t, lamp, "jiaping/lamps/JP-9999/telemetry", reading(base))
	eventually(t, "the first is held back", func() bool { return h.ingest.Status().Failing != "" })
	faults := strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("f", 64)+`",`, 16), ",")
	total := 1
	for k, n := range []int{165, 165, 225} {
		var items []string
		for i := range n {
			items = append(items, fmt.Sprintf(`{"lamp":"JP-%d-%d","ts":%d,"lamp_on":true,"faults":[%s]}`, k, i, base, faults))
		}
		publish(t, lamp, "jiaping/gateways/GW-01/telemetry", `{"readings":[`+strings.Join(items, ",")+`]}`)
		total += n
	}
	f.room.Store(true)
	got := h.read(func(g *tally) bool { return len(g.readings) >= total })
	for k, i := range []int{0, 1, 1 + 165, 1 + 165 + 165} {
		if want := []device.LampID{"JP-9999", "JP-0-0", "JP-1-0", "JP-2-0"}[k]; got.readings[i].Lamp != want {
			t.Errorf("reading %d is of %s, want %s: the order is lost", i, got.readings[i].Lamp, want)
		}
	}
}

// Ingest is stopped again and again in the middle of load: every reading that a
// lamp got its PUBACK for is in the journal.
func TestStoppedInTheMiddleOfLoad(t *testing.T) {
	h := embedded(t)
	const lamps, each = 4, 400
	var published sync.WaitGroup
	for l := range lamps {
		c := h.lamp(fmt.Sprint("lamp", l))
		published.Go(func() {
			for i := range each {
				if err := tryPublish(c, fmt.Sprintf("jiaping/lamps/JP-%04d/telemetry", l), reading(base+int64(i))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { published.Wait(); close(done) }()
	for {
		h.stop()
		h.ingest, h.stop = run(t, ingest.Config{URL: h.url, Journal: h.journal})
		h.connected()
		select {
		case <-done:
		case <-time.After(150 * time.Millisecond):
			continue
		}
		break
	}
	seen := map[uint64]bool{}
	h.read(func(g *tally) bool {
		for i := range g.readings {
			seen[g.readings[i].Hash()] = true
		}
		g.readings = nil
		return len(seen) == lamps*each
	})
}

func TestMosquitto(t *testing.T) {
	url, _ := mosquitto(t)
	j := openJournal(t, t.TempDir())
	defer j.Close(context.Background())
	in, stop := run(t, ingest.Config{URL: url, Journal: j})
	defer stop()
	h := &house{t: t, url: url, journal: j, ingest: in}
	h.connected()
	lamp := h.lamp("lamp")
	for i := range 500 {
		if i == 250 { // a restart of ours in the middle: the session keeps what comes meanwhile
			stop()
			publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", "not JSON")
			defer func() { h.stop() }()
		}
		publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", reading(base+int64(i)))
		if i == 300 {
			h.ingest, h.stop = run(t, ingest.Config{URL: url, Journal: j})
		}
	}
	seen := map[uint64]bool{}
	got := h.read(func(g *tally) bool {
		for i := range g.readings {
			seen[g.readings[i].Hash()] = true
		}
		return len(seen) == 500 && g.leftOut["JP-0001"].Rejected == 1
	})
	if len(got.readings) < 500 {
		t.Errorf("%d readings", len(got.readings))
	}
}

func TestUnreachableBrokerIsNotAnError(t *testing.T) {
	j := openJournal(t, t.TempDir())
	defer j.Close(context.Background())
	in, stop := run(t, ingest.Config{URL: "tcp://127.0.0.1:1", Journal: j})
	stop()
	if s := in.Status(); s.Connected != 0 {
		t.Errorf("status %+v", s)
	}
	if err := in.Prime(t.Context(), "tcp://127.0.0.1:1"); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("Prime gave %v", err)
	}
}
