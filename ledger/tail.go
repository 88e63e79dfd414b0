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

// settle moves the counts of some readings, in blocks up to upTo.
func (l *Ledger) settle(ctx context.Context, reader *journal.Reader, upTo uint64) (journal.Position, error) {
	from := reader.Position()
	at := from
	var blocks []settling
	// Read first: a transaction that waits for the journal would keep all others waiting.
	for readings := 0; readings < settleReadings && len(blocks) < settleBlocks && at.Seq < upTo; {
		next, block, err := reader.Next(ctx)
		if err != nil {
			return at, err
		}
		at = next
		if n := len(block.Readings); n > 0 {
			blocks = append(blocks, settling{at.Seq, block})
			readings += n
		}
	}
	var counts map[key]*Count
	var points map[key]int64
	err := transact(ctx, l.cfg.SQL, func(tx *sql.Tx) error {
		v, err := loadVerdicts(ctx, tx, from.Seq, at.Seq)
		if err != nil {
			return err
		}
		counts, points = settled(blocks, v, l.cfg.Location)
		if err := addCounts(ctx, tx, counts); err != nil {
			return err
		}
		if err := addPoints(ctx, tx, points); err != nil {
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
	l.metrics.add(counts)
	l.verdicts.settled(at.Seq)
	return at, nil
}

// settling is a block that series is done with.
type settling struct {
	seq   uint64
	block *journal.Block
}

// settled gives what changes in the counts by day of receipt, and how many points
// more InfluxDB holds by their own day.
func settled(blocks []settling, v verdicts, zone *time.Location) (counts map[key]*Count, points map[key]int64) {
	counts, points = map[key]*Count{}, map[key]int64{}
	received, placed := &days{location: zone}, &days{location: zone}
	for _, s := range blocks {
		bits := v.duplicates[s.seq]
		for i := range s.block.Readings {
			if i/8 < len(bits) && bits[i/8]&(1<<(i%8)) != 0 {
				continue
			}
			r := &s.block.Readings[i]
			k := key{r.Lamp, received.of(r.Received)}
			c := counts[k]
			if c == nil {
				c = &Count{}
				counts[k] = c
			}
			c.Waiting--
			if v.refused[reference{s.seq, i}] {
				c.Rejected++
				continue
			}
			c.Stored++
			points[key{r.Lamp, placed.of(r.TS)}]++
		}
	}
	return counts, points
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
func loadVerdicts(ctx context.Context, tx *sql.Tx, from, upTo uint64) (verdicts, error) {
	v := verdicts{duplicates: map[uint64][]byte{}, refused: map[reference]bool{}}
	rows, err := tx.QueryContext(ctx, `SELECT seq, bits FROM ledger_duplicate WHERE seq > $1 AND seq <= $2`, from, upTo)
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
	refused, err := tx.QueryContext(ctx, `SELECT seq, idx FROM series_refused WHERE seq > $1 AND seq <= $2`, from, upTo)
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
