package simulator

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/tools/freeport"
)

// mosquitto starts Debian's broker on a port of the kernel's choice.
func mosquitto(t *testing.T) string {
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
	if err := os.WriteFile(conf, fmt.Appendf(nil, "listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n", port), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return "tcp://" + address
}

// heard is everything that a subscriber received.
type heard struct {
	mu       sync.Mutex
	readings map[device.LampID][]device.Reading
	bad      []string
}

func listen(t *testing.T, url string) *heard {
	t.Helper()
	h := &heard{readings: map[device.LampID][]device.Reading{}}
	var d payload.Decoder
	o := mqtt.NewClientOptions().AddBroker(url).SetClientID("ear").SetConnectRetry(true).SetConnectRetryInterval(20 * time.Millisecond).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			h.mu.Lock()
			defer h.mu.Unlock()
			topic, err := payload.ParseTopic("jiaping", m.Topic())
			if err != nil || topic.Part != payload.Telemetry {
				return
			}
			var b payload.Batch
			d.Telemetry(topic, m.Payload(), device.MillisOf(time.Now().Add(24*time.Hour)), &b)
			for _, r := range b.Rejects {
				h.bad = append(h.bad, r.Error())
			}
			for _, r := range b.Readings {
				h.readings[r.Lamp] = append(h.readings[r.Lamp], r)
			}
		})
	c := mqtt.NewClient(o)
	if token := c.Connect(); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	if token := c.Subscribe("jiaping/#", 1, nil); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { c.Disconnect(50) })
	return h
}

func (h *heard) count() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, rs := range h.readings {
		n += len(rs)
	}
	return n
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within three minutes: %s", what)
		}
	}
}
