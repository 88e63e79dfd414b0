package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// count gives every reading of a block its verdict. It depends on nothing but the
// blocks so far: series may act on a verdict before it is committed, and a kill
// between the two brings the same verdict again.
func (l *Ledger) count(ctx context.Context, b *batch, at journal.Position, block *journal.Block, h *head) error {
	b.at = at
	b.readings += len(block.Readings)
	before := h.seen.began
	turned, full := h.seen.turn(block.At)
	if full {
		l.metrics.early.Inc()
		l.cfg.Log.Warn("more readings than are remembered for 48 hours: what comes twice after longer than this is stored twice; does a lamp send far too often?",
			"readings", h.seen.size(), "remembered_for", block.At.Sub(before)*(generations-1))
	}
	if turned || len(b.pages) == 0 {
		b.pages = append(b.pages, page{generation: h.seen.newest, began: h.seen.began, oldest: h.seen.oldest(), begins: turned})
	}
	p := &b.pages[len(b.pages)-1]
	p.seq = at.Seq

	fresh, known := false, false // a replayed message: not judged by content; seen already
	if r := block.Replay; r != nil {
		var err error
		if known, err = l.replay(ctx, b, block); err != nil {
			return err
		}
		fresh = r.Refused
	}
	var bits []byte
	for i := range block.Readings {
		r := &block.Readings[i]
		if !known {
			c := b.line(r.Lamp, l.days.of(r.Received))
			c.Received++
			// Without a time of its own a reading cannot be told from its double.
			hash := r.Hash()
			added := r.Clock != device.ClockNone && h.seen.add(hash)
			if added {
				p.hashes = binary.LittleEndian.AppendUint64(p.hashes, hash)
			}
			if added || fresh || r.Clock == device.ClockNone {
				c.Waiting++
				l.number(b, h.runs, r)
				continue
			}
			c.Duplicate++
		}
		if bits == nil {
			bits = make([]byte, (len(block.Readings)+7)/8)
		}
		bits[i/8] |= 1 << (i % 8)
	}
	if bits != nil {
		b.duplicates[at.Seq] = bits
	}
	l.verdicts.judge(at, bits)
	if known {
		return nil
	}
	for _, out := range block.LeftOut {
		c := b.line(out.Lamp, l.days.of(block.At))
		c.Received += int64(out.Rejected) + int64(out.Duplicate)
		c.Rejected += int64(out.Rejected)
		c.Duplicate += int64(out.Duplicate)
	}
	return nil
}

// replay takes a rejected message, whose readings stand in the block, off the count
// of what was rejected. It says whether the message was replayed before, as a kill
// between journaling and removing it makes happen; such a block counts nothing.
func (l *Ledger) replay(ctx context.Context, b *batch, block *journal.Block) (known bool, err error) {
	r := block.Replay
	if _, known = b.replayed[r.ID]; known {
		return true, nil
	}
	err = l.cfg.Reads.QueryRowContext(ctx, `SELECT 1 FROM ledger_replayed WHERE id = $1`, r.ID).Scan(new(int))
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("was message %s replayed: %w", r.ID, err)
	}
	b.replayed[r.ID] = block.At
	return false, l.takeBack(ctx, b, r)
}

// takeBack takes a replayed message off the count of what was rejected: on the day
// that it came, or on the next that has it, since the block that counted it may have
// been written after midnight. A message that a kill of ours had rejected twice was
// counted once: where there is nothing to take off, its readings are counted anew.
func (l *Ledger) takeBack(ctx context.Context, b *batch, r *journal.Replay) error {
	rows, err := l.cfg.Reads.QueryContext(ctx, `SELECT day, rejected FROM ledger_day WHERE lamp = $1 AND day >= $2`, string(r.Lamp), l.days.of(r.Received))
	lines, err := collect(rows, err, func(d *Line) []any { return []any{&d.Day, &d.Rejected} })
	if err != nil {
		return err
	}
	rejected := map[string]int64{}
	for _, d := range lines {
		rejected[d.Day] = d.Rejected
	}
	for k, c := range b.counts { // not committed yet
		if k.lamp == r.Lamp && k.day >= l.days.of(r.Received) {
			rejected[k.day] += c.Rejected
		}
	}
	left := int64(r.Readings)
	for _, day := range slices.Sorted(maps.Keys(rejected)) {
		if n := min(left, rejected[day]); n > 0 {
			c := b.line(r.Lamp, day)
			c.Received -= n
			c.Rejected -= n
			left -= n
		}
	}
	return nil
}
