package ingest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/journal"
)

// childEnv makes this test binary an ingest of its own, for tests that kill it: the
// NATS server, the broker, the name of its session and its group.
const childEnv = "INGEST_TEST_CHILD"

func TestMain(m *testing.M) {
	if words := os.Getenv(childEnv); words != "" {
		fmt.Fprintln(os.Stderr, beIngest(strings.Split(words, " ")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// counting counts the readings that went into the journal.
type counting struct {
	*journal.Journal
	readings atomic.Int64
}

func (c *counting) Append(ctx context.Context, b *journal.Block) (journal.Position, error) {
	p, err := c.Journal.Append(ctx, b)
	if err == nil {
		c.readings.Add(int64(len(b.Readings)))
	}
	return p, err
}

// beIngest tells on standard output how many readings it journaled, the first time
// when it is connected.
func beIngest(words []string) error {
	ctx := context.Background()
	j, err := journal.Open(ctx, journal.Config{URL: words[0], MaxBytes: 64 << 20, RejectedMaxBytes: 1 << 20})
	if err != nil {
		return err
	}
	c := &counting{Journal: j}
	in := ingest.New(shareConfig(words[1], words[2], words[3], c))
	go func() {
		said := int64(-1)
		for range time.Tick(10 * time.Millisecond) {
			if n := c.readings.Load(); n != said && in.Status().Connected != 0 {
				fmt.Println(n)
				said = n
			}
		}
	}()
	return in.Run(ctx)
}

func shareConfig(broker, name, group string, j ingest.Journal) ingest.Config {
	return ingest.Config{URL: broker, ClientID: name, Share: strings.TrimPrefix(group, "-"), Prefix: "jiaping", MaxPayload: 64 << 10, Journal: j}
}

// natsServer is a NATS server that other processes reach too.
func natsServer(t testing.TB) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server did not start")
	}
	return s.ClientURL()
}

// embeddedBroker is one that only lamps' port leads to.
func embeddedBroker(t *testing.T) string {
	t.Helper()
	b, err := broker.Start(t.Context(), broker.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", MaxBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(context.Background()) })
	return "tcp://" + b.Addr()
}

// process is an ingest that can be killed.
type process struct {
	t     testing.TB
	words string
	cmd   *exec.Cmd
	told  atomic.Int64 // what it said last; -1 before it is connected
}

func (p *process) start() {
	p.t.Helper()
	p.told.Store(-1)
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env, p.cmd.Stderr = append(os.Environ(), childEnv+"="+p.words), os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if n, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
				p.told.Store(n)
			}
		}
	}()
	eventually(p.t, "the other process is connected", func() bool { return p.told.Load() >= 0 })
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// Two processes take messages into one journal, dividing them or each taking all, and
// are killed by turns in the middle of load: every reading whose PUBACK a lamp has
// is in the journal.
func TestTwoProcessesAreKilledByTurns(t *testing.T) {
	for _, c := range []struct {
		name, group string
		embedded    bool
		copies      int64 // of each reading, while nobody is killed
	}{
		{"a shared subscription", "town", false, 1},
		{"each takes all", "-", false, 2},
		{"each takes all of the embedded broker", "-", true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := natsServer(t)
			j, err := journal.Open(t.Context(), journal.Config{URL: url, MaxBytes: 64 << 20, RejectedMaxBytes: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { j.Close(context.Background()) })
			h := &house{t: t, journal: j}
			if c.embedded {
				h.url = embeddedBroker(t)
			} else {
				h.url, _ = mosquitto(t)
			}
			both := [2]*process{}
			for i := range both {
				both[i] = &process{t: t, words: strings.Join([]string{url, h.url, fmt.Sprint("ingest-", i), c.group}, " ")}
				both[i].start()
				t.Cleanup(both[i].kill)
			}
			const first, lamps, each = 60, 4, 100
			lamp := h.lamp("first")
			for i := range first {
				publish(t, lamp, "jiaping/lamps/JP-0000/telemetry", reading(base+int64(i)))
			}
			eventually(t, "both take their part", func() bool {
				a, b := both[0].told.Load(), both[1].told.Load()
				return a > 0 && b > 0 && a+b == first*c.copies
			})

			var published sync.WaitGroup
			for l := range lamps {
				lamp := h.lamp(fmt.Sprint("lamp", l))
				published.Go(func() {
					for i := range each {
						if err := tryPublish(lamp, fmt.Sprintf("jiaping/lamps/JP-%04d/telemetry", l+1), reading(base+int64(i))); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			done := make(chan struct{})
			go func() { published.Wait(); close(done) }()
			kills := 0
			for running := true; running || kills < 2; kills++ {
				both[kills%2].kill()
				both[kills%2].start()
				select {
				case <-done:
					running = false
				default:
				}
			}
			seen, copies := map[uint64]bool{}, 0
			h.read(func(g *tally) bool {
				for i := range g.readings {
					seen[g.readings[i].Hash()] = true
				}
				copies += len(g.readings)
				g.readings = nil
				return len(seen) == first+lamps*each
			})
			t.Logf("%d kills; when all of %d readings were found, %d had been journaled", kills, len(seen), copies)
		})
	}
}

// BenchmarkMoreThanOne says what a second process costs: the CPU of the ingests and of
// the broker for each reading, and how often it is journaled.
func BenchmarkMoreThanOne(b *testing.B) {
	for _, c := range []struct {
		name, group string
		ingests     int
		copies      int64
	}{{"one", "-", 1, 1}, {"two_share", "town", 2, 1}, {"two_take_all", "-", 2, 2}} {
		b.Run(c.name, func(b *testing.B) {
			nats := natsServer(b)
			broker, mosquitto := mosquitto(b)
			var all []*process
			for i := range c.ingests {
				p := &process{t: b, words: strings.Join([]string{nats, broker, fmt.Sprint("ingest-", i), c.group}, " ")}
				p.start()
				all = append(all, p)
			}
			lamp := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(broker).SetClientID("lamp").SetAutoReconnect(false))
			if token := lamp.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
				b.Fatal(token.Error())
			}
			b.ResetTimer()
			var last mqtt.Token
			for i := range b.N {
				last = lamp.Publish(fmt.Sprintf("jiaping/lamps/JP-%04d/telemetry", i%400), 1, false, reading(base-int64(i/400)))
				if i%200 == 199 {
					last.Wait()
				}
			}
			last.Wait()
			journaled := func() (n int64) {
				for _, p := range all {
					n += p.told.Load()
				}
				return n
			}
			eventually(b, "all is journaled", func() bool { return journaled() >= int64(b.N)*c.copies })
			b.StopTimer()
			used := time.Duration(0)
			for _, p := range all {
				p.kill()
				used += p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
			}
			lamp.Disconnect(0)
			_ = mosquitto.Process.Kill()
			_ = mosquitto.Wait()
			brokers := mosquitto.ProcessState.UserTime() + mosquitto.ProcessState.SystemTime()
			b.ReportMetric(float64(used.Microseconds())/float64(b.N), "ingest-cpu-us/op")
			b.ReportMetric(float64(brokers.Microseconds())/float64(b.N), "broker-cpu-us/op")
			b.ReportMetric(float64(journaled())/float64(b.N), "journaled/op")
		})
	}
}

// What waits in the session of an ingest that will not come back is taken in, and its
// share goes to the others.
func TestLeave(t *testing.T) {
	url, _ := mosquitto(t)
	j := openJournal(t, t.TempDir())
	defer j.Close(context.Background())
	h := &house{t: t, url: url, journal: j}
	var stop [2]func()
	for i := range stop {
		h.ingest, stop[i] = run(t, shareConfig(url, fmt.Sprint("ingest-", i), "town", j))
		defer stop[i]()
		h.connected()
	}
	stop[1]()
	lamp := h.lamp("lamp")
	const n = 40
	for i := range n {
		publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", reading(base+int64(i)))
	}
	if err := ingest.New(shareConfig(url, "ingest-1", "town", j)).Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		publish(t, lamp, "jiaping/lamps/JP-0002/telemetry", reading(base+int64(i)))
	}
	h.read(func(g *tally) bool { return len(g.readings) == 2*n })
}

// A session that took every message begins to share: none comes to it twice.
func TestShareEndsThePlainSubscription(t *testing.T) {
	url, _ := mosquitto(t)
	j := openJournal(t, t.TempDir())
	defer j.Close(context.Background())
	h := &house{t: t, url: url, journal: j}
	for _, group := range []string{"-", "town"} {
		in, stop := run(t, shareConfig(url, "ingest", group, j))
		h.ingest = in
		h.connected()
		if group == "-" {
			stop()
			continue
		}
		defer stop()
	}
	lamp := h.lamp("lamp")
	for i := range 20 {
		publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", reading(base+int64(i)))
	}
	publish(t, lamp, "jiaping/lamps/JP-0002/telemetry", reading(base)) // behind everything
	got := h.read(func(g *tally) bool {
		for i := range g.readings {
			if g.readings[i].Lamp == "JP-0002" {
				return true
			}
		}
		return false
	})
	if len(got.readings) != 21 || got.leftOut["JP-0001"].Duplicate != 0 {
		t.Errorf("%d readings, %d left out as duplicates, want 21 and none", len(got.readings), got.leftOut["JP-0001"].Duplicate)
	}
}

// others are other ingests of the group.
type others struct {
	well     atomic.Bool
	reported atomic.Int64
}

func (o *others) Report(context.Context, bool) error { o.reported.Add(1); return nil }

func (o *others) AllWell(context.Context) (bool, error) { return o.well.Load(), nil }

// While another one of the group is down nobody was watching all lamps.
func TestMarksNeedAllOfTheGroup(t *testing.T) {
	url, _ := mosquitto(t)
	j := openJournal(t, t.TempDir())
	defer j.Close(context.Background())
	o := &others{}
	cfg := shareConfig(url, "ingest", "town", j)
	cfg.Observing, cfg.Others = 20*time.Millisecond, o
	in, stop := run(t, cfg)
	defer stop()
	h := &house{t: t, url: url, journal: j, ingest: in}
	h.connected()
	lamp := h.lamp("lamp")
	for i := range 20 {
		publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", reading(base+int64(i)))
	}
	if got := h.read(func(g *tally) bool { return len(g.readings) == 20 }); got.marks != 0 {
		t.Errorf("%d marks while another one is down", got.marks)
	}
	o.well.Store(true)
	h.read(func(g *tally) bool { return g.marks > 0 })
	if o.reported.Load() == 0 {
		t.Error("it told the others nothing")
	}
}

// A broker that refuses shared subscriptions is told of in words that help.
func TestShareIsRefused(t *testing.T) {
	j := openJournal(t, t.TempDir())
	defer j.Close(context.Background())
	url := embeddedBroker(t)
	err := ingest.New(shareConfig(url, "ingest", "town", j)).Prime(t.Context(), url)
	if err == nil || !strings.Contains(err.Error(), "mqtt.share") {
		t.Errorf("%v, want a word of mqtt.share", err)
	}
}
