package series

import (
	"strings"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// item is one reading or night of a batch.
type item struct {
	reading *device.Reading // nil for a night
	night   *device.NightLight
	seq     uint64 // of the journal record
	idx     int    // in the record
	begin   int    // of its lines in batch.text
	end     int
	lines   int
}

// refusal is an item that InfluxDB will not take, with InfluxDB's words.
type refusal struct {
	item  item
	words string
}

// batch is what is written in one request: the readings and nights of consecutive
// records. It is filled, sent and committed by one goroutine after the other.
type batch struct {
	text     []byte // line protocol
	items    []item
	readings int
	last     journal.Position // of its newest record
	refused  []refusal
	sent     chan struct{} // closed when every item is stored or refused
}

func (b *batch) reset() {
	clear(b.items) // lets the blocks go
	b.text, b.items, b.refused, b.readings = b.text[:0], b.items[:0], b.refused[:0], 0
	b.last, b.sent = journal.Position{}, make(chan struct{})
}

// add takes a whole record. It keeps pointers into it.
func (b *batch) add(e *encoder, at journal.Position, block *journal.Block) {
	b.last = at
	for i := range block.Readings {
		r := &block.Readings[i]
		b.push(e.reading(b.text, r), item{reading: r, seq: at.Seq, idx: i})
	}
	b.readings += len(block.Readings)
	for i := range block.Nights {
		n := &block.Nights[i]
		b.push(e.night(b.text, n), item{night: n, seq: at.Seq, idx: i})
	}
}

// push takes text, which is b.text and the lines of it.
func (b *batch) push(text []byte, it item) {
	it.begin, it.end = len(b.text), len(text)
	b.text = text
	it.lines = countLines(text[it.begin:])
	b.items = append(b.items, it)
}

// countLines counts the points in text. A quoted line feed counts for one too many,
// which only costs a shortcut when such a line is refused.
func countLines(text []byte) int {
	n := 0
	for _, c := range text {
		if c == '\n' {
			n++
		}
	}
	return n
}

// linesOf is the text of some items of b.
func (b *batch) linesOf(items []item) string {
	size := 0
	for i := range items {
		size += items[i].end - items[i].begin
	}
	var s strings.Builder
	s.Grow(size)
	for i := range items {
		s.Write(b.text[items[i].begin:items[i].end])
	}
	return s.String()
}
