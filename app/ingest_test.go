package app_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/configs"
)

// One more ingest takes everything of the embedded broker too: each reading is
// journaled twice, and is in InfluxDB once; those placed at their receipt as well,
// which each ingest takes for another.
func TestOneMoreIngest(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server did not start")
	}
	h := newHouse(t, map[string]string{"journal.url": s.ClientURL()})
	h.ready()

	_, port, err := net.SplitHostPort(h.addr.MQTT[len("tcp://"):])
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := configs.Load(configs.Source{Set: map[string]string{
		"journal.url": s.ClientURL(), "mqtt.url": "tcp://127.0.0.1:" + port, "simulator.enabled": "false",
	}})
	if err != nil {
		t.Fatal(err)
	}
	more, err := app.NewExtraIngest(t.Context(), cfg, "b", app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- more.Run(ctx) }()
	stopped := func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	eventually(t, patience, "the other ingest is connected", func() (bool, string) { return more.Status().Connected != 0, "" })

	lamp := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(h.addr.MQTT).SetClientID("lamp").SetAutoReconnect(false))
	if token := lamp.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("connect: %v", token.Error())
	}
	const n = 40
	now := time.Now()
	for i := range n {
		ts := now.Add(time.Duration(-i) * time.Second)
		if i%2 == 1 {
			ts = now.Add(time.Hour + time.Duration(i)*time.Second) // a clock that runs ahead
		}
		token := lamp.Publish(fmt.Sprintf("jiaping/lamps/JP-%04d/telemetry", 1+i%4), 1, false, fmt.Sprintf(`{"ts":%d,"battery_v":12.5}`, ts.UnixMilli()))
		if !token.WaitTimeout(patience) || token.Error() != nil {
			t.Fatalf("publish: %v", token.Error())
		}
	}
	lamp.Disconnect(100)
	eventually(t, patience, "both took all", func() (bool, string) {
		a := h.ledger(false)
		return a.Totals.Received == 2*n, fmt.Sprintf("%+v", a.Totals)
	})
	a := h.settled(n)
	if a.Totals.Stored != n || a.Totals.Duplicate != n || *a.InfluxDB != n {
		t.Errorf("ledger %+v, InfluxDB %d, want %d stored and as many duplicates", a.Totals, *a.InfluxDB, n)
	}
	stopped()
	if err := more.Leave(t.Context()); err != nil {
		t.Errorf("Leave: %v", err)
	}
	if err := more.Close(context.Background()); err != nil {
		t.Errorf("Close: %v", err)
	}
}
