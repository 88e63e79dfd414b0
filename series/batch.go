package series

import (
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// item is one reading or night of a batch.
type item struct {
	reading *device.Reading // nil for a night
	night   *device.NightLight
	seq     uint64 // of the journal record
	idx     int    // in the record
	lamp    int    // of the batch, in the order in which they came
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
// records. It is filled, encoded, sent and committed by one goroutine after the other.
type batch struct {
	items    []item
	blocks   []*journal.Block // which the items point into
	readings int
	size     int              // at most so long is text about
	last     journal.Position // of its newest record
	refused  []refusal
	sent     chan struct{} // closed when every item is stored or refused

	text  []byte // line protocol; empty until it is encoded
	lamps map[device.LampID]int
	begin []int // of each lamp's items, while they are sorted
	room  []item
}

// roomy is how many times what was needed a batch keeps in memory: what a backlog took
// is let go when the town is back to its ordinary load.
const (
	roomy     = 16
	leastText = 64 << 10
)

func (b *batch) reset() {
	if cap(b.text) > max(leastText, roomy*len(b.text)) {
		*b = batch{}
	}
	clear(b.items)
	clear(b.blocks)
	clear(b.refused)
	b.text, b.items, b.blocks, b.refused = b.text[:0], b.items[:0], b.blocks[:0], b.refused[:0]
	b.readings, b.size = 0, 0
	b.last, b.sent = journal.Position{}, make(chan struct{})
}

// lineBytes is what the lines of a reading with every field take, without its texts.
const lineBytes = 800

// add takes a whole record but for its duplicates: a reading that came twice may
// have been placed at two times of receipt, and InfluxDB would hold it twice. It
// keeps pointers into the record.
func (b *batch) add(rec record) {
	b.last = rec.at
	b.blocks = append(b.blocks, rec.block)
	for i := range rec.block.Readings {
		if i/8 < len(rec.duplicates) && rec.duplicates[i/8]&(1<<(i%8)) != 0 {
			continue
		}
		r := &rec.block.Readings[i]
		b.items = append(b.items, item{reading: r, seq: rec.at.Seq, idx: i})
		b.size += lineBytes + 2*len(r.Firmware)
		for _, f := range r.Faults {
			b.size += 2 * len(f)
		}
		b.readings++
	}
	for i := range rec.block.Nights {
		b.items = append(b.items, item{night: &rec.block.Nights[i], seq: rec.at.Seq, idx: i})
		b.size += lineBytes
	}
}

// encode makes the text, if nobody has. The items of one lamp come after one
// another, which InfluxDB takes with less work than all lamps in turn.
func (b *batch) encode(e *encoder) {
	if len(b.text) > 0 {
		return
	}
	b.byLamp()
	for i := range b.items {
		it := &b.items[i]
		it.begin = len(b.text)
		if it.reading != nil {
			b.text, it.lines = e.reading(b.text, it.reading)
		} else {
			b.text, it.lines = e.night(b.text, it.night), 1
		}
		it.end = len(b.text)
	}
}

// byLamp sorts the items by lamp, and leaves those of one lamp in their order.
func (b *batch) byLamp() {
	if b.lamps == nil {
		b.lamps = map[device.LampID]int{}
	}
	clear(b.lamps)
	b.begin = b.begin[:0]
	for i := range b.items {
		it := &b.items[i]
		n, known := b.lamps[it.name()]
		if !known {
			n = len(b.begin)
			b.lamps[it.name()] = n
			b.begin = append(b.begin, 0)
		}
		it.lamp = n
		b.begin[n]++
	}
	next := 0
	for n, count := range b.begin {
		b.begin[n] = next
		next += count
	}
	b.room = append(b.room[:0], b.items...)
	for _, it := range b.room {
		b.items[b.begin[it.lamp]] = it
		b.begin[it.lamp]++
	}
	clear(b.room)
}

func (it *item) name() device.LampID {
	if it.night != nil {
		return it.night.Lamp
	}
	return it.reading.Lamp
}

// linesOf is the text of some items of b, without a copy where they stand together.
func (b *batch) linesOf(items []item) []byte {
	together := true
	for i := 1; i < len(items) && together; i++ {
		together = items[i].begin == items[i-1].end
	}
	if together {
		return b.text[items[0].begin:items[len(items)-1].end]
	}
	var text []byte
	for i := range items {
		text = append(text, b.text[items[i].begin:items[i].end]...)
	}
	return text
}
