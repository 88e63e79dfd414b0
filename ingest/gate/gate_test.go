package gate_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/ingest/gate"
)

// patience is for machines that do much else.
const patience = 2 * time.Minute

// book is a town of two lamps, one of them behind a gateway.
type book struct {
	mu   sync.Mutex
	gone map[string]bool
}

func (b *book) Login(_ context.Context, name string) (gate.Login, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := gate.Login{Secret: sha256.Sum256([]byte("secret of " + name)), Lamps: 1}
	switch {
	case b.gone[name]:
		return gate.Login{}, false, nil
	case strings.HasPrefix(name, "GW-"):
		l.Gateway = device.GatewayID(name)
	case strings.HasPrefix(name, "JP-"):
		l.Lamp = device.LampID(name)
	default:
		return gate.Login{}, false, nil
	}
	return l, true, nil
}

func (b *book) Assigned(g device.GatewayID, l device.LampID) bool {
	return g == "GW-01" && l == "JP-0002"
}

func (b *book) withdraw(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = map[string]bool{name: true}
}

// town is an embedded broker that lets only lamps with a credential in.
type town struct {
	*broker.Broker
	t         *testing.T
	book      *book
	dir       string
	incidents chan gate.Incident
}

func newTown(t *testing.T, change ...func(*broker.Config)) *town {
	t.Helper()
	w := &town{t: t, book: &book{}, dir: t.TempDir(), incidents: make(chan gate.Incident, 1000)}
	cfg := broker.Config{
		Dir: w.dir, Listen: "127.0.0.1:0", MaxBytes: 64 << 20, SyncInterval: time.Minute, Prefix: "jiaping", Closed: true, Book: w.book,
		Report: func(i gate.Incident) { w.incidents <- i },
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if w.Broker, err = broker.Start(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close(context.Background()) })
	return w
}

// lamp makes a client that knows its secret; it does not connect again by itself.
func (w *town) options(name string) *mqtt.ClientOptions {
	return mqtt.NewClientOptions().AddBroker("tcp://" + w.Addr()).SetClientID("any").SetUsername(name).SetPassword("secret of " + name).
		SetAutoReconnect(false).SetConnectTimeout(patience)
}

// lamp is a connected client, and when its connection is lost.
func (w *town) lamp(name string, change ...func(*mqtt.ClientOptions)) (mqtt.Client, chan error) {
	w.t.Helper()
	lost := make(chan error, 1)
	o := w.options(name).SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err })
	for _, f := range change {
		f(o)
	}
	c := mqtt.NewClient(o)
	must(w.t, c.Connect())
	w.t.Cleanup(func() { c.Disconnect(0) })
	return c, lost
}

// office reads everything, past the gate as ingest does.
func (w *town) office(filter string) chan mqtt.Message {
	w.t.Helper()
	got := make(chan mqtt.Message, 100_000)
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(w.URL()).SetClientID(rand.Text()).SetAutoReconnect(false))
	must(w.t, c.Connect())
	w.t.Cleanup(func() { c.Disconnect(0) })
	must(w.t, c.Subscribe(filter, 1, func(_ mqtt.Client, m mqtt.Message) { got <- m }))
	return got
}

func must(t *testing.T, token mqtt.Token) {
	t.Helper()
	if err := outcome(token); err != nil {
		t.Fatal(err)
	}
}

func outcome(token mqtt.Token) error {
	if !token.WaitTimeout(patience) {
		return fmt.Errorf("no answer in %v", patience)
	}
	return token.Error()
}

func wait[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("not within %v: %s", patience, what)
		panic("unreachable")
	}
}

func (w *town) trouble(want gate.Trouble, name string) {
	w.t.Helper()
	i := wait(w.t, string(want)+" is reported", w.incidents)
	if i.Trouble != want || i.Username != name {
		w.t.Errorf("reported %+v, want %s of %s", i, want, name)
	}
}

// Without its own credential nobody gets in, and with it only as oneself.
func TestEveryLampHasItsOwnCredential(t *testing.T) {
	w := newTown(t)
	for name, o := range map[string]*mqtt.ClientOptions{
		"nobody":                  mqtt.NewClientOptions(),
		"a wrong password":        w.options("JP-0001").SetPassword("wrong"),
		"the secret of another":   w.options("JP-0001").SetPassword("secret of JP-0002"),
		"no password":             w.options("JP-0001").SetPassword(""),
		"a stranger":              w.options("XX-0001"),
		"the account of the gate": w.options("gate").SetPassword(""),
	} {
		c := mqtt.NewClient(o.AddBroker("tcp://" + w.Addr()).SetClientID("x").SetConnectRetry(false).SetAutoReconnect(false))
		if err := outcome(c.Connect()); err == nil {
			t.Errorf("%s was let in", name)
			c.Disconnect(0)
		}
	}
	got := w.office("jiaping/#")
	lamp, _ := w.lamp("JP-0001")
	must(t, lamp.Publish("jiaping/lamps/JP-0001/telemetry", 1, false, "hello"))
	if m := wait(t, "its message", got); string(m.Payload()) != "hello" {
		t.Errorf("got %q", m.Payload())
	}
}

