package payload

import "github.com/yingguang/yingguang/device"

// recent is a map of at most so many codes. Those that were not set for longest go
// first, half of all at a time.
type recent[V any] struct {
	most       int
	young, old map[device.LampID]V
	forgotten  uint64
}

func (m *recent[V]) get(lamp device.LampID) (V, bool) {
	if v, ok := m.young[lamp]; ok {
		return v, true
	}
	v, ok := m.old[lamp]
	return v, ok
}

func (m *recent[V]) set(lamp device.LampID, v V) {
	if _, known := m.young[lamp]; !known {
		delete(m.old, lamp)
		if len(m.young) >= m.most/2 {
			m.forgotten += uint64(len(m.old))
			m.young, m.old = nil, m.young
		}
		if m.young == nil {
			m.young = map[device.LampID]V{}
		}
	}
	m.young[lamp] = v
}

func (m *recent[V]) drop(lamp device.LampID) {
	delete(m.young, lamp)
	delete(m.old, lamp)
}

func (m *recent[V]) len() int { return len(m.young) + len(m.old) }
