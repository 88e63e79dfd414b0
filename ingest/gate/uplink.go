package gate

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"
)

// maxPending is how many messages may be on their way over one uplink.
const maxPending = 4096

// uplink carries the messages of many clients to the broker over one connection.
type uplink struct {
	gate *Gate
	name string

	order sync.Mutex // held while a message is numbered and handed to out

	mu      sync.Mutex
	change  sync.Cond // of what follows
	out     *outbox   // nil while there is no connection
	next    uint16
	pending map[uint16]pending
}

// pending is a message that the broker has not acknowledged.
type pending struct {
	session *session // nil for a last will
	id      uint16   // the client's own number
}

func newUplink(g *Gate, name string) *uplink {
	u := &uplink{gate: g, name: name, pending: map[uint16]pending{}}
	u.change.L = &u.mu
	return u
}

// run keeps the connection until the gate closes.
func (u *uplink) run() {
	for wait := 10 * time.Millisecond; u.gate.life.Err() == nil; wait = min(2*wait, time.Second) {
		if err := u.carry(); err != nil && u.gate.life.Err() == nil {
			u.gate.log.Debug("connection to the broker behind the gate", "error", err)
		}
		if u.gate.cfg.Clock.Sleep(u.gate.life, wait) != nil {
			return
		}
	}
}

// carry opens one connection and passes acknowledgements on until it ends.
func (u *uplink) carry() error {
	conn, reader, _, err := u.gate.dial(u.name, true)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := closeAfter(u.gate, conn)
	defer stop()
	out := newOutbox(conn)
	u.mu.Lock()
	u.out = out
	u.mu.Unlock()
	u.change.Broadcast()
	defer func() {
		conn.Close() // first, so that who is sending comes free
		u.fail()
	}()
	for {
		p, err := readPacket(reader, reader, MaxPacket)
		if err != nil {
			return err
		}
		if p.kind() == puback && len(p.body) == 2 {
			u.acknowledged(binary.BigEndian.Uint16(p.body))
		}
	}
}

func (u *uplink) acknowledged(id uint16) {
	u.mu.Lock()
	p, ok := u.pending[id]
	delete(u.pending, id)
	u.mu.Unlock()
	if !ok {
		return
	}
	u.change.Broadcast()
	if p.session != nil {
		p.session.acknowledge(p.id)
	}
}

// fail sends those away whose messages were on their way: they send them again.
func (u *uplink) fail() {
	u.mu.Lock()
	lost := u.pending
	u.pending, u.out = map[uint16]pending{}, nil
	u.mu.Unlock()
	u.change.Broadcast()
	for _, p := range lost {
		if p.session != nil {
			p.session.leave("the broker lost what it had sent")
		}
	}
}

// comesUp waits for the first connection.
func (u *uplink) comesUp() bool {
	ctx, cancel := context.WithTimeout(u.gate.life, 3*helloTime)
	defer cancel()
	defer context.AfterFunc(ctx, u.wake)()
	u.mu.Lock()
	defer u.mu.Unlock()
	for u.out == nil && ctx.Err() == nil {
		u.change.Wait()
	}
	return u.out != nil
}

func (u *uplink) up() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.out != nil
}

// wake lets those who wait look again at whether they should.
func (u *uplink) wake() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.change.Broadcast()
}

// publish sends a message, when there is a connection and room; s, which may be nil,
// is told when the broker has it.
func (u *uplink) publish(s *session, m message) error {
	for {
		if err := u.room(s); err != nil {
			return err
		}
		if sent, err := u.send(s, m); sent || err != nil {
			return err
		}
	}
}

// room waits for a connection with room; a last will, which is nobody's, does not.
func (u *uplink) room(s *session) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	for u.out == nil || len(u.pending) >= maxPending {
		if s == nil || s.leaving() || u.gate.life.Err() != nil {
			return errNotConnected
		}
		u.change.Wait()
	}
	return nil
}

// send numbers a message and hands it on in one step, so that the order of the
// acknowledgements is that of the messages. A broker that does not read holds up those
// who send and nobody else. sent is false where the room was taken meanwhile.
func (u *uplink) send(s *session, m message) (sent bool, err error) {
	u.order.Lock()
	defer u.order.Unlock()
	u.mu.Lock()
	if s != nil && s.leaving() || u.gate.life.Err() != nil {
		u.mu.Unlock()
		return false, errNotConnected
	}
	out := u.out
	if out == nil || len(u.pending) >= maxPending {
		u.mu.Unlock()
		return false, nil
	}
	var id uint16
	if m.qos > 0 {
		id = u.number()
		u.pending[id] = pending{s, m.id}
	}
	u.mu.Unlock()
	return true, out.send(appendPublish(nil, m, id))
}

// number is one that no message on its way has.
func (u *uplink) number() uint16 {
	for {
		if u.next++; u.next == 0 {
			continue
		}
		if _, taken := u.pending[u.next]; !taken {
			return u.next
		}
	}
}

var errNotConnected = fmt.Errorf("the broker behind the gate: %w", net.ErrClosed)

// dial opens an MQTT connection to the broker behind; present says that it has kept
// a session.
func (g *Gate) dial(client string, clean bool) (conn net.Conn, r *bufio.Reader, present bool, err error) {
	conn, err = (&net.Dialer{Timeout: helloTime}).DialContext(g.life, "tcp", g.cfg.Behind)
	if err != nil {
		return nil, nil, false, err
	}
	fail := func(err error) (net.Conn, *bufio.Reader, bool, error) {
		conn.Close()
		return nil, nil, false, fmt.Errorf("the broker behind the gate: %w", err)
	}
	stop := closeAfter(g, conn)
	defer stop()
	_ = conn.SetDeadline(time.Now().Add(3 * helloTime)) //nolint:forbidigo // a network deadline
	if _, err := conn.Write(appendHello(nil, client, g.cfg.Username, g.cfg.Password, clean)); err != nil {
		return fail(err)
	}
	r = bufio.NewReaderSize(conn, 1<<10)
	p, err := readPacket(r, r, maxConnect)
	if err != nil {
		return fail(err)
	}
	if p.kind() != connack || len(p.body) != 2 || p.body[1] != welcome {
		return fail(fmt.Errorf("it refuses the gate: %v", p.body))
	}
	return conn, r, p.body[0]&1 != 0, conn.SetDeadline(time.Time{})
}