// What a lamp or a gateway may send and read, and what not.
func TestOwnTopicsOnly(t *testing.T) {
	w := newTown(t, func(c *broker.Config) { c.Owner = vendors })
	got := w.office("#")
	for _, c := range []struct {
		name, topic string
		ok          bool
	}{
		{"JP-0001", "jiaping/lamps/JP-0001/telemetry", true},
		{"JP-0001", "jiaping/lamps/JP-0001/status", true},
		{"JP-0001", "jiaping/lamps/JP-0001/command/result", true},
		{"GW-01", "jiaping/gateways/GW-01/telemetry", true},
		{"GW-01", "jiaping/lamps/JP-0002/telemetry", true},
		{"JP-0001", "vendor/JP-0001/up", true},
		{"GW-01", "vendor/JP-0002/up", true},
		{"GW-01", "vendor/gateways/GW-01", true},
		{"JP-0007", "vendor/JP-0001/up", false},
		{"JP-0008", "vendor/anybody", false},
		{"GW-04", "vendor/JP-0002/up", false},
		{"GW-05", "vendor/gateways/GW-01", false},
		{"GW-06", "vendor/anybody", false},
		{"JP-0010", "vendor/JP-0010/+/up", false},
		{"JP-0001", "jiaping/lamps/JP-0001/command", false},
		{"JP-0003", "jiaping/lamps/JP-0001/telemetry", false},
		{"JP-0004", "jiaping/lamps/JP-00041/telemetry", false},
		{"JP-0005", "jiaping/gateways/JP-0005/telemetry", false},
		{"JP-0006", "other/lamps/JP-0006/telemetry", false},
		{"GW-02", "jiaping/lamps/JP-0002/telemetry", false},
		{"GW-03", "jiaping/gateways/GW-01/status", false},
	} {
		lamp, lost := w.lamp(c.name)
		token := lamp.Publish(c.topic, 1, false, c.name)
		if c.ok {
			must(t, token)
			if m := wait(t, c.topic, got); m.Topic() != c.topic {
				t.Errorf("got %s, want %s", m.Topic(), c.topic)
			}
			lamp.Disconnect(10)
			continue
		}
		wait(t, c.name+" is sent away for "+c.topic, lost)
		w.trouble(gate.Foreign, c.name)
	}
	if len(got) > 0 {
		t.Errorf("%s came through", (<-got).Topic())
	}
}

// vendors says whose a topic is as payload profiles do.
func vendors(topic string) (device.LampID, device.GatewayID) {
	if lamp, ok := strings.CutSuffix(strings.TrimPrefix(topic, "vendor/"), "/up"); ok {
		lamp, _, _ = strings.Cut(lamp, "/")
		return device.LampID(lamp), ""
	}
	if gateway, ok := strings.CutPrefix(topic, "vendor/gateways/"); ok {
		return "", device.GatewayID(gateway)
	}
	return "", ""
}

func TestOwnCommandsOnly(t *testing.T) {
	w := newTown(t)
	lamp, _ := w.lamp("JP-0001")
	commands := make(chan string, 10)
	token := lamp.SubscribeMultiple(map[string]byte{
		"jiaping/lamps/JP-0001/command": 1, "jiaping/lamps/JP-0002/command": 1, "jiaping/#": 1, "#": 1, "$SYS/#": 1, "$MQTT/#": 0,
	}, func(_ mqtt.Client, m mqtt.Message) { commands <- m.Topic() + " " + string(m.Payload()) })
	if !token.WaitTimeout(patience) {
		t.Fatal("no SUBACK")
	}
	for filter, granted := range token.(*mqtt.SubscribeToken).Result() {
		if want := map[bool]byte{true: 1, false: 0x80}[filter == "jiaping/lamps/JP-0001/command"]; granted != want {
			t.Errorf("%s was granted %#x, want %#x", filter, granted, want)
		}
	}
	w.trouble(gate.Foreign, "JP-0001")
	office := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(w.URL()).SetClientID("commands"))
	must(t, office.Connect())
	defer office.Disconnect(0)
	must(t, office.Publish("jiaping/lamps/JP-0002/command", 1, false, "not for you"))
	must(t, office.Publish("jiaping/lamps/JP-0001/command", 1, false, "dim"))
	if got := wait(t, "the command", commands); got != "jiaping/lamps/JP-0001/command dim" {
		t.Errorf("got %q", got)
	}
}

