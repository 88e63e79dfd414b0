package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/app"
)

// loadLamps publish as fast as they get their PUBACK, each one after the other.
const loadLamps = 8

// load is a few lamps of its own that publish until they are stopped.
type load struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	mu     sync.Mutex
	acked  map[string]bool // lamp and seq
}

// publish sends one message with Debian's own client.
func (s *system) publish(ctx context.Context, topic, payload string) error {
	host, port, err := net.SplitHostPort(s.mqtt)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "mosquitto_pub", "-h", host, "-p", port, "-q", "1", "-t", topic, "-m", payload).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mosquitto_pub: %w: %s (apt-get install mosquitto-clients)", err, out)
	}
	return nil
}

func lampOf(i int) string { return fmt.Sprintf("JP-%04d", 900+i) }

// startLoad connects the lamps, which are planned in the sample town and do not send by themselves.
func startLoad(ctx context.Context, address string) (*load, error) {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{cancel: cancel, acked: map[string]bool{}}
	for i := range loadLamps {
		c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + address).SetClientID(lampOf(i)).SetAutoReconnect(false))
		if t := c.Connect(); !t.WaitTimeout(10*time.Second) || t.Error() != nil {
			cancel()
			return nil, fmt.Errorf("connect to %s: %w", address, t.Error())
		}
		l.done.Go(func() {
			defer c.Disconnect(0)
			for seq := 1; ctx.Err() == nil; seq++ {
				body := fmt.Sprintf(`{"ts":%d,"boot":1,"seq":%d,"battery_v":12.8}`, time.Now().UnixMilli(), seq)
				t := c.Publish("jiaping/lamps/"+lampOf(i)+"/telemetry", 1, false, body)
				select {
				case <-t.Done():
				case <-ctx.Done():
					return
				}
				if t.Error() != nil {
					return
				}
				l.mu.Lock()
				l.acked[fmt.Sprint(lampOf(i), "/", seq)] = true
				l.mu.Unlock()
			}
		})
	}
	return l, nil
}

// stop ends the load and gives what was acknowledged.
func (l *load) stop() map[string]bool {
	l.cancel()
	l.done.Wait()
	return l.acked
}

// missing counts acknowledged readings that InfluxDB does not hold: each lamp
// must have at least as many as were acknowledged, and, since InfluxDB keeps one
// point for each reading, no more than one more (sent, stored and not acknowledged).
func (l *load) missing(ctx context.Context, s *system, acked map[string]bool) (int64, error) {
	var missing int64
	for i := range loadLamps {
		var want int64
		for seq := 1; acked[fmt.Sprint(lampOf(i), "/", seq)]; seq++ {
			want++
		}
		var a app.LedgerAnswer
		if err := s.verb(ctx, &a, "ledger", "--json", "--audit", "--lamp", lampOf(i)); err != nil {
			return 0, err
		}
		missing += max(0, want-*a.InfluxDB)
		if *a.InfluxDB > want+1 {
			return 0, fmt.Errorf("%s: InfluxDB holds %d readings of %d sent: something is double", lampOf(i), *a.InfluxDB, want+1)
		}
	}
	return missing, nil
}
