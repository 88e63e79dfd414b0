package broker_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/ingest/gate"
	"github.com/yingguang/yingguang/tools/smalldisk"
)

// patience is for machines that do much else.
const patience = 2 * time.Minute

func start(t *testing.T, cfg broker.Config) *broker.Broker {
	t.Helper()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 64 << 20
	}
	b, err := broker.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func client(t *testing.T, url, id string, change ...func(*mqtt.ClientOptions)) mqtt.Client {
	t.Helper()
	o := mqtt.NewClientOptions().AddBroker(url).SetClientID(id).SetAutoReconnect(false).SetConnectTimeout(patience)
	for _, f := range change {
		f(o)
	}
	c := mqtt.NewClient(o)
	done(t, c.Connect())
	return c
}

func done(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) {
		t.Fatalf("no answer in %v", patience)
	}
	if err := token.Error(); err != nil {
		t.Fatal(err)
	}
}

// session subscribes as ingest does, and leaves.
func session(t *testing.T) func(context.Context, string) error {
	return func(_ context.Context, url string) error {
		c := client(t, url, "ingest", func(o *mqtt.ClientOptions) { o.SetCleanSession(false) })
		done(t, c.Subscribe("t/+", 1, nil))
		c.Disconnect(100)
		return nil
	}
}

// collect reads the session's messages until it has n different ones.
func collect(t *testing.T, url string, n int) map[string]bool {
	t.Helper()
	var mu sync.Mutex
	got, all := map[string]bool{}, make(chan struct{})
	c := client(t, url, "ingest", func(o *mqtt.ClientOptions) {
		o.SetCleanSession(false).SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			mu.Lock()
			defer mu.Unlock()
			if got[string(m.Payload())] = true; len(got) == n {
				select {
				case <-all:
				default:
					close(all)
				}
			}
		})
	})
	defer c.Disconnect(100)
	select {
	case <-all:
	case <-time.After(patience):
		mu.Lock()
		defer mu.Unlock()
		t.Fatalf("got %d of %d messages", len(got), n)
	}
	mu.Lock()
	defer mu.Unlock()
	return got
}

// What is published before ingest ever connects is kept, over a restart too.
func TestNothingIsDroppedBeforeIngestConnects(t *testing.T) {
	dir, calls := t.TempDir(), 0
	cfg := broker.Config{Dir: dir, Session: "ingest t/+", Prime: func(ctx context.Context, url string) error {
		calls++
		return session(t)(ctx, url)
	}}
	b := start(t, cfg)
	lamp := client(t, "tcp://"+b.Addr(), "lamp")
	for i := range 50 {
		done(t, lamp.Publish("t/a", 1, false, fmt.Sprint(i)))
	}
	lamp.Disconnect(100)
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	b = start(t, cfg)
	defer b.Close(t.Context())
	if calls != 1 {
		t.Errorf("the session was made %d times, want once", calls)
	}
	collect(t, b.URL(), 50)
}

func TestRetainedStatusAndLastWill(t *testing.T) {
	b := start(t, broker.Config{Dir: t.TempDir()})
	defer b.Close(t.Context())
	address := "tcp://" + b.Addr()
	conn, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	lamp := client(t, address, "lamp", func(o *mqtt.ClientOptions) {
		o.SetBinaryWill("t/status", []byte("offline"), 1, true)
		o.SetCustomOpenConnectionFn(func(_ *url.URL, _ mqtt.ClientOptions) (net.Conn, error) { return conn, nil })
	})
	done(t, lamp.Publish("t/status", 1, true, "online"))

	got := make(chan string, 8)
	watcher := client(t, address, "watcher")
	defer watcher.Disconnect(100)
	done(t, watcher.Subscribe("t/status", 1, func(_ mqtt.Client, m mqtt.Message) { got <- string(m.Payload()) }))
	expect := func(want string) {
		t.Helper()
		select {
		case s := <-got:
			if s != want {
				t.Fatalf("got %q, want %q", s, want)
			}
		case <-time.After(patience):
			t.Fatalf("no %q", want)
		}
	}
	expect("online")
	conn.Close() // the lamp's power fails
	expect("offline")
}

func TestPortTakenIsOneSentence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = broker.Start(t.Context(), broker.Config{Dir: t.TempDir(), Listen: l.Addr().String(), MaxBytes: 1 << 20})
	if err == nil || !strings.Contains(err.Error(), "broker.listen "+l.Addr().String()) || !strings.Contains(err.Error(), "taken") {
		t.Errorf("got %v", err)
	}
}

func TestFolderThatCannotBeUsedIsToldAtOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jetstream"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := broker.Start(t.Context(), broker.Config{Dir: dir, Listen: "127.0.0.1:0", MaxBytes: 1 << 20})
	if err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
}

// A disk that fills up stops the store for good; once there is space the broker
// gets over it, on the same port, and has kept what it acknowledged.
func TestFullDiskIsGotOver(t *testing.T) {
	disk := smalldisk.New(t, 24<<20)
	b := start(t, broker.Config{Dir: filepath.Join(disk.Dir, "broker"), MaxBytes: 1 << 30, Prime: session(t)})
	defer b.Close(t.Context())
	address, filler := "tcp://"+b.Addr(), strings.Repeat("x", 500<<10)
	lamp := client(t, address, "lamp")
	acknowledged := 0
	for ; ; acknowledged++ {
		if token := lamp.Publish("t/a", 1, false, fmt.Sprint(acknowledged, filler)); !token.WaitTimeout(3*time.Second) || token.Error() != nil {
			break
		}
		if acknowledged == 100 {
			t.Fatal("50 MB on a disk of 24")
		}
	}
	lamp.Disconnect(0)
	disk.Grow(128 << 20)
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(address).SetClientID("after").SetAutoReconnect(false))
		if token := c.Connect(); token.WaitTimeout(5*time.Second) && token.Error() == nil {
			token = c.Publish("t/a", 1, false, "after")
			ok := token.WaitTimeout(5*time.Second) && token.Error() == nil
			c.Disconnect(0)
			if ok {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("not got over within five minutes")
		}
	}
	got := collect(t, b.URL(), acknowledged+1)
	for i := range acknowledged {
		if !got[fmt.Sprint(i, filler)] {
			t.Errorf("message %d was acknowledged and is lost", i)
		}
	}
}

func TestPassword(t *testing.T) {
	b := start(t, broker.Config{Dir: t.TempDir(), Shared: gate.Account{Username: "lamps", Password: "right"}})
	defer b.Close(t.Context())
	try := func(password string) error {
		c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + b.Addr()).SetClientID("x").SetUsername("lamps").SetPassword(password))
		defer c.Disconnect(0)
		token := c.Connect()
		if !token.WaitTimeout(patience) {
			t.Fatalf("no answer in %v", patience)
		}
		return token.Error()
	}
	if err := try("right"); err != nil {
		t.Errorf("the right password: %v", err)
	}
	if err := try("wrong"); err == nil {
		t.Error("the wrong password was let in")
	}
}
