package ingest

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// rememberedMost bounds each of the two generations of hashes, which take a
// megabyte each.
const (
	rememberedMost  = 50_000
	rememberedSlots = 1 << 17
)

// rememberedFor is how long a generation grows at most. Redelivery takes seconds;
// remembering for days would judge what the ledger no longer calls a duplicate.
const rememberedFor = 10 * time.Minute

// remembered knows the readings that were journaled lately, so that what the
// broker delivers again after a lost connection need not be journaled again. It
// only spares work: the ledger is who judges duplicates. It is for one goroutine.
type remembered struct {
	young, old generation
	since      device.Millis // when young began
}

func (m *remembered) has(hash uint64) bool { return m.young.has(hash) || m.old.has(hash) }

// add is called once the journal has the reading, never before.
func (m *remembered) add(hash uint64, now device.Millis) {
	if m.young.n >= rememberedMost || now.Sub(m.since) > rememberedFor {
		m.young, m.old, m.since = m.old, m.young, now
		m.young.clear()
	}
	m.young.add(hash)
}

// generation is a set of hashes with open addressing: they are random already, so a map's own hashing is cost alone.
type generation struct {
	slots []uint64 // 0 is free; nil until the first comes
	n     int
}

// slot is where the hash stands or would stand. That of 0 is taken for 1: then
// two readings in 2^64 more are told to be the same.
func (g *generation) slot(hash uint64) (i uint64, key uint64) {
	key = max(hash, 1)
	for i = key % rememberedSlots; g.slots[i] != 0 && g.slots[i] != key; {
		i = (i + 1) % rememberedSlots
	}
	return i, key
}

func (g *generation) has(hash uint64) bool {
	if g.n == 0 {
		return false
	}
	i, key := g.slot(hash)
	return g.slots[i] == key
}

func (g *generation) add(hash uint64) {
	if g.slots == nil {
		g.slots = make([]uint64, rememberedSlots)
	}
	if i, key := g.slot(hash); g.slots[i] == 0 {
		g.slots[i] = key
		g.n++
	}
}

func (g *generation) clear() {
	clear(g.slots)
	g.n = 0
}
