package gate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/ingest/gate"
)

// stored reads how many messages the closed broker's folder holds, by stream.
func stored(t *testing.T, dir string) map[string]uint64 {
	t.Helper()
	s, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the store does not open")
	}
	info, err := s.Jsz(&server.JSzOptions{Accounts: true, Streams: true})
	if err != nil || len(info.AccountDetails) == 0 {
		t.Fatalf("no streams: %v", err)
	}
	got := map[string]uint64{}
	for _, stream := range info.AccountDetails[0].Streams {
		got[stream.Name] = stream.State.Msgs
	}
	return got
}

// absent keeps everything for a session that is away, so that the store can be counted.
func (w *town) absent(filter string) {
	w.t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(w.URL()).SetClientID("absent").SetCleanSession(false))
	must(w.t, c.Connect())
	must(w.t, c.Subscribe(filter, 1, nil))
	c.Disconnect(250)
}

// A message with QoS 2 is turned away before any of it is stored, on a topic of its
// own as on another's; the one with QoS 1 before it shows that the store counts.
func TestQoS2IsTurnedAwayUnstored(t *testing.T) {
	for _, topic := range []string{"jiaping/lamps/JP-0001/telemetry", "jiaping/lamps/JP-0009/telemetry", "$JS/API/STREAM/DELETE/x"} {
		w := newTown(t)
		w.absent("jiaping/#")
		lamp, lost := w.lamp("JP-0001")
		must(t, lamp.Publish("jiaping/lamps/JP-0001/telemetry", 1, false, "one"))
		lamp.Publish(topic, 2, false, "two")
		wait(t, "it is sent away", lost)
		w.trouble(gate.QoS2, "JP-0001")
		w.Close(context.Background()) // from here on the store stands still
		got := stored(t, w.dir)
		if got["$MQTT_msgs"] != 1 || got["$MQTT_qos2in"] != 0 {
			t.Errorf("%s: the store holds %v, want the one message with QoS 1", topic, got)
		}
	}
}

// raw is a client that says what paho would not.
func (w *town) raw(name string) net.Conn {
	w.t.Helper()
	conn := w.hello(name, 0xc2)
	ack := make([]byte, 4)
	if _, err := io.ReadFull(conn, ack); err != nil || ack[3] != 0 {
		w.t.Fatalf("CONNACK %v, %v", ack, err)
	}
	return conn
}

// hello sends CONNECT with these flags and reads nothing.
func (w *town) hello(name string, flags byte) net.Conn {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.Addr())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	var hello bytes.Buffer
	text := func(s string) { hello.Write([]byte{0, byte(len(s))}); hello.WriteString(s) }
	text("MQTT")
	hello.Write([]byte{4, flags, 0, 0})
	text("raw")
	text(name)
	text("secret of " + name)
	if _, err := conn.Write(append([]byte{0x10, byte(hello.Len())}, hello.Bytes()...)); err != nil {
		w.t.Fatal(err)
	}
	return conn
}

// stopped is a clock at which no time passes; waits are short.
type stopped struct{}

func (stopped) Now() time.Time { return time.Date(2026, 1, 4, 18, 0, 0, 0, time.UTC) }

func (stopped) Sleep(ctx context.Context, d time.Duration) error {
	return clock.Real{}.Sleep(ctx, min(d, 10*time.Millisecond))
}

// What no lamp in its senses sends: it is cut off and reported by name, and kept
// outside for a while, so that it cannot do it again and again.
func TestNonsenseIsCutOffAndReported(t *testing.T) {
	w := newTown(t, func(c *broker.Config) { c.Clock = stopped{} })
	for i, c := range []struct {
		sends []byte
		want  gate.Trouble
	}{
		{[]byte{0x32, 0x80, 0x80, 0x80, 0x05}, gate.TooLarge}, // 10 MB, of which nothing is read
		{[]byte{0x32, 0xff, 0xff, 0xff, 0xff, 0x7f}, gate.Malformed},
		{[]byte{0x30, 5, 0, 3, 'a', 0, 'b'}, gate.Malformed},
		{[]byte{0x30, 4, 0, 2, 0xff, 0xfe}, gate.Malformed},
		{[]byte{0x32, 5, 0, 1, 'a', 0, 0}, gate.Malformed},
		{[]byte{0x36, 5, 0, 1, 'a', 0, 1}, gate.Malformed},
		{[]byte{0x30, 2, 0, 9}, gate.Malformed},
		{[]byte{0x62, 2, 0, 1}, gate.Malformed},
		{[]byte{0x82, 2, 0, 1}, gate.Malformed},
		{[]byte{0x10, 0}, gate.Malformed},
		{[]byte{0xf0, 0}, gate.Malformed},
	} {
		name := fmt.Sprintf("JP-10%02d", i)
		conn := w.raw(name)
		conn.Write(c.sends)
		if _, err := io.Copy(io.Discard, conn); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("% x: it is not cut off", c.sends)
			}
		}
		w.trouble(c.want, name)
		if err := outcome(mqtt.NewClient(w.options(name)).Connect()); err == nil {
			t.Errorf("% x: it is let in again at once", c.sends)
		}
	}
	lamp, _ := w.lamp("JP-0001")
	must(t, lamp.Publish("jiaping/lamps/JP-0001/telemetry", 1, false, "all is well"))
}

