package series

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// The readings of one lamp come after one another, in their order, and every item
// still knows its record and its lines.
func TestBatchIsSortedByLamp(t *testing.T) {
	b := &batch{}
	for again := range 2 {
		b.reset()
		var want []string
		block := &journal.Block{}
		for i := range 60 {
			lamp := device.LampID(fmt.Sprint("JP-", i*7%5))
			r := device.Reading{Lamp: lamp, TS: device.Millis(1000 + i), SentTS: device.Millis(1000 + i), Received: device.Millis(2000 + i + again)}
			r.Set(device.BatteryV, 12)
			if i%2 == 0 {
				r.Set(device.PanelW, 3)
			}
			block.Readings = append(block.Readings, r)
			want = append(want, fmt.Sprintf("%s %d", lamp, i))
			if len(block.Readings) == 20 {
				b.add(record{at: journal.Position{Seq: uint64(1 + i/20)}, block: block, duplicates: []byte{1}}) // the first of each came before
				want[i-19] = ""
				block = &journal.Block{}
			}
		}
		night := &journal.Block{Nights: []device.NightLight{{Lamp: "JP-3", Night: "2026-01-01", Dusk: 5}}}
		b.add(record{at: journal.Position{Seq: 9}, block: night})
		want = slices.DeleteFunc(want, func(s string) bool { return s == "" })
		b.encode(newEncoder())
		lamps := map[device.LampID]int{}
		for _, w := range want {
			name, _, _ := strings.Cut(w, " ")
			if _, ok := lamps[device.LampID(name)]; !ok {
				lamps[device.LampID(name)] = len(lamps)
			}
		}
		slices.SortStableFunc(want, func(a, b string) int {
			a, _, _ = strings.Cut(a, " ")
			b, _, _ = strings.Cut(b, " ")
			return lamps[device.LampID(a)] - lamps[device.LampID(b)]
		})
		var got []string
		for i := range b.items {
			it := &b.items[i]
			text := string(b.linesOf(b.items[i : i+1]))
			if n := strings.Count(text, "\n"); n != it.lines || strings.Count(text, "lamp="+string(it.name())) != n {
				t.Errorf("item %d of %s, %d lines: %s", i, it.name(), it.lines, text)
			}
			if it.night != nil {
				if i == 0 || b.items[i-1].name() != "JP-3" {
					t.Errorf("the night of JP-3 stands at %d", i)
				}
				continue
			}
			i := int(it.seq-1)*20 + it.idx
			got = append(got, fmt.Sprintf("%s %d", it.reading.Lamp, i))
			if it.reading.TS != device.Millis(1000+i) {
				t.Errorf("record %d, place %d is not the reading of %d", it.seq, it.idx, it.reading.TS)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("sorted %q, want %q", got, want)
		}
		whole := b.linesOf(b.items)
		if &whole[0] != &b.text[0] || len(whole) != len(b.text) {
			t.Error("the whole text is copied")
		}
		apart := []item{b.items[5], b.items[0]}
		if text := b.linesOf(apart); string(text) != string(b.linesOf(apart[:1]))+string(b.linesOf(apart[1:])) {
			t.Errorf("items that stand apart: %s", text)
		}
		if len(b.text) > b.size {
			t.Errorf("the text has %d bytes, at most %d were expected", len(b.text), b.size)
		}
	}
}

// The next batch of a backlog uses the memory of the one before; after it the memory is let go.
func TestBatchLetsABacklogsMemoryGo(t *testing.T) {
	b, e := &batch{}, newEncoder()
	fill := func(readings int) {
		b.reset()
		b.add(record{at: journal.Position{Seq: 1}, block: &journal.Block{Readings: make([]device.Reading, readings)}})
		b.encode(e)
	}
	fill(10_000)
	large := cap(b.text)
	fill(9000)
	if cap(b.text) != large || cap(b.items) < 10_000 {
		t.Error("the next batch of a backlog does not use the memory of the one before")
	}
	fill(5)
	fill(5)
	if cap(b.text) > leastText || cap(b.items) > 1000 || cap(b.room) > 1000 {
		t.Errorf("batches of 5 readings keep %d bytes of text and room for %d and %d items", cap(b.text), cap(b.items), cap(b.room))
	}
}

// No reading outgrows what its batch is counted for.
func TestLineBytesIsAnUpperBound(t *testing.T) {
	r := fullReading("JP-0123456789-0123456789-0123456", 1767225600000)
	r.Received = 9e15
	b := &batch{}
	b.reset()
	b.add(record{block: &journal.Block{Readings: []device.Reading{r}}})
	if b.encode(newEncoder()); len(b.text) > b.size {
		t.Errorf("%d bytes, counted for %d: %s", len(b.text), b.size, b.text)
	}
}
