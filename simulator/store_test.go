package simulator

import (
	"fmt"
	"sync"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"
)

func publishOf(id uint16, body string) *packets.PublishPacket {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.MessageID, p.Qos, p.Payload = "jiaping/lamps/JP-0001/telemetry", id, 1, []byte(body)
	return p
}

// Who asks gets a packet of his own: what he does to it reaches neither the writer
// who holds the first one nor the next who asks.
func TestStoreGivesCopies(t *testing.T) {
	s := newStore()
	s.Put("o.1", publishOf(1, "before it was opened"))
	if len(s.All()) != 0 {
		t.Error("a store that is not open keeps")
	}
	s.Open()
	first := publishOf(1, "hello")
	s.Put("o.1", first)
	first.Dup, first.Payload[0] = true, 'j'
	for range 2 {
		got := s.Get("o.1").(*packets.PublishPacket)
		if got == first || got.Dup || string(got.Payload) != "hello" || got.MessageID != 1 || got.Qos != 1 || got.TopicName != first.TopicName {
			t.Errorf("got %v", got)
		}
		got.Dup, got.Payload[0] = true, 'j'
	}
	if s.Get("o.2") != nil {
		t.Error("got what was never put")
	}
}

// What is sent again keeps its order, whatever was acknowledged in between.
func TestStoreKeepsOrder(t *testing.T) {
	s := newStore()
	s.Open()
	for i := range uint16(6) {
		s.Put(fmt.Sprintf("o.%d", i), publishOf(i+1, "x"))
	}
	s.Put("o.2", publishOf(3, "again"))
	s.Del("o.1")
	s.Del("o.9")
	if diff := cmp.Diff([]string{"o.0", "o.2", "o.3", "o.4", "o.5"}, s.All()); diff != "" {
		t.Error(diff)
	}
	if string(s.Get("o.2").(*packets.PublishPacket).Payload) != "again" {
		t.Error("the later one of a key counts")
	}
	s.Close()
	if len(s.All()) != 5 {
		t.Error("a closed store forgets; the next connection needs it")
	}
	s.Reset()
	if len(s.All()) != 0 {
		t.Error("a reset keeps something")
	}
}

// The writer writes while the reconnection marks its own and writes it too: paho
// issue 703, to be run with -race.
func TestStoreHasNoRace(t *testing.T) {
	s := newStore()
	s.Open()
	var all sync.WaitGroup
	for i := range uint16(50) {
		p := publishOf(i+1, "hello")
		key := fmt.Sprintf("o.%d", i)
		s.Put(key, p)
		all.Go(func() { p.Dup = true; p.Write(&nowhere{}) })
		all.Go(func() {
			if q, ok := s.Get(key).(*packets.PublishPacket); ok {
				q.Dup = true
				q.Write(&nowhere{})
			}
			s.Del(key)
		})
	}
	all.Wait()
	if len(s.All()) != 0 {
		t.Error("something was not acknowledged")
	}
}

type nowhere struct{}

func (*nowhere) Write(b []byte) (int, error) { return len(b), nil }
