package gate

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"time"
)

// session is one connected client.
type session struct {
	gate     *Gate
	conn     net.Conn
	reader   *bufio.Reader
	out      *outbox
	key      string // the same for one credential, or one client id
	username string // of a lamp or gateway; empty for others
	login    Login  // its credential
	right    right
	hello    hello
	uplink   *uplink
	down     *downlink
	slots    chan struct{} // messages on their way; nil has no limit
	began    time.Time

	left   atomic.Bool
	silent atomic.Bool // its last will is not sent
	ctx    context.Context
	end    context.CancelFunc
	done   chan struct{}
}

// keyOf is the key of a credential's session; no client id makes the same one.
func keyOf(username string) string { return "u " + username }

// serve speaks with one client until it leaves.
func (g *Gate) serve(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(helloTime)) //nolint:forbidigo // a network deadline
	if g.cfg.TLS != nil {
		secure := tls.Server(conn, g.cfg.TLS)
		if err := secure.HandshakeContext(g.life); err != nil {
			g.metrics.refused.WithLabelValues("tls").Inc()
			g.sparing.add(slog.LevelInfo, "tls", "a client's TLS is refused", "peer", conn.RemoteAddr().String(), "error", err)
			// Closed at once, it might never read why.
			_ = conn.SetDeadline(time.Now().Add(time.Second)) //nolint:forbidigo // a network deadline
			_, _ = io.Copy(io.Discard, io.LimitReader(conn, maxConnect))
			return
		}
		conn = secure
	}
	s := &session{gate: g, conn: conn, reader: bufio.NewReaderSize(conn, 2<<10), done: make(chan struct{})}
	s.ctx, s.end = context.WithCancel(g.life)
	defer s.end()
	answer, err := s.introduce()
	if err != nil {
		g.metrics.refused.WithLabelValues("hello").Inc()
		return
	}
	if answer != welcome {
		g.metrics.refused.WithLabelValues("login").Inc()
		if answer == badPassword || answer == notAllowed {
			g.sparing.add(slog.LevelInfo, "login", "a client's user name or password is wrong, or it has no right to come in", "name", short(s.hello.username), "peer", conn.RemoteAddr().String())
		}
		_, _ = conn.Write([]byte{connack << 4, 2, 0, answer}) // it is going away
		return
	}
	s.out = newOutbox(conn)
	if !g.admit(s) {
		return
	}
	err = s.begin()
	if err == nil {
		err = s.listen()
	}
	s.finish(err)
}

// introduce reads CONNECT and finds out who it is.
func (s *session) introduce() (answer byte, err error) {
	p, err := readPacket(s.reader, s.reader, maxConnect)
	if err != nil {
		return 0, err
	}
	h, answer, err := parseHello(p)
	if err != nil || answer != welcome {
		return answer, err
	}
	s.hello, s.began = h, s.gate.cfg.Clock.Now()
	answer, err = s.identify()
	if err != nil {
		s.gate.sparing.add(slog.LevelError, "lookup", "a login cannot be looked up", "error", err)
		return unavailable, nil
	}
	if answer != welcome {
		return answer, nil
	}
	s.hello.password = ""
	s.uplink = s.gate.uplinkOf(s.key)
	if w := h.will; w != nil && (w.qos == 2 || !s.right.will(w.topic)) {
		s.offend(Foreign, fmt.Sprintf("a last will with QoS %d on %s", w.qos, short(w.topic)))
		return notAllowed, nil
	}
	if s.username != "" && s.gate.limits.banished(s.username, s.began) || !s.uplink.up() {
		return unavailable, nil
	}
	return welcome, nil
}

// identify compares the credential.
func (s *session) identify() (answer byte, err error) {
	g, h := s.gate, s.hello
	switch {
	case g.cfg.Shared.admits(h), g.cfg.Anonymous && (!h.named || g.cfg.Book == nil):
		s.key = "c " + h.client
		if h.client == "" {
			s.key = fmt.Sprintf("n %p", s)
		}
		return welcome, nil
	case !h.named || g.cfg.Book == nil:
		return notAllowed, nil
	}
	ok, err := s.known()
	if err != nil || !ok {
		return badPassword, err
	}
	s.key, s.username, s.slots = keyOf(h.username), h.username, make(chan struct{}, window)
	return welcome, nil
}

