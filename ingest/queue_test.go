package ingest

import (
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// numbered is a message of a QoS with a packet number.
type numbered struct {
	mqtt.Message
	id  uint16
	qos byte
}

func (m *numbered) MessageID() uint16 { return m.id }
func (m *numbered) Qos() byte         { return m.qos }

// While the journal refuses, the broker sends everything again every few seconds:
// that must not fill our memory.
func TestQueueHoldsOneCopy(t *testing.T) {
	q := newQueue()
	first := &numbered{id: 7, qos: 1}
	q.push(first, 1)
	q.push(&numbered{id: 7, qos: 1}, 2)
	q.push(&numbered{id: 8, qos: 1}, 2)
	q.push(&numbered{}, 3) // QoS 0 has no number
	q.push(&numbered{}, 3)
	q.mark(4)
	if n := q.len(); n != 5 {
		t.Fatalf("%d wait, want 5", n)
	}
	q.take(nil, 10)
	q.push(&numbered{id: 7, qos: 1}, 5) // taken, but not acknowledged
	if n := q.len(); n != 0 {
		t.Fatalf("a copy of a message that is not acknowledged waits")
	}
	q.acked(first)
	second := &numbered{id: 7, qos: 1}
	q.push(second, 6) // the number is free for another message
	if n := q.len(); n != 1 {
		t.Fatalf("%d wait, want 1", n)
	}
	q.drop() // the connection is lost
	third := &numbered{id: 7, qos: 1}
	q.push(third, 7)
	q.acked(second) // late, of the lost connection
	q.push(&numbered{id: 7, qos: 1}, 8)
	if n := q.len(); n != 1 {
		t.Fatalf("%d wait after the reconnect, want 1", n)
	}
}
