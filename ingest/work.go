package ingest

import (
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// A block is closed when it might outgrow journal.MaxBlockBytes. Sizes are upper
// bounds, cheap to add up.
const maxWorkBytes = journal.MaxBlockBytes - 64<<10

// works is how many there are: one is filled, one written, one on its way between.
const works = 3

// work is what becomes durable together and is then acknowledged.
type work struct {
	block    journal.Block
	rejects  []journal.Rejected
	hashes   []uint64 // of the readings that can be told from their doubles
	acks     []acks   // in order of arrival
	messages int      // how many it is made of, and marks
	bytes    int      // at most so large is the block encoded
	leftOut  map[device.LampID]journal.LeftOut
	unknown  map[device.LampID]*journal.Block // of lamps that nobody has registered
}

// acks are messages of one connection.
type acks struct {
	tap *tap
	ids []uint16
}

func (w *work) empty() bool { return w.messages == 0 }

// acknowledge notes a message that is acknowledged once the work is durable.
func (w *work) acknowledge(t *tap, id uint16) {
	if n := len(w.acks); n == 0 || w.acks[n-1].tap != t {
		if n < cap(w.acks) {
			w.acks = w.acks[:n+1] // with the memory of its numbers
			w.acks[n].tap = t
		} else {
			w.acks = append(w.acks, acks{tap: t})
		}
	}
	last := &w.acks[len(w.acks)-1]
	last.ids = append(last.ids, id)
}

// count adds to what the block's header says was left out of it.
func (w *work) count(lamp device.LampID, rejected, duplicate int) {
	l, known := w.leftOut[lamp]
	if !known {
		w.bytes += len(lamp) + 12
	}
	l.Lamp = lamp
	l.Rejected += uint32(rejected)
	l.Duplicate += uint32(duplicate)
	w.leftOut[lamp] = l
}

// reset empties w and keeps its memory.
func (w *work) reset() {
	clear(w.block.Readings) // their faults
	w.block = journal.Block{Readings: w.block.Readings[:0], Statuses: w.block.Statuses[:0], LeftOut: w.block.LeftOut[:0]}
	clear(w.rejects)
	w.rejects, w.hashes = w.rejects[:0], w.hashes[:0]
	for i := range w.acks {
		w.acks[i] = acks{ids: w.acks[i].ids[:0]}
	}
	w.acks = w.acks[:0]
	clear(w.leftOut)
	clear(w.unknown)
	w.messages, w.bytes = 0, 0
}
