package night

import (
	"sync"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Calendar finds nights of one town and remembers them, since the same lamps ask
// for the same night thousands of times. It is safe for concurrent use.
type Calendar struct {
	zone *time.Location

	mu     sync.Mutex
	day    day // of the last question; the next is mostly of the same
	nights memory[spot, Night]
	suns   memory[int64, sun] // by UTC day since 1970
}

// spot is one night of one place.
type spot struct {
	lat, lon float64
	noon     int64
}

// NewCalendar makes a calendar for a town in zone.
func NewCalendar(zone *time.Location) *Calendar {
	return &Calendar{
		zone:   zone,
		nights: memory[spot, Night]{most: 5 * 958}, // five nights of the town with its planned lamps: about 1 MB
		suns:   memory[int64, sun]{most: 400},      // a year and some
	}
}

// At is the night at lat, lon (degrees, north and east positive) that t belongs
// to, as the function At computes it.
func (c *Calendar) At(t device.Millis, lat, lon float64) Night {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.day.holds(t) {
		c.day = dayOf(t, c.zone)
	}
	key := spot{lat, lon, c.day.noon.UnixMilli()}
	n, ok := c.nights.get(key)
	if !ok {
		n = remembering(&c.suns).night(c.day, lat, lon)
		c.nights.put(key, n)
	}
	return n
}

// Dark says whether the sun is down at lat, lon at t.
func (c *Calendar) Dark(t device.Millis, lat, lon float64) bool {
	n := c.At(t, lat, lon)
	return n.Dark(t)
}

// Elevation is what the function Elevation computes, much faster.
func (c *Calendar) Elevation(t device.Millis, lat, lon float64) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return remembering(&c.suns).elevation(clamp(t), lat, lon)
}

// remembering is sunAtMidnight with a memory.
func remembering(m *memory[int64, sun]) almanac {
	return func(day int64) sun {
		s, ok := m.get(day)
		if !ok {
			s = sunAtMidnight(day)
			m.put(day, s)
		}
		return s
	}
}

// memory keeps between most and twice most of what was asked for lately.
type memory[K comparable, V any] struct {
	most          int
	recent, older map[K]V // older is what recent was before it filled up
}

func (m *memory[K, V]) get(key K) (V, bool) {
	if v, ok := m.recent[key]; ok {
		return v, true
	}
	v, ok := m.older[key]
	if ok {
		m.put(key, v)
	}
	return v, ok
}

func (m *memory[K, V]) put(key K, v V) {
	if m.recent == nil || len(m.recent) >= m.most {
		m.older, m.recent = m.recent, make(map[K]V)
	}
	m.recent[key] = v
}