// A command that waits in a lamp's session comes after CONNACK, never before it.
func TestWaitingCommandComesAfterTheAnswer(t *testing.T) {
	w := newTown(t)
	lamp, _ := w.lamp("JP-0001", func(o *mqtt.ClientOptions) { o.SetCleanSession(false) })
	must(t, lamp.Subscribe("jiaping/lamps/JP-0001/command", 1, nil))
	lamp.Disconnect(250)
	office := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(w.URL()).SetClientID("commands"))
	must(t, office.Connect())
	defer office.Disconnect(0)
	must(t, office.Publish("jiaping/lamps/JP-0001/command", 1, false, "dim"))
	conn := w.hello("JP-0001", 0xc0) // it wants its session again
	got := make([]byte, 5)
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got[:4], []byte{0x20, 2, 1, 0}) || got[4]>>4 != 3 {
		t.Errorf("it got % x, %v, want CONNACK with its session and then PUBLISH", got, err)
	}
}

// A withdrawn lamp is disconnected within a second and cannot return.
func TestRevokedLampIsDisconnectedAtOnce(t *testing.T) {
	w := newTown(t)
	_, lost := w.lamp("JP-0001")
	other, otherLost := w.lamp("JP-0002")
	w.book.withdraw("JP-0001")
	w.Cut("JP-0001") // returns when it is gone
	if w.Connections() != 1 {
		t.Errorf("%d connections, want the other's", w.Connections())
	}
	wait(t, "the lamp notices", lost)
	if err := outcome(mqtt.NewClient(w.options("JP-0001")).Connect()); err == nil {
		t.Error("it came back")
	}
	must(t, other.Publish("jiaping/lamps/JP-0002/telemetry", 1, false, "still here"))
	if len(otherLost) > 0 {
		t.Error("the other lamp was sent away too")
	}
}

// A will stands on the lamp's own status only, and only a status is retained.
func TestWillsAndRetainedMessagesAreItsOwnStatus(t *testing.T) {
	w := newTown(t)
	for _, topic := range []string{"jiaping/lamps/JP-0009/status", "jiaping/lamps/JP-0003/telemetry", "$SYS/x"} {
		if err := outcome(mqtt.NewClient(w.options("JP-0003").SetWill(topic, "x", 1, true)).Connect()); err == nil {
			t.Errorf("a will on %s was accepted", topic)
		}
	}
	got := w.office("jiaping/lamps/JP-0001/#")
	conn, err := net.Dial("tcp", w.Addr())
	if err != nil {
		t.Fatal(err)
	}
	lamp, _ := w.lamp("JP-0001", func(o *mqtt.ClientOptions) {
		o.SetWill("jiaping/lamps/JP-0001/status", "offline", 1, true)
		o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return conn, nil })
	})
	must(t, lamp.Publish("jiaping/lamps/JP-0001/telemetry", 1, true, "reading"))
	must(t, lamp.Publish("jiaping/lamps/JP-0001/status", 1, true, "online"))
	conn.Close() // its power fails
	for _, want := range []string{"reading", "online", "offline"} {
		if m := wait(t, want, got); string(m.Payload()) != want {
			t.Errorf("got %q, want %q", m.Payload(), want)
		}
	}
	// The broker keeps what is retained a moment after it has passed it on.
	for deadline := time.Now().Add(patience); ; {
		first := wait(t, "what is retained", w.office("jiaping/lamps/JP-0001/#"))
		if !strings.HasSuffix(first.Topic(), "/status") || !first.Retained() {
			t.Fatalf("%q of %s was kept: only the status is", first.Payload(), first.Topic())
		}
		if string(first.Payload()) == "offline" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the kept status is %q", first.Payload())
		}
	}
}

// However many client ids it makes up, a lamp has one connection and one session.
func TestClientIDIsBoundToTheCredential(t *testing.T) {
	w := newTown(t)
	var before chan error
	for i := range 5 {
		_, lost := w.lamp("JP-0001", func(o *mqtt.ClientOptions) {
			o.SetCleanSession(false).SetClientID(fmt.Sprintf("phone of somebody %d", i))
		})
		if before != nil {
			wait(t, "the connection before is closed", before)
		}
		before = lost
	}
	if n := w.Connections(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// The demo on loopback: no name needed, and yet no way to the broker's own store.
func TestAnonymousCannotReachTheBrokersOwnTopics(t *testing.T) {
	w := newTown(t, func(c *broker.Config) { c.Closed = false })
	for _, topic := range []string{"$JS/API/STREAM/DELETE/$MQTT_msgs", "$MQTT/sub/x", "$SYS/REQ/SERVER/PING", "_INBOX/x"} {
		lost := make(chan error, 1)
		c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + w.Addr()).SetClientID("x").SetAutoReconnect(false).
			SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }))
		must(t, c.Connect())
		c.Publish(topic, 1, false, "{}")
		wait(t, "it is sent away for "+topic, lost)
	}
	got := w.office("jiaping/#") // which needs the streams
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + w.Addr()).SetClientID("x"))
	must(t, c.Connect())
	defer c.Disconnect(0)
	must(t, c.Publish("jiaping/lamps/JP-0001/telemetry", 1, false, "still there"))
	wait(t, "the message", got)
}
