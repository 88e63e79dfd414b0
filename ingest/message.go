package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync/atomic"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// message is one PUBLISH packet as it came. Its bytes lie in the delivery's chunk.
type message struct {
	topic   []byte
	payload []byte // the head of it where large is set
	id      uint16
	ack     bool   // QoS 1: it is to be acknowledged
	again   bool   // the broker marks it as sent before
	large   *large // of a payload beyond the limit
}

// length and digest are of the whole payload.
func (m *message) length() int {
	if m.large != nil {
		return m.large.length
	}
	return len(m.payload)
}

// large is what is known of a payload that was read past.
type large struct {
	length int
	left   int // bytes that are still to come
	sum    hash.Hash
}

func newLarge(length int) *large { return &large{length, length, sha256.New()} }

// take reads past some of the payload, keeping its head in m, and returns how many bytes that was.
func (l *large) take(m *message, rest []byte) int {
	n := min(l.left, len(rest))
	l.left -= n
	l.sum.Write(rest[:n])
	if room := journal.MaxRejectedPayload - len(m.payload); room > 0 {
		m.payload = append(m.payload, rest[:min(n, room)]...)
	}
	return n
}

func (l *large) digest() string { return hex.EncodeToString(l.sum.Sum(nil)) }

// delivery is the messages that one read of a connection brought, or, without a
// connection, a mark that all was taken in at that time.
type delivery struct {
	tap      *tap
	at       device.Millis
	messages []message
	bytes    int // of all of them
	chunk    *chunk
}

// chunkBytes holds a few hundred messages.
const chunkBytes = 128 << 10

// chunk is memory that a connection reads into. It is used again once all its
// messages are decoded.
type chunk struct {
	bytes []byte
	users atomic.Int32 // deliveries that point into it, and the tap that fills it
}

func (c *chunk) release(free chan<- *chunk) {
	if c.users.Add(-1) == 0 && len(c.bytes) == chunkBytes {
		select {
		case free <- c:
		default:
		}
	}
}

// done is called once for each delivery, when nothing needs its bytes any more.
func (d *delivery) done() {
	if d.chunk == nil {
		return
	}
	c := d.chunk
	d.chunk = nil
	c.release(d.tap.chunks)
	clear(d.messages) // the larges
	d.messages = d.messages[:0]
	select {
	case d.tap.used <- d:
	default:
	}
}
