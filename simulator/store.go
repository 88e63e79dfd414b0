package simulator

import (
	"bytes"
	"sync"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// store keeps what a client has not seen acknowledged, as bytes. Paho's own
// MemoryStore keeps the packet itself, which its writer may still hold while the
// reconnection marks the same packet as a duplicate and writes it too (paho issue
// 703): so this one gives a fresh packet to everybody who asks.
type store struct {
	mu   sync.Mutex
	open bool
	kept map[string][]byte
	keys []string // in the order of their first Put, so that what is sent again keeps its order
}

var _ mqtt.Store = (*store)(nil)

func newStore() *store { return &store{kept: map[string][]byte{}} }

// Open begins; what was kept before stays.
func (s *store) Open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = true
}

// Put keeps a copy of what the packet is now.
func (s *store) Put(key string, message packets.ControlPacket) {
	var b bytes.Buffer
	if message.Write(&b) != nil { // a packet that cannot be written can never have been sent
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open {
		return
	}
	if _, known := s.kept[key]; !known {
		s.keys = append(s.keys, key)
	}
	s.kept[key] = b.Bytes()
}

// Get gives a packet of the caller's own, or nil.
func (s *store) Get(key string) packets.ControlPacket {
	s.mu.Lock()
	b, known := s.kept[key]
	s.mu.Unlock()
	if !known {
		return nil
	}
	p, err := packets.ReadPacket(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	return p
}

// All lists the keys in the order in which they came.
func (s *store) All() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.keys...)
}

// Del forgets one.
func (s *store) Del(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.kept[key]; !known {
		return
	}
	delete(s.kept, key)
	for i, k := range s.keys {
		if k == key {
			s.keys = append(s.keys[:i], s.keys[i+1:]...)
			break
		}
	}
}

// Close ends the use; paho closes its store when it disconnects.
func (s *store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = false
}

// Reset forgets everything.
func (s *store) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept, s.keys = map[string][]byte{}, nil
}