// known looks the user name up; a client certificate in this name stands for the
// password.
func (s *session) known() (bool, error) {
	g, h := s.gate, s.hello
	l, ok, err := g.cfg.Book.Login(s.ctx, h.username)
	if err != nil || !ok {
		return false, err
	}
	secret := sha256.Sum256([]byte(h.password))
	if subtle.ConstantTimeCompare(secret[:], l.Secret[:]) != 1 && certified(s.conn) != h.username {
		return false, nil
	}
	l.Lamps = max(l.Lamps, 1)
	s.login = l
	s.right = right{g.cfg.Prefix, l.Lamp, l.Gateway, g.cfg.Book, g.cfg.Owner}
	return true, nil
}

// certified is the common name of the client's certificate, which was verified.
func certified(conn net.Conn) string {
	if secure, ok := conn.(*tls.Conn); ok {
		if chains := secure.ConnectionState().VerifiedChains; len(chains) > 0 {
			return chains[0][0].Subject.CommonName
		}
	}
	return ""
}

// admit makes this the only session of its key.
func (g *Gate) admit(s *session) bool {
	for {
		g.mu.Lock()
		old := g.sessions[s.key]
		if old == nil {
			g.sessions[s.key] = s
			g.mu.Unlock()
			break
		}
		g.mu.Unlock()
		old.silent.Store(true)
		old.leave("another connection has its name")
		select {
		case <-old.done:
		case <-s.ctx.Done():
			return false
		}
		// Two devices with one credential must not drive each other round.
		if s.began.Sub(old.began) < time.Second && g.cfg.Clock.Sleep(s.ctx, time.Second) != nil {
			return false
		}
	}
	if s.username == "" {
		return true
	}
	// It may have been withdrawn between the look and the entry.
	if l, ok, err := g.cfg.Book.Login(s.ctx, s.username); err != nil || !ok || l.Secret != s.login.Secret {
		s.silent.Store(true)
		s.finish(errors.New("its credential was withdrawn"))
		return false
	}
	return true
}

// begin answers CONNECT, with the session that was kept where it wants one.
func (s *session) begin() error {
	present := false
	if !s.hello.clean {
		var err error
		if present, err = s.subscribeThrough(false); err != nil {
			_, _ = s.conn.Write([]byte{connack << 4, 2, 0, unavailable}) // it is going away
			return err
		}
	}
	_ = s.conn.SetDeadline(time.Time{})
	ack := []byte{connack << 4, 2, 0, welcome}
	if present {
		ack[2] = 1
	}
	if err := s.out.send(ack); err != nil || s.down == nil {
		return err
	}
	s.passOn() // not before: CONNACK is the first that a client gets, MQTT-3.2.0-1
	return nil
}

// leave ends the session from outside.
func (s *session) leave(why string) {
	if !s.left.Swap(true) {
		s.gate.log.Debug("a client is sent away", "name", s.username, "why", why)
	}
	s.end()
	s.conn.Close()
	s.uplink.wake()
}

func (s *session) leaving() bool { return s.left.Load() }

// finish closes everything and sends the last will of one that did not take leave.
func (s *session) finish(err error) {
	s.end()
	s.left.Store(true)
	s.out.close(time.Second)
	if s.down != nil {
		s.down.out.close(time.Second)
	}
	if w := s.hello.will; err != nil && w != nil && !s.silent.Load() && s.gate.life.Err() == nil {
		will := *w
		will.retain = will.retain && s.right.retain(will.topic)
		if err := s.uplink.publish(nil, will); err != nil {
			s.gate.log.Debug("a last will is lost", "name", s.username, "error", err)
		}
	}
	s.gate.mu.Lock()
	if s.gate.sessions[s.key] == s {
		delete(s.gate.sessions, s.key)
	}
	s.gate.mu.Unlock()
	close(s.done)
}

// acknowledge tells the client that the broker has its message.
func (s *session) acknowledge(id uint16) {
	if s.slots != nil {
		<-s.slots
	}
	if s.leaving() {
		return
	}
	if err := s.out.offer(binary.BigEndian.AppendUint16([]byte{puback << 4, 2}, id)); err != nil {
		s.leave(err.Error())
	}
}
