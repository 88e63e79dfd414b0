package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/yingguang/yingguang/journal"
)

// tailEvery is how often the tail looks how far series has come; settleReadings
// bounds what it holds in memory at once.
const (
	tailEvery      = 500 * time.Millisecond
	settleReadings = 20_000
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

// settle moves the counts of at most settleReadings readings, in blocks up to upTo.
func (l *Ledger) settle(ctx context.Context, reader *journal.Reader, upTo uint64) (journal.Position, error) {
	at := reader.Position()
	blocks := map[uint64]*journal.Block{}
	// Read first: a transaction that waits for the journal would keep all others waiting.
	for readings := 0; readings < settleReadings && at.Seq < upTo; {
		next, block, err := reader.Next(ctx)
		if err != nil {
			return at, err
		}
		at = next
		if n := len(block.Readings); n > 0 {
			blocks[at.Seq] = block
			readings += n
		}
	}
	counts, tailDays := map[key]*Count{}, days{location: l.cfg.Location}
	err := transact(ctx, l.cfg.SQL, func(tx *sql.Tx) error {
		for seq, block := range blocks {
			if err := settleBlock(ctx, tx, seq, block, counts, &tailDays); err != nil {
				return err
			}
		}
		if err := addCounts(ctx, tx, counts); err != nil {
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
		return at, fmt.Errorf("settle blocks up to %d: %w", upTo, err)
	}
	l.metrics.add(counts)
	return at, nil
}

func settleBlock(ctx context.Context, tx *sql.Tx, seq uint64, block *journal.Block, counts map[key]*Count, d *days) error {
	var bits []byte
	err := tx.QueryRowContext(ctx, `SELECT bits FROM ledger_duplicate WHERE seq = $1`, seq).Scan(&bits)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	refused, err := refusedOf(ctx, tx, seq)
	if err != nil {
		return err
	}
	for i := range block.Readings {
		if i/8 < len(bits) && bits[i/8]&(1<<(i%8)) != 0 {
			continue
		}
		r := &block.Readings[i]
		k := key{r.Lamp, d.of(r.Received)}
		c := counts[k]
		if c == nil {
			c = &Count{}
			counts[k] = c
		}
		c.Waiting--
		if refused[i] {
			c.Rejected++
		} else {
			c.Stored++
		}
	}
	return nil
}

func refusedOf(ctx context.Context, tx *sql.Tx, seq uint64) (map[int]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT idx FROM series_refused WHERE seq = $1`, seq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	refused := map[int]bool{}
	for rows.Next() {
		var i int
		if err := rows.Scan(&i); err != nil {
			return nil, err
		}
		refused[i] = true
	}
	return refused, rows.Err()
}
