package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

func mosquittoPath() string {
	if path, err := exec.LookPath("mosquitto"); err == nil {
		return path
	}
	return "/usr/sbin/mosquitto" // Debian's, which is not in everybody's PATH
}

// mosquittoConfig keeps what it can over a kill: its defaults lose everything.
const mosquittoConfig = `listener %s 127.0.0.1
allow_anonymous true
user root
persistence true
persistence_location %s/
max_queued_messages 0
max_inflight_messages 1000
autosave_on_changes true
autosave_interval 1
log_type error
log_type warning
`

func startMosquitto(dir, address string) (*program, error) {
	path := mosquittoPath()
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("mosquitto is missing: apt-get install mosquitto: %w", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "mosquitto.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, mosquittoConfig, port, dir), 0o600); err != nil {
		return nil, err
	}
	return startProgram("mosquitto", filepath.Join(dir, "log"), nil, path, "-c", conf)
}

// subscriber is a persistent session that only takes down what it gets and acknowledges it.
type subscriber struct {
	address, name string

	mu   sync.Mutex
	got  map[id]bool
	last time.Time
	conn net.Conn
	over bool
	done chan struct{}
}

func newSubscriber(address, name string) *subscriber {
	s := &subscriber{address: address, name: name, got: map[id]bool{}, last: time.Now(), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *subscriber) run() {
	defer close(s.done)
	for !s.ended() {
		if conn, err := net.DialTimeout("tcp", s.address, 5*time.Second); err == nil {
			s.mu.Lock()
			s.conn = conn
			s.mu.Unlock()
			_ = s.take(conn) // a broker that is killed ends it: then again
			conn.Close()
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (s *subscriber) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// take is one connection.
func (s *subscriber) take(conn net.Conn) error {
	c := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	c.ProtocolName, c.ProtocolVersion, c.ClientIdentifier, c.Keepalive = "MQTT", 4, s.name, 0
	if err := c.Write(conn); err != nil {
		return err
	}
	sub := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	sub.MessageID, sub.Topics, sub.Qoss = 1, []string{"jiaping/lamps/+/telemetry"}, []byte{1}
	if err := sub.Write(conn); err != nil {
		return err
	}
	for {
		packet, err := packets.ReadPacket(conn)
		if err != nil {
			return err
		}
		m, ok := packet.(*packets.PublishPacket)
		if !ok {
			continue
		}
		s.mu.Lock()
		s.last = time.Now()
		if is, ok := parse(m.Payload); ok {
			s.got[is] = true
		}
		s.mu.Unlock()
		ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
		ack.MessageID = m.MessageID
		if err := ack.Write(conn); err != nil {
			return err
		}
	}
}

// quiet is how long nothing has come.
func (s *subscriber) quiet() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.last)
}

func (s *subscriber) has(m id) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got[m]
}

func (s *subscriber) stop() {
	s.mu.Lock()
	s.over = true
	if s.conn != nil {
		s.conn.Close()
	}
	s.mu.Unlock()
	<-s.done
}
