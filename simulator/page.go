package simulator

import (
	"io"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// page is what was said in a chunk of time, a sheet for each speaker. Sheets are
// used again for a later page.
type page struct {
	from, until device.Millis
	sheets      []sheet
}

// sheet is what one speaker said: lines one after another, each with its time.
type sheet struct {
	text  []byte
	lines []entry
}

// entry is one line of a recording.
type entry struct {
	received   device.Millis
	start, end int
}

// minute is how often we say that we are listening.
const minute = device.Millis(60_000)

// writePages writes pages until there are no more. It reads to the end of them
// even after an error.
func writePages(pages <-chan *page, rec *recording, out io.Writer) error {
	var failed error
	var keys []uint64
	var text []byte
	var stamp stamper
	for pg := range pages {
		if failed != nil {
			continue
		}
		text, keys = pg.merge(rec, &stamp, text[:0], keys[:0])
		_, failed = out.Write(text)
	}
	return failed
}

// merge puts a page's lines in the order of their receipt, with the marks between.
func (pg *page) merge(rec *recording, stamp *stamper, text []byte, keys []uint64) ([]byte, []uint64) {
	// A key is when, then which sheet, then which of its lines: 28, 20 and 16 bits.
	for i := range pg.sheets {
		for j := range pg.sheets[i].lines {
			keys = append(keys, uint64(pg.sheets[i].lines[j].received-pg.from)<<36|uint64(i)<<16|uint64(j))
		}
	}
	slices.Sort(keys)
	mark := (pg.from + minute - 1) / minute * minute
	upTo := func(t device.Millis) {
		for ; mark <= t && mark < pg.until; mark += minute {
			if _, off := rec.off(mark); off {
				continue
			}
			text = append(text, `{"observing":"`...)
			text = append(stamp.append(text, mark), "\"}\n"...)
		}
	}
	for _, k := range keys {
		s := &pg.sheets[k>>16&0xfffff]
		l := s.lines[k&0xffff]
		upTo(l.received)
		text = append(text, s.text[l.start:l.end]...)
	}
	upTo(pg.until)
	return text, keys
}

// stamper writes times as RFC 3339 in UTC with milliseconds; most share a minute
// with the one before.
type stamper struct {
	minute device.Millis
	prefix []byte // 2026-01-04T10:00:
}

func (s *stamper) append(dst []byte, t device.Millis) []byte {
	if m := t / minute; m != s.minute || s.prefix == nil {
		s.minute = m
		s.prefix = t.Time().AppendFormat(s.prefix[:0], time.RFC3339)[:len("2026-01-04T10:00:")]
	}
	in := int(t % minute)
	digit := func(n int) byte { return byte('0' + n%10) }
	dst = append(dst, s.prefix...)
	return append(dst, digit(in/10000), digit(in/1000), '.', digit(in/100), digit(in/10), digit(in), 'Z')
}
