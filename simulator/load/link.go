package load

import (
	"bufio"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// window is how many messages of one connection may wait for their
// acknowledgement.
const window = 20

// ackTime is how long an acknowledgement may take before the connection counts as
// dead.
const ackTime = 60 * time.Second

// message is one that was handed to a connection and is not acknowledged yet.
type message struct {
	id       uint16
	topic    string
	body     []byte
	sent     time.Time // last written
	first    time.Time // first written, zero before
	readings int
}

// link is one connection that is made again whenever it breaks, and that sends
// again what was not acknowledged.
type link struct {
	test   *test
	client string
	slots  chan struct{} // one for each message that waits

	mu      sync.Mutex
	conn    net.Conn // nil while there is none
	waiting []*message
	nextID  uint16
	packet  []byte
}

func newLink(t *test, client string) *link {
	return &link{test: t, client: client, slots: make(chan struct{}, window), nextID: 1}
}

// stay keeps the connection up until ctx ends.
func (l *link) stay(ctx context.Context) {
	wait, broken := l.test.cfg.firstWait(), time.Time{}
	for ctx.Err() == nil {
		conn, in, err := open(ctx, &l.test.cfg, l.client)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			l.test.failed(err, true)
			if l.test.cfg.Clock.Sleep(ctx, wait/2+rand.N(wait/2)) != nil {
				return
			}
			wait = min(2*wait, longestWait)
			continue
		}
		wait = l.test.cfg.firstWait()
		if !broken.IsZero() {
			l.test.meter().reconnects.Add(1)
			l.test.meter().back.add(l.test.cfg.Clock.Now().Sub(broken))
		}
		l.test.connected.Add(1)
		err = l.serve(ctx, conn, in)
		l.test.connected.Add(-1)
		if ctx.Err() == nil && !errors.Is(err, errStorm) {
			l.test.failed(err, false)
		}
		broken = l.test.cfg.Clock.Now()
	}
}

// longestWait is the longest pause between two attempts to connect.
const longestWait = 10 * time.Second

// errStorm is a connection that we broke ourselves.
var errStorm = errors.New("broken by the storm")

// serve sends again what waits, then reads acknowledgements until the connection
// breaks or ctx ends.
func (l *link) serve(ctx context.Context, conn net.Conn, in *bufio.Reader) error {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	if err := l.take(conn); err != nil {
		return err
	}
	defer l.drop(conn)
	for {
		if err := conn.SetReadDeadline(l.test.cfg.Clock.Now().Add(ackTime + 2*l.test.cfg.Interval)); err != nil {
			return l.why(err)
		}
		p, err := packets.ReadPacket(in)
		if err != nil {
			return l.why(err)
		}
		if ack, ok := p.(*packets.PubackPacket); ok {
			l.acknowledged(ack.MessageID)
		}
	}
}

// why tells a storm of ours from a failure.
func (l *link) why(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return errStorm
	}
	return err
}

func (l *link) take(conn net.Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	for _, m := range l.waiting {
		if err := l.write(m); err != nil {
			l.conn = nil
			return err
		}
	}
	return nil
}

func (l *link) drop(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == conn {
		l.conn = nil
	}
}

// smash breaks the connection, as a storm does.
func (l *link) smash() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}

// publish hands a message over and waits only for room in the window. While there
// is no connection the message waits for the next.
func (l *link) publish(ctx context.Context, topic string, body []byte, readings int) error {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m := &message{id: l.nextID, topic: topic, body: body, readings: readings}
	if l.nextID++; l.nextID == 0 {
		l.nextID = 1
	}
	l.waiting = append(l.waiting, m)
	l.test.meter().sent.Add(int64(readings))
	if l.conn != nil && l.write(m) != nil {
		l.conn.Close() // the reader sees it and makes another
	}
	return nil
}

func (l *link) write(m *message) error {
	now := l.test.cfg.Clock.Now()
	l.packet = appendPublish(l.packet[:0], m.topic, m.id, !m.first.IsZero(), m.body)
	if err := l.conn.SetWriteDeadline(now.Add(writeTime)); err != nil {
		return err
	}
	if m.sent = now; m.first.IsZero() {
		m.first = now
	} else {
		l.test.meter().again.Add(1)
	}
	_, err := l.conn.Write(l.packet)
	return err
}

func (l *link) acknowledged(id uint16) {
	now := l.test.cfg.Clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, m := range l.waiting {
		if m.id != id {
			continue
		}
		l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
		meter := l.test.meter()
		meter.acked.Add(int64(m.readings))
		meter.ack.add(now.Sub(m.sent))
		<-l.slots
		return
	}
}
