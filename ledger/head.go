package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// How much one commit may gather while the head is behind, and how long it waits
// for another block before it commits what it has.
const (
	batchReadings = 100_000
	batchTime     = time.Second
	linger        = 50 * time.Millisecond
)

// batch is what the head counted since its last commit.
type batch struct {
	counts     map[key]*Count
	duplicates map[uint64][]byte // bits by the block's sequence
	hashes     []byte            // new ones, 8 bytes each
	turned     bool              // generations of hashes came or went
	at         journal.Position
	readings   int
}

func newBatch() *batch {
	return &batch{counts: map[key]*Count{}, duplicates: map[uint64][]byte{}}
}

func (b *batch) line(lamp device.LampID, day string) *Count {
	k := key{lamp, day}
	c := b.counts[k]
	if c == nil {
		c = &Count{}
		b.counts[k] = c
	}
	return c
}

// runHead counts every block once, in the journal's order.
func (l *Ledger) runHead(ctx context.Context) error {
	at, err := position(ctx, l.cfg.SQL, HeadConsumer)
	if err != nil {
		return err
	}
	seen, err := loadSeen(ctx, l.cfg.Reads)
	if err != nil {
		return err
	}
	l.setHead(at)
	reader, err := l.cfg.Journal.Reader(ctx, at)
	if err != nil {
		return err
	}
	defer reader.Close()
	for {
		b, err := l.gather(ctx, reader, seen)
		if err != nil {
			return err
		}
		if err := l.commitHead(ctx, b, seen); err != nil {
			return err
		}
		l.setHead(b.at)
	}
}

// gather waits for a block and takes what else is there.
func (l *Ledger) gather(ctx context.Context, reader *journal.Reader, seen *seen) (*batch, error) {
	b := newBatch()
	at, block, err := reader.Next(ctx)
	if err != nil {
		return nil, err
	}
	b.turned = seen.turn(generation(block.At))
	for began := l.cfg.Clock.Now(); ; {
		l.count(b, at, block, seen)
		if b.readings >= batchReadings || l.cfg.Clock.Now().Sub(began) >= batchTime {
			return b, nil
		}
		soon, cancel := context.WithTimeout(ctx, linger)
		at, block, err = reader.Next(soon)
		cancel()
		switch {
		case err == nil:
		case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
			return b, nil
		default:
			return nil, err
		}
	}
}

// count gives every reading of a block its verdict.
func (l *Ledger) count(b *batch, at journal.Position, block *journal.Block, seen *seen) {
	b.at = at
	b.readings += len(block.Readings)
	var bits []byte
	for i := range block.Readings {
		r := &block.Readings[i]
		c := b.line(r.Lamp, l.days.of(r.Received))
		c.Received++
		// Without a time of its own a reading cannot be told from its double.
		if hash := r.Hash(); r.Clock == device.ClockNone || seen.add(hash) {
			c.Waiting++
			if r.Clock != device.ClockNone {
				b.hashes = binary.LittleEndian.AppendUint64(b.hashes, hash)
			}
			continue
		}
		c.Duplicate++
		if bits == nil {
			bits = make([]byte, (len(block.Readings)+7)/8)
		}
		bits[i/8] |= 1 << (i % 8)
	}
	if bits != nil {
		b.duplicates[at.Seq] = bits
	}
	for _, out := range block.LeftOut {
		c := b.line(out.Lamp, l.days.of(block.At))
		c.Received += int64(out.Rejected) + int64(out.Duplicate)
		c.Rejected += int64(out.Rejected)
		c.Duplicate += int64(out.Duplicate)
	}
}

func (l *Ledger) commitHead(ctx context.Context, b *batch, seen *seen) error {
	err := transact(ctx, l.cfg.SQL, func(tx *sql.Tx) error {
		if err := addCounts(ctx, tx, b.counts); err != nil {
			return err
		}
		for seq, bits := range b.duplicates {
			if _, err := tx.ExecContext(ctx, `INSERT INTO ledger_duplicate (seq, bits) VALUES ($1, $2)
				ON CONFLICT (seq) DO UPDATE SET bits = excluded.bits`, seq, bits); err != nil {
				return err
			}
		}
		if len(b.hashes) > 0 {
			if _, err := tx.ExecContext(ctx, `INSERT INTO ledger_seen (seq, generation, hashes) VALUES ($1, $2, $3)
				ON CONFLICT (seq) DO UPDATE SET generation = excluded.generation, hashes = excluded.hashes`, b.at.Seq, seen.newest, b.hashes); err != nil {
				return err
			}
		}
		if b.turned {
			if err := turnRows(ctx, tx, seen); err != nil {
				return err
			}
		}
		return setPosition(ctx, tx, HeadConsumer, b.at)
	})
	if err != nil {
		return fmt.Errorf("count blocks up to %d: %w", b.at.Seq, err)
	}
	l.metrics.add(b.counts)
	return nil
}

// turnRows does to the rows what turn did to the sets.
func turnRows(ctx context.Context, tx *sql.Tx, seen *seen) error {
	if _, err := tx.ExecContext(ctx, `UPDATE ledger_seen SET generation = $1 WHERE generation > $1`, seen.newest); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM ledger_seen WHERE generation < $1`, seen.oldest())
	return err
}
