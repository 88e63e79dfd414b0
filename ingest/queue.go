package ingest

import (
	"sync"

	"github.com/yingguang/yingguang/device"
)

// maxQueued is how many bytes of messages wait for the decoder at most, and as many
// more may be in its hands. A window of a thousand messages is far below; a broker
// that keeps to none would send its whole backlog.
const maxQueued = 2 << 20

// queue hands what connections read to the decoder.
type queue struct {
	mu    sync.Mutex
	items []*delivery
	n     int           // messages and marks in items
	bytes int           // of the messages
	last  device.Millis // of the newest message

	ready chan struct{} // holds one token while items are there
	room  chan struct{} // holds one token once some were taken
}

func newQueue() *queue {
	return &queue{ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

func (q *queue) push(d *delivery) {
	q.mu.Lock()
	q.items = append(q.items, d)
	q.n += max(1, len(d.messages))
	q.bytes += d.bytes
	if d.tap != nil {
		q.last = d.at
	}
	q.mu.Unlock()
	signal(q.ready)
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (q *queue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes >= maxQueued
}

// mark notes that at this time all was taken in.
func (q *queue) mark(at device.Millis) { q.push(&delivery{at: at}) }

// take moves everything to dst and says how many messages and marks that is.
func (q *queue) take(dst []*delivery) ([]*delivery, int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	dst = append(dst, q.items...)
	n := q.n
	q.empty()
	return dst, n
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n
}

// lastSeen is when the newest message came; 0 for none.
func (q *queue) lastSeen() device.Millis {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.last
}

// drop forgets what came over a connection that is lost: its acknowledgements
// could not be sent, and the broker sends the messages again.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.empty()
}

func (q *queue) empty() {
	clear(q.items)
	q.items, q.n, q.bytes = q.items[:0], 0, 0
	signal(q.room)
}
