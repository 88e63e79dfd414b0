package ledger

import "math/bits"

// A part of the set grows by a quarter when three quarters of it are taken: a hash
// takes 11 to 13 bytes, where a map takes 25, and growing copies a small part only.
const (
	hashParts = 64
	hashRoom  = 16 // of a part at first
)

// hashes is a set of 64-bit hashes with open addressing in parts: they are random
// already, so a map's own hashing is cost alone. The zero value is empty.
type hashes struct {
	parts [hashParts]hashPart
	n     int
}

type hashPart struct {
	slots []uint64 // 0 is free
	n     int
}

// part is the hash's, by its highest bits. A hash of 0 is taken for 1: then two
// readings in 2^64 more are told to be the same.
func (h *hashes) part(hash uint64) (*hashPart, uint64) {
	return &h.parts[hash>>58], max(hash, 1)
}

func (h *hashes) has(hash uint64) bool {
	p, key := h.part(hash)
	return p.n > 0 && p.slots[p.slot(key)] == key
}

// add says whether the hash is new.
func (h *hashes) add(hash uint64) bool {
	p, key := h.part(hash)
	if 4*p.n >= 3*len(p.slots) {
		p.grow()
	}
	i := p.slot(key)
	if p.slots[i] == key {
		return false
	}
	p.slots[i] = key
	p.n++
	h.n++
	return true
}

// slot is where the key stands or would stand.
func (p *hashPart) slot(key uint64) uint64 {
	size := uint64(len(p.slots))
	i, _ := bits.Mul64(key<<6, size) // the bits below those that chose the part
	for p.slots[i] != 0 && p.slots[i] != key {
		if i++; i == size {
			i = 0
		}
	}
	return i
}

func (p *hashPart) grow() {
	old := p.slots
	p.slots = make([]uint64, max(hashRoom, len(old)+len(old)/4))
	for _, key := range old {
		if key != 0 {
			p.slots[p.slot(key)] = key
		}
	}
}
