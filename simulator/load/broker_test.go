package load

import (
	"net"
	"sync"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// broker is the least that a load test can talk to: it welcomes and acknowledges.
type broker struct {
	net.Listener

	mu     sync.Mutex
	bodies map[string]int // how often each message came
	conns  []net.Conn
	refuse bool
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{Listener: l, bodies: map[string]int{}}
	t.Cleanup(func() { l.Close(); b.cut() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			b.conns = append(b.conns, conn)
			b.mu.Unlock()
			go b.serve(conn)
		}
	}()
	return b
}

func (b *broker) url() string { return "tcp://" + b.Addr().String() }

func (b *broker) serve(conn net.Conn) {
	defer conn.Close()
	for {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		switch p := p.(type) {
		case *packets.ConnectPacket:
			welcome := packets.NewControlPacket(packets.Connack).(*packets.ConnackPacket)
			b.mu.Lock()
			if b.refuse {
				welcome.ReturnCode = packets.ErrRefusedNotAuthorised
			}
			b.mu.Unlock()
			welcome.Write(conn)
		case *packets.PublishPacket:
			b.mu.Lock()
			b.bodies[p.TopicName+" "+string(p.Payload)]++
			b.mu.Unlock()
			ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			ack.MessageID = p.MessageID
			ack.Write(conn)
		}
	}
}

// cut breaks every connection.
func (b *broker) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		c.Close()
	}
	b.conns = nil
}

func (b *broker) heard() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(len(b.bodies))
}
