package gate

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Bounds of what waits to be written to one connection, in bytes.
const (
	outboxFull = 64 << 10
	outboxMost = outboxFull + 256<<10 // acknowledgements for somebody who does not read
	keepBuffer = 4 << 10              // larger ones are given back
	writeTime  = 20 * time.Second
)

var errSlow = errors.New("it does not read what it is sent")

// outbox writes to a connection in the order of send and offer, from one goroutine
// that lives only while something waits: thousands of idle lamps have none.
type outbox struct {
	conn net.Conn

	mu      sync.Mutex
	room    sync.Cond
	waiting []byte
	spare   []byte
	writing bool
	closing bool // its deadline stands
	err     error
}

func newOutbox(conn net.Conn) *outbox {
	o := &outbox{conn: conn}
	o.room.L = &o.mu
	return o
}

// send waits for room. Its error is that of the connection.
func (o *outbox) send(p []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err == nil && len(o.waiting) > outboxFull {
		o.room.Wait()
	}
	return o.put(p)
}

// offer never waits: it gives errSlow where too much waits already.
func (o *outbox) offer(p []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && len(o.waiting) > outboxMost {
		return errSlow
	}
	return o.put(p)
}

func (o *outbox) put(p []byte) error {
	if o.err != nil {
		return o.err
	}
	o.waiting = append(o.waiting, p...)
	if !o.writing {
		o.writing = true
		go o.write()
	}
	return nil
}

func (o *outbox) write() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err == nil && len(o.waiting) > 0 {
		out, closing := o.waiting, o.closing
		o.waiting, o.spare = o.spare[:0], nil
		o.mu.Unlock()
		if !closing {
			_ = o.conn.SetWriteDeadline(time.Now().Add(writeTime)) //nolint:forbidigo // a network deadline
		}
		_, err := o.conn.Write(out)
		o.mu.Lock()
		if err != nil && o.err == nil {
			o.err = err
			o.conn.Close()
		}
		if cap(out) <= keepBuffer {
			o.spare = out
		}
		o.room.Broadcast()
	}
	if cap(o.waiting) > keepBuffer {
		o.waiting = nil
	}
	o.writing = false
	o.room.Broadcast()
}

// close lets what waits go out, for at most so long, and closes the connection.
func (o *outbox) close(atMost time.Duration) {
	o.mu.Lock()
	o.closing = true
	_ = o.conn.SetWriteDeadline(time.Now().Add(atMost)) //nolint:forbidigo // a network deadline
	for o.err == nil && o.writing {
		o.room.Wait()
	}
	if o.err == nil {
		o.err = net.ErrClosed
	}
	o.room.Broadcast()
	o.mu.Unlock()
	o.conn.Close()
}
