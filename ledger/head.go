package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// How much one commit gathers at most, and for how long. Verdicts are told at once;
// a commit for each lamp that speaks would cost a small machine more than all else
// that is done with its reading.
const (
	batchReadings = 100_000
	batchTime     = 500 * time.Millisecond
)

// head is what counting needs in memory; it is loaded from the last commit.
type head struct {
	seen *seen
	runs map[device.LampID]run
}

// batch is what the head counted since its last commit.
type batch struct {
	counts     map[key]*Count
	duplicates map[uint64][]byte // bits by the block's sequence
	pages      []page            // new hashes
	gaps       []gapChange
	lastGap    map[device.LampID]int // index of a lamp's last change in gaps
	heard      map[device.LampID]bool
	replayed   map[string]device.Millis
	at         journal.Position
	readings   int
}

// page is the hashes of one generation, 8 bytes each.
type page struct {
	seq        uint64
	generation int64
	began      device.Millis
	hashes     []byte
	begins     bool  // the generation, or its time: kept though it may be empty
	oldest     int64 // generation that is still kept
}

func newBatch() *batch {
	return &batch{
		counts: map[key]*Count{}, duplicates: map[uint64][]byte{}, lastGap: map[device.LampID]int{},
		heard: map[device.LampID]bool{}, replayed: map[string]device.Millis{},
	}
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
	var h head
	if h.seen, err = loadSeen(ctx, l.cfg.Reads); err != nil {
		return err
	}
	if h.runs, err = loadRuns(ctx, l.cfg.Reads); err != nil {
		return err
	}
	if err := l.verdicts.load(ctx, l.cfg.Reads, at); err != nil {
		return err
	}
	l.setHead(at)
	reader, err := l.cfg.Journal.Reader(ctx, at)
	if err != nil {
		return err
	}
	defer reader.Close()
	for {
		b, err := l.gather(ctx, reader, &h)
		if err != nil {
			return err
		}
		if err := l.commitHead(ctx, b, &h); err != nil {
			return err
		}
		l.setHead(b.at)
	}
}

// gather waits for a block and takes what else is there.
func (l *Ledger) gather(ctx context.Context, reader *journal.Reader, h *head) (*batch, error) {
	b, block := newBatch(), &journal.Block{}
	at, err := reader.NextInto(ctx, block)
	if err != nil {
		return nil, err
	}
	soon, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	for {
		if err := l.count(ctx, b, at, block, h); err != nil {
			return nil, err
		}
		if b.readings >= batchReadings {
			return b, nil
		}
		at, err = reader.NextInto(soon, block)
		switch {
		case err == nil:
		case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
			return b, nil
		default:
			return nil, err
		}
	}
}

func (l *Ledger) commitHead(ctx context.Context, b *batch, h *head) error {
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
		if err := writePages(ctx, tx, b.pages); err != nil {
			return err
		}
		if err := writeGaps(ctx, tx, b, h.runs); err != nil {
			return err
		}
		for id, at := range b.replayed {
			if _, err := tx.ExecContext(ctx, `INSERT INTO ledger_replayed (id, at) VALUES ($1, $2)`, id, at); err != nil {
				return err
			}
		}
		return setPosition(ctx, tx, HeadConsumer, b.at)
	})
	if err != nil {
		return fmt.Errorf("count blocks up to %d: %w", b.at.Seq, err)
	}
	l.metrics.add(b.counts)
	l.metrics.remembered.Set(float64(h.seen.size()))
	return nil
}

// writePages does to the rows what counting did to the sets.
func writePages(ctx context.Context, tx *sql.Tx, pages []page) error {
	for _, p := range pages {
		if len(p.hashes) > 0 || p.begins {
			if _, err := tx.ExecContext(ctx, `INSERT INTO ledger_seen (seq, generation, began, hashes) VALUES ($1, $2, $3, $4)
				ON CONFLICT (seq) DO UPDATE SET generation = excluded.generation, began = excluded.began, hashes = excluded.hashes`,
				p.seq, p.generation, p.began, append([]byte{}, p.hashes...)); err != nil {
				return err
			}
		}
		if p.begins {
			if _, err := tx.ExecContext(ctx, `DELETE FROM ledger_seen WHERE generation < $1`, p.oldest); err != nil {
				return err
			}
		}
	}
	return nil
}
