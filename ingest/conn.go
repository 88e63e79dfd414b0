package ingest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// openConnection replaces paho's dialling for tcp and tls: paho reads and writes
// message by message, and a system call for each costs more than the message.
func openConnection(u *url.URL, o mqtt.ClientOptions) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: o.ConnectTimeout}
	switch u.Scheme {
	case "tcp", "mqtt":
		c, err := dialer.Dial("tcp", u.Host)
		if err != nil {
			return nil, err
		}
		return buffered(c), nil
	case "tls", "ssl", "mqtts":
		c, err := tls.DialWithDialer(dialer, "tcp", u.Host, o.TLSConfig)
		if err != nil {
			return nil, err
		}
		return buffered(c), nil
	}
	return nil, fmt.Errorf("mqtt.url: cannot speak %s: use tcp:// or tls://", u.Scheme)
}

// flushDelay is how long a small write may wait for others to join it: far less
// than a flush to disk takes.
const flushDelay = 200 * time.Microsecond

// timely gives every write a deadline of its own: a broker that stopped reading
// would otherwise hold the buffer's lock, and with it Close, for ever.
type timely struct{ net.Conn }

func (t timely) Write(p []byte) (int, error) {
	_ = t.SetWriteDeadline(time.Now().Add(attemptTime)) //nolint:forbidigo // a network deadline
	return t.Conn.Write(p)
}

// bufferedConn reads ahead, and joins writes that come within flushDelay.
type bufferedConn struct {
	net.Conn
	reader *bufio.Reader

	mu     sync.Mutex
	writer *bufio.Writer
	timer  *time.Timer // runs while bytes wait
	failed error
}

func buffered(c net.Conn) *bufferedConn {
	b := &bufferedConn{Conn: c, reader: bufio.NewReaderSize(c, 64<<10), writer: bufio.NewWriterSize(timely{c}, 16<<10)}
	b.timer = time.AfterFunc(time.Hour, b.flush)
	b.timer.Stop()
	return b
}

// SetWriteDeadline does nothing: paho's deadline ends before the buffer is sent.
func (b *bufferedConn) SetWriteDeadline(time.Time) error { return nil }

func (b *bufferedConn) Read(p []byte) (int, error) { return b.reader.Read(p) }

func (b *bufferedConn) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed != nil {
		return 0, b.failed
	}
	waiting := b.writer.Buffered() > 0
	n, err := b.writer.Write(p)
	if err == nil && !waiting && b.writer.Buffered() > 0 {
		b.timer.Reset(flushDelay)
	}
	return n, err
}

// flush sends what waits; an error shows at the next write, and the reader sees
// the broken connection at once.
func (b *bufferedConn) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.writer.Flush(); err != nil && b.failed == nil {
		b.failed = err
		_ = b.Conn.Close()
	}
}

func (b *bufferedConn) Close() error {
	b.mu.Lock()
	b.timer.Stop()
	_ = b.Conn.SetWriteDeadline(time.Now().Add(time.Second)) //nolint:forbidigo // a network deadline
	err := b.writer.Flush()
	if b.failed == nil {
		b.failed = net.ErrClosed
	}
	b.mu.Unlock()
	return errors.Join(err, b.Conn.Close())
}
