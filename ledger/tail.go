package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/yingguang/yingguang/journal"
)

// tailEvery is how often the tail looks how far series has come; the others bound
// what it holds in memory at once.
const (
	tailEvery      = time.Second
	settleReadings = 50_000
	settleBlocks   = 5_000
)

// runTail settles what waited: once series is done with a block, its readings are
// stored, or rejected where InfluxDB refused them.
func (l *Ledger) runTail(ctx context.Context) error {
	at, err := position(ctx, l.cfg.SQL, TailConsumer)
	if err != nil {
		return err
	}
	reader, err := l.cfg.Journal.Reader(ctx, at)
	if err != nil {
		return err
	}
	defer reader.Close()
	for {
		done, err := position(ctx, l.cfg.Reads, seriesName)
		if err != nil {
			return err
		}
		// Verdicts come from the head: never settle what it has not judged.
		if upTo := min(done.Seq, l.headAt().Seq); upTo > at.Seq {
			if at, err = l.settle(ctx, reader, upTo); err != nil {
				return err
			}
			continue
		}
		if err := l.cfg.Clock.Sleep(ctx, tailEvery); err != nil {
			return err
		}
	}
}

// settle moves the counts of some readings, in blocks up to upTo. Nobody adds to the
// verdicts on blocks that the head and series are done with, so those are read first
// and no block is kept; a transaction that waits for the journal would keep all others
// waiting.
func (l *Ledger) settle(ctx context.Context, reader *journal.Reader, upTo uint64) (journal.Position, error) {
	at := reader.Position()
	upTo = min(upTo, at.Seq+settleBlocks)
	v, err := loadVerdicts(ctx, l.cfg.Reads, at.Seq, upTo)
	if err != nil {
		return at, err
	}
	s := newSettled(v, l.cfg.Location)
	for s.readings < settleReadings && at.Seq < upTo {
		if at, err = reader.NextInto(ctx, &s.block); err != nil {
			return at, err
		}
		s.add(at.Seq)
	}
	err = transact(ctx, l.cfg.SQL, func(tx *sql.Tx) error {
		if err := addCounts(ctx, tx, s.counts); err != nil {
			return err
		}
		if err := addPoints(ctx, tx, s.points); err != nil {
			return err
		}
		for _, table := range []string{"ledger_duplicate", "series_refused"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE seq <= $1`, at.Seq); err != nil {
				return err
			}
		}
		return setPosition(ctx, tx, TailConsumer, at)
	})
	if err != nil {
		return at, fmt.Errorf("settle blocks up to %d: %w", at.Seq, err)
	}
	l.metrics.add(s.counts)
	l.verdicts.settled(at.Seq)
	return at, nil
}

// settled is what changes by some blocks that series is done with.
type settled struct {
	verdicts verdicts
	block    journal.Block  // that is looked at
	counts   map[key]*Count // by day of receipt
	points   map[key]int64  // that InfluxDB holds more, by their own day
	readings int

	received, placed days
}

func newSettled(v verdicts, zone *time.Location) *settled {
	return &settled{
		verdicts: v, counts: map[key]*Count{}, points: map[key]int64{},
		received: days{location: zone}, placed: days{location: zone},
	}
}

// add settles the readings of the block.
func (s *settled) add(seq uint64) {
	s.readings += len(s.block.Readings)
	bits := s.verdicts.duplicates[seq]
	for i := range s.block.Readings {
		if i/8 < len(bits) && bits[i/8]&(1<<(i%8)) != 0 {
			continue
		}
		r := &s.block.Readings[i]
		k := key{r.Lamp, s.received.of(r.Received)}
		c := s.counts[k]
		if c == nil {
			c = &Count{}
			s.counts[k] = c
		}
		c.Waiting--
		if s.verdicts.refused[reference{seq, i}] {
			c.Rejected++
			continue
		}
		c.Stored++
		s.points[key{r.Lamp, s.placed.of(r.TS)}]++
	}
}

func addPoints(ctx context.Context, tx *sql.Tx, points map[key]int64) error {
	add, err := tx.PrepareContext(ctx, `INSERT INTO ledger_point (lamp, day, stored, audited) VALUES ($1, $2, $3, -1)
		ON CONFLICT (lamp, day) DO UPDATE SET stored = ledger_point.stored + excluded.stored`)
	if err != nil {
		return err
	}
	defer add.Close()
	for k, n := range points {
		if _, err := add.ExecContext(ctx, string(k.lamp), k.day, n); err != nil {
			return err
		}
	}
	return nil
}

// reference is one reading in the journal.
type reference struct {
	seq uint64
	idx int
}

// verdicts are what the head and series said about the readings of some blocks.
type verdicts struct {
	duplicates map[uint64][]byte // bits by the block's sequence
	refused    map[reference]bool
}

// loadVerdicts reads those of the blocks after from, up to upTo.
func loadVerdicts(ctx context.Context, db *sql.DB, from, upTo uint64) (verdicts, error) {
	v := verdicts{duplicates: map[uint64][]byte{}, refused: map[reference]bool{}}
	rows, err := db.QueryContext(ctx, `SELECT seq, bits FROM ledger_duplicate WHERE seq > $1 AND seq <= $2`, from, upTo)
	if err != nil {
		return v, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			seq  uint64
			bits []byte
		)
		if err := rows.Scan(&seq, &bits); err != nil {
			return v, err
		}
		v.duplicates[seq] = bits
	}
	if err := rows.Err(); err != nil {
		return v, err
	}
	refused, err := db.QueryContext(ctx, `SELECT seq, idx FROM series_refused WHERE seq > $1 AND seq <= $2`, from, upTo)
	if err != nil {
		return v, err
	}
	defer refused.Close()
	for refused.Next() {
		var r reference
		if err := refused.Scan(&r.seq, &r.idx); err != nil {
			return v, err
		}
		v.refused[r] = true
	}
	return v, refused.Err()
}
