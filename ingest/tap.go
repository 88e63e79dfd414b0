package ingest

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/yingguang/yingguang/device"
)

// tap is the connection that paho is given. It takes the messages out of the
// stream before paho sees them, hundreds at a time and without a copy, and
// acknowledges them itself, many in one write: paho's way, packet by packet through
// five goroutines, costs several times what decoding does. All else (CONNACK,
// SUBACK, PINGRESP) is paho's.
//
// One goroutine reads; Write and ack are safe beside it.
type tap struct {
	net.Conn
	maxPayload int
	queue      *queue
	now        func() device.Millis

	in       *chunk
	from, to int      // what of in is read and not parsed
	need     int      // bytes from from on, without which parsing cannot go on
	pass     []byte   // packets for paho
	passed   int      // how much of pass paho has
	large    *message // while a payload beyond the limit is read past
	failed   error    // why no more is read

	pinged chan struct{} // holds one token after paho sent a PINGREQ
	closed chan struct{}
	close  func()

	chunks chan *chunk    // to be used again
	used   chan *delivery // likewise

	writing sync.Mutex
	acks    []byte

	opening sync.Mutex
	// open counts the messages that are not acknowledged, by number: a broker that
	// tires of waiting sends them again and again, marked as such, while the first copy
	// waits for the journal. More than one are different ones: mosquitto 2.0.11 keeps
	// to no window, and gives numbers again once it is through with all of them.
	open [1 << 16]uint8
}

// errQoS2 is told where a broker grants more than was asked for.
var errQoS2 = errors.New("the broker sends a message with QoS 2 on a subscription with QoS 1: it breaks MQTT 3.1.1, use another one")

func newTap(c net.Conn, maxPayload int, q *queue, now func() device.Millis) *tap {
	t := &tap{
		Conn: c, maxPayload: maxPayload, queue: q, now: now,
		chunks: make(chan *chunk, 4), used: make(chan *delivery, 16),
		pinged: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	t.close = sync.OnceFunc(func() { close(t.closed) })
	t.turn(chunkBytes)
	return t
}

// SetWriteDeadline does nothing: every write gets a deadline of its own.
func (t *tap) SetWriteDeadline(time.Time) error { return nil }

// Read gives paho what is not ours.
func (t *tap) Read(p []byte) (int, error) {
	for t.passed == len(t.pass) {
		t.pass, t.passed = t.pass[:0], 0
		if t.failed != nil {
			return 0, t.failed
		}
		if t.queue.full() {
			t.pause()
			continue
		}
		t.fill()
	}
	n := copy(p, t.pass[t.passed:])
	t.passed += n
	return n, nil
}

// pause waits until the decoder has made room, or something else is to be done. The
// connection stays: the broker gets paho's pings, and its answers, which stand
// behind messages that nobody reads now, are given in its place.
func (t *tap) pause() {
	select {
	case <-t.queue.room:
	case <-t.pinged:
		t.pass = append(t.pass, pingresp, 0)
	case <-t.closed:
		t.failed = net.ErrClosed
	}
}

// Close ends a pause too.
func (t *tap) Close() error {
	t.close()
	return t.Conn.Close()
}

// fill reads once and parses what is there.
func (t *tap) fill() {
	switch {
	case t.from == t.to && t.in.users.Load() == 1:
		t.from, t.to = 0, 0 // nobody looks at it any more
	case t.from+t.need > len(t.in.bytes) || t.to == len(t.in.bytes):
		t.turn(max(chunkBytes, t.need))
	}
	n, err := t.Conn.Read(t.in.bytes[t.to:])
	t.to += n
	if n > 0 {
		if wrong := t.parse(); wrong != nil {
			err = wrong
		}
	}
	t.failed = err
}

// turn goes on in another chunk, with what is not parsed yet.
func (t *tap) turn(size int) {
	var next *chunk
	select {
	case next = <-t.chunks:
	default:
	}
	if next == nil || len(next.bytes) < size {
		next = &chunk{bytes: make([]byte, size)}
	}
	next.users.Store(1)
	if t.in != nil {
		copy(next.bytes, t.in.bytes[t.from:t.to])
		t.in.release(t.chunks)
	}
	t.in, t.from, t.to = next, 0, t.to-t.from
}

// begin is a delivery for the messages of one read.
func (t *tap) begin() *delivery {
	var d *delivery
	select {
	case d = <-t.used:
	default:
		d = &delivery{tap: t}
	}
	d.at, d.chunk, d.bytes = t.now(), t.in, 0
	t.in.users.Add(1)
	return d
}

// hand gives a delivery to the decoder, without what is already on its way.
func (t *tap) hand(d *delivery) {
	t.opening.Lock()
	fresh := d.messages[:0]
	for _, m := range d.messages {
		if m.ack {
			if m.again && t.open[m.id] > 0 {
				continue
			}
			t.open[m.id]++
		}
		fresh = append(fresh, m)
		d.bytes += len(m.topic) + len(m.payload)
	}
	t.opening.Unlock()
	d.messages = fresh
	if len(fresh) == 0 {
		d.done()
		return
	}
	t.queue.push(d)
}

// Write sends a packet of paho's.
func (t *tap) Write(p []byte) (int, error) {
	if len(p) > 0 && p[0] == pingreq {
		signal(t.pinged)
	}
	t.writing.Lock()
	defer t.writing.Unlock()
	return t.write(p)
}

// write gives every write a deadline: a broker that stopped reading would
// otherwise hold the lock, and with it Close, for ever.
func (t *tap) write(p []byte) (int, error) {
	_ = t.Conn.SetWriteDeadline(time.Now().Add(attemptTime)) //nolint:forbidigo // a network deadline
	n, err := t.Conn.Write(p)
	if err != nil {
		_ = t.Conn.Close() // half a packet may be out: the reader sees the end at once
	}
	return n, err
}

// ack sends the PUBACKs of messages, in the given order. That of a lost connection
// is not sent: the broker sends the message again.
func (t *tap) ack(ids []uint16) {
	t.opening.Lock()
	for _, id := range ids {
		t.open[id]-- // before the broker may give the number to another message
	}
	t.opening.Unlock()
	t.writing.Lock()
	defer t.writing.Unlock()
	t.acks = t.acks[:0]
	for _, id := range ids {
		t.acks = append(t.acks, puback, 2, byte(id>>8), byte(id))
	}
	_, _ = t.write(t.acks) // the reader sees a broken connection too
}

func (t *tap) wrong(format string, args ...any) error {
	return fmt.Errorf("the broker's bytes are not MQTT 3.1.1: "+format, args...)
}
