package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// How the load is spread.
const (
	lampCount   = 96
	connections = 8
	window      = 100 // messages without PUBACK that a connection has under way
)

// acked is every message that got its PUBACK.
type acked struct {
	mu   sync.Mutex
	ids  map[id]struct{}
	sent atomic.Int64 // again
}

func (a *acked) add(m id) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids[m] = struct{}{}
}

func (a *acked) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.ids)
}

// all is what is acknowledged by now.
func (a *acked) all() []id {
	a.mu.Lock()
	defer a.mu.Unlock()
	ids := make([]id, 0, len(a.ids))
	for m := range a.ids {
		ids = append(ids, m)
	}
	return ids
}

// load is the lamps, some to a connection.
type load struct {
	acked  *acked
	cancel context.CancelFunc // no new messages; what is under way is brought to its end
	done   chan struct{}
}

func startLoad(ctx context.Context, address string, rate int) *load {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{acked: &acked{ids: map[id]struct{}{}}, cancel: cancel, done: make(chan struct{})}
	var all sync.WaitGroup
	for c := range connections {
		g := &group{
			address: address, name: fmt.Sprintf("chaos-%d", c), acked: l.acked, every: time.Second * connections / time.Duration(rate),
			open: map[uint16]*message{}, freed: make(chan struct{}, 1),
		}
		for lamp := c + 1; lamp <= lampCount; lamp += connections {
			g.lamps = append(g.lamps, lamp)
		}
		all.Go(func() { g.run(ctx) })
	}
	go func() { all.Wait(); close(l.done) }()
	return l
}

// stop ends the load once every message under way has its PUBACK.
func (l *load) stop(within time.Duration) error {
	l.cancel()
	select {
	case <-l.done:
		return nil
	case <-time.After(within):
		return fmt.Errorf("lamps wait for their PUBACK for %v", within)
	}
}

// group is the lamps of one connection. It sends each message until it has its PUBACK.
type group struct {
	address, name string
	lamps         []int
	every         time.Duration // between two messages
	acked         *acked

	seq, turn int
	lastTS    int64
	next      time.Time

	mu     sync.Mutex
	open   map[uint16]*message // under way on this connection
	number uint16
	again  []*message // of connections that were lost
	freed  chan struct{}
}

type message struct {
	id
	payload []byte
	order   int // in which it was first sent
}

func (g *group) run(ctx context.Context) {
	for ctx.Err() == nil || g.waiting() > 0 {
		conn, err := dial(g.address, g.name)
		if err == nil {
			g.talk(ctx, conn)
			conn.Close()
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (g *group) waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.open) + len(g.again)
}

// dial opens a connection without a session.
func dial(address, name string) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return nil, err
	}
	c := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	c.ProtocolName, c.ProtocolVersion, c.CleanSession, c.ClientIdentifier, c.Keepalive = "MQTT", 4, true, name, 0
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if err = c.Write(conn); err == nil {
		var answer packets.ControlPacket
		if answer, err = packets.ReadPacket(conn); err == nil {
			if a, ok := answer.(*packets.ConnackPacket); !ok || a.ReturnCode != packets.Accepted {
				err = fmt.Errorf("refused: %v", answer)
			}
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, conn.SetDeadline(time.Time{})
}

// stuck is how long a broker may say nothing while messages are under way, as a
// lamp's keep-alive would find out.
const stuck = 20 * time.Second

// talk publishes until the connection is lost or nothing is left to do.
func (g *group) talk(ctx context.Context, conn net.Conn) {
	lost := make(chan struct{})
	go func() {
		defer close(lost)
		for {
			_ = conn.SetReadDeadline(time.Now().Add(stuck))
			packet, err := packets.ReadPacket(conn)
			if err != nil {
				conn.Close()
				return
			}
			if a, ok := packet.(*packets.PubackPacket); ok {
				g.settle(a.MessageID)
			}
		}
	}()
	defer func() {
		conn.Close()
		<-lost
		g.takeBack()
	}()
	for {
		m := g.pick(ctx)
		if m == nil {
			select {
			case <-lost:
				return
			case <-g.freed:
			case <-time.After(g.every):
			}
			if ctx.Err() != nil && g.waiting() == 0 {
				return
			}
			continue
		}
		p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
		p.TopicName, p.Payload, p.Qos, p.MessageID = m.topic(), m.payload, 1, g.enter(m)
		_ = conn.SetWriteDeadline(time.Now().Add(stuck))
		if p.Write(conn) != nil {
			return
		}
	}
}
