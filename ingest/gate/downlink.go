package gate

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
)

// refusedFilter is subscribed to in place of what may not be read: the broker
// behind denies it to the gate's account, and says so at the right place.
const refusedFilter = "_yingguang/refused"

// RefusedSubject is refusedFilter as the NATS broker names it.
const RefusedSubject = "_yingguang.refused"

// downlink is the one connection of a client that reads: its session at the broker.
type downlink struct {
	out    *outbox
	conn   net.Conn
	reader *bufio.Reader
}

// subscribeThrough opens the client's downlink. What the broker
// sends waits until passOn: before CONNACK the client may be sent nothing.
func (s *session) subscribeThrough(clean bool) (present bool, err error) {
	conn, reader, present, err := s.gate.dial(s.backName(), clean)
	if err != nil {
		return false, err
	}
	s.down = &downlink{newOutbox(conn), conn, reader}
	return present, nil
}

// passOn begins to deliver what the downlink brings.
func (s *session) passOn() {
	d := s.down
	s.gate.all.Go(func() {
		defer d.conn.Close()
		s.deliver(d.reader)
		s.leave("the broker closed its session")
	})
}

// deliver passes on what the broker sends.
func (s *session) deliver(r *bufio.Reader) {
	for {
		p, err := readPacket(r, r, 2*MaxPacket)
		if err != nil {
			return
		}
		switch p.kind() {
		case publish, suback, unsuback:
			if s.out.send(append(appendHeader(nil, p.first, len(p.body)), p.body...)) != nil {
				return
			}
		}
	}
}

// backName is the client's name at the broker behind. It follows from the credential,
// so that one lamp cannot leave many sessions there; others have it from their own
// client id, hashed since the broker knows fewer characters than MQTT.
func (s *session) backName() string {
	sum := sha256.Sum256([]byte(s.key))
	return "client-" + hex.EncodeToString(sum[:10])
}

// closeAfter closes conn when the gate ends.
func closeAfter(g *Gate, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(g.life, func() { conn.Close() })
}