// flood publishes as fast as it can until it has sent so many or is told to stop, and
// counts what the broker took.
func flood(c mqtt.Client, topic string, most int, stop <-chan struct{}) (sent, taken *atomic.Int64, ended chan struct{}) {
	sent, taken, ended = new(atomic.Int64), new(atomic.Int64), make(chan struct{})
	tokens := make(chan mqtt.Token, most)
	go func() {
		for token := range tokens {
			if token.Wait() && token.Error() == nil {
				taken.Add(1)
			}
		}
	}()
	go func() {
		defer close(ended)
		defer close(tokens)
		for range most {
			select {
			case <-stop:
				return
			default:
				tokens <- c.Publish(topic, 1, false, "mad")
				sent.Add(1)
			}
		}
	}()
	return sent, taken, ended
}

func (w *town) until(what string, ok func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(3 * patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("not within %v: %s", 3*patience, what)
		}
	}
}

// One lamp sends as fast as it can, all its messages on their way at once and every one
// flushed to disk. Its neighbour's message waits behind a window of them and not behind
// all: in the order of the store, which no load of the machine changes, the two take
// turns. Once it has used up its burst it is slowed down, and the office hears of it.
func TestNeighboursOfAMadLampNoticeNothing(t *testing.T) {
	const burst = 1500
	w := newTown(t, func(c *broker.Config) { c.SyncInterval, c.Limits = 0, gate.Limits{PerSecond: 1, Burst: burst} })
	got := w.office("jiaping/#")
	good, lost := w.lamp("JP-0002")
	delay := func() time.Duration {
		began := time.Now()
		must(t, good.Publish("jiaping/lamps/JP-0002/telemetry", 1, false, "good"))
		return time.Since(began)
	}
	var alone, beside []time.Duration
	for range 40 {
		alone = append(alone, delay())
	}
	mad, _ := w.lamp("JP-0001")
	stop := make(chan struct{})
	sent, taken, ended := flood(mad, "jiaping/lamps/JP-0001/telemetry", 2*burst, stop)
	w.until("hundreds are on their way", func() bool { return sent.Load() > burst/3 })
	for len(w.incidents) == 0 {
		beside = append(beside, delay())
	}
	w.trouble(gate.Flood, "JP-0001")
	w.until("its burst is taken", func() bool { return taken.Load() >= burst-1 })
	if n := taken.Load(); n > burst*3/2 {
		t.Errorf("%d of its messages were taken when it was slowed down, want about the burst of %d", n, burst)
	}
	turns := 0
	for bad := 0; bad < burst*9/10; {
		if m := wait(t, "the burst", got); m.Topic() == "jiaping/lamps/JP-0001/telemetry" {
			bad++
		} else if bad > 0 {
			turns++
		}
	}
	slices.Sort(alone)
	slices.Sort(beside)
	t.Logf("median delay of the neighbour: alone %v, beside the burst %v; %d of its messages among %d", alone[len(alone)/2], beside[len(beside)/2], turns, burst)
	if turns < 5 {
		t.Errorf("%d messages of the neighbour came among %d of the mad lamp: it waits behind all of them", turns, burst)
	}
	delay() // and goes on
	if len(lost) > 0 {
		t.Error("the neighbour lost its connection")
	}
	close(stop)
	mad.Disconnect(0)
	wait(t, "the mad lamp stops", ended)
}
