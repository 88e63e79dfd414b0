package ingest

import (
	"sync"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/device"
)

// arrival is one message with the time of its receipt, or, without a message, a
// mark that all was taken in at that time.
type arrival struct {
	msg mqtt.Message
	at  device.Millis
}

// queue hands messages from paho's goroutine to ours without ever blocking it,
// since a blocked handler stops the keep-alive. It needs no limit of its own: MQTT
// allows at most 65,535 messages that are not acknowledged.
type queue struct {
	mu    sync.Mutex
	items []arrival
	ready chan struct{} // holds one token while items are there
	// open holds the messages of this connection that are not acknowledged, by their
	// number: a broker that tires of waiting sends them again and again, while the
	// first copy still waits here for the journal.
	open map[uint16]mqtt.Message
}

func newQueue() *queue {
	return &queue{ready: make(chan struct{}, 1), open: map[uint16]mqtt.Message{}}
}

func (q *queue) push(msg mqtt.Message, at device.Millis) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if msg != nil && msg.Qos() > 0 {
		if q.open[msg.MessageID()] != nil {
			return
		}
		q.open[msg.MessageID()] = msg
	}
	q.items = append(q.items, arrival{msg, at})
	q.wake()
}

// acked is called for every message that is about to be acknowledged.
func (q *queue) acked(msg mqtt.Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	// The number may belong to a message of a newer connection by now.
	if q.open[msg.MessageID()] == msg {
		delete(q.open, msg.MessageID())
	}
}

func (q *queue) mark(at device.Millis) { q.push(nil, at) }

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take moves at most n arrivals to dst.
func (q *queue) take(dst []arrival, n int) []arrival {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = min(n, len(q.items))
	dst = append(dst, q.items[:n]...)
	rest := copy(q.items, q.items[n:])
	clear(q.items[rest:])
	q.items = q.items[:rest]
	if rest > 0 {
		q.wake()
	}
	return dst
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

// drop forgets what came over a connection that is lost: its acknowledgements
// could not be sent, and the broker sends the messages again.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.items)
	q.items = q.items[:0]
	clear(q.open)
}
