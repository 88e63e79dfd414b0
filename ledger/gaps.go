package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/yingguang/yingguang/device"
)

// leap is a step in numbers that no loss explains: the lamp counts anew.
const leap = 1 << 20

// run is the newest message of a lamp by its own numbers.
type run struct {
	boot, seq uint32
	ts        device.Millis
}

// Gap is a row of messages of one lamp that were lost on the way. What comes late
// closes it, or makes it two.
type Gap struct {
	Lamp    device.LampID `json:"lamp"`
	Day     string        `json:"day"` // of the receipt that showed it
	Boot    uint32        `json:"boot"`
	From    uint32        `json:"from_seq"` // first number that is missing
	To      uint32        `json:"to_seq"`   // last one
	After   device.Millis `json:"after"`    // time of the message before
	Before  device.Millis `json:"before"`   // time of the message after
	noticed device.Millis
}

// Lost is how many messages are missing.
func (g Gap) Lost() int64 { return int64(g.To) - int64(g.From) + 1 }

// gapChange opens a gap, or closes a part of whatever gap there is.
type gapChange struct {
	gap   Gap
	close bool
}

// number follows a lamp's numbers. They tell gaps only: cheap controllers begin
// them again, so a lower number that is no older by its time is a new beginning.
func (l *Ledger) number(b *batch, runs map[device.LampID]run, r *device.Reading) {
	if !r.HasSeq {
		return
	}
	last, known := runs[r.Lamp]
	switch {
	case known && r.Boot == last.boot && r.Seq > last.seq:
		if step := r.Seq - last.seq; step > 1 && step < leap {
			b.change(gapChange{gap: Gap{
				Lamp: r.Lamp, Day: l.days.of(r.Received), Boot: r.Boot, From: last.seq + 1, To: r.Seq - 1,
				After: last.ts, Before: r.TS, noticed: r.Received,
			}})
		}
	case known && r.TS <= last.ts && r.Boot <= last.boot:
		b.change(gapChange{close: true, gap: Gap{Lamp: r.Lamp, Boot: r.Boot, From: r.Seq, To: r.Seq}})
		return
	}
	runs[r.Lamp] = run{r.Boot, r.Seq, r.TS}
	b.heard[r.Lamp] = true
}

// change joins what comes late in its order: a backlog closes a gap in one piece.
func (b *batch) change(c gapChange) {
	if i, any := b.lastGap[c.gap.Lamp]; any && c.close {
		if last := &b.gaps[i]; last.close && last.gap.Boot == c.gap.Boot && last.gap.To+1 == c.gap.From {
			last.gap.To = c.gap.To
			return
		}
	}
	b.lastGap[c.gap.Lamp] = len(b.gaps)
	b.gaps = append(b.gaps, c)
}

func loadRuns(ctx context.Context, db *sql.DB) (map[device.LampID]run, error) {
	rows, err := db.QueryContext(ctx, `SELECT lamp, boot, seq, ts FROM ledger_run`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	runs := map[device.LampID]run{}
	for rows.Next() {
		var (
			lamp device.LampID
			r    run
		)
		if err := rows.Scan(&lamp, &r.boot, &r.seq, &r.ts); err != nil {
			return nil, err
		}
		runs[lamp] = r
	}
	return runs, rows.Err()
}

func writeGaps(ctx context.Context, tx *sql.Tx, b *batch, runs map[device.LampID]run) error {
	put, err := tx.PrepareContext(ctx, `INSERT INTO ledger_run (lamp, boot, seq, ts) VALUES ($1, $2, $3, $4)
		ON CONFLICT (lamp) DO UPDATE SET boot = excluded.boot, seq = excluded.seq, ts = excluded.ts`)
	if err != nil {
		return err
	}
	defer put.Close()
	for lamp := range b.heard {
		r := runs[lamp]
		if _, err := put.ExecContext(ctx, string(lamp), r.boot, r.seq, r.ts); err != nil {
			return err
		}
	}
	for _, c := range b.gaps {
		if !c.close {
			if err := writeGap(ctx, tx, c.gap); err != nil {
				return err
			}
			continue
		}
		if err := closeGaps(ctx, tx, c.gap); err != nil {
			return fmt.Errorf("close gaps of lamp %s: %w", c.gap.Lamp, err)
		}
	}
	return nil
}

func writeGap(ctx context.Context, tx *sql.Tx, g Gap) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO ledger_gap (lamp, noticed, boot, from_seq, to_seq, day, after_ts, before_ts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (lamp, boot, from_seq, noticed) DO UPDATE SET to_seq = excluded.to_seq`,
		string(g.Lamp), g.noticed, g.Boot, g.From, g.To, g.Day, g.After, g.Before)
	return err
}

const gapColumns = `lamp, day, boot, from_seq, to_seq, after_ts, before_ts, noticed`

func gapFields(g *Gap) []any {
	return []any{&g.Lamp, &g.Day, &g.Boot, &g.From, &g.To, &g.After, &g.Before, &g.noticed}
}

// closeGaps takes the numbers of c out of the gaps that hold them.
func closeGaps(ctx context.Context, tx *sql.Tx, c Gap) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+gapColumns+` FROM ledger_gap WHERE lamp = $1 AND boot = $2 AND from_seq <= $4 AND to_seq >= $3`,
		string(c.Lamp), c.Boot, c.From, c.To)
	open, err := collect(rows, err, gapFields)
	if err != nil {
		return err
	}
	for _, g := range open {
		if _, err := tx.ExecContext(ctx, `DELETE FROM ledger_gap WHERE lamp = $1 AND boot = $2 AND from_seq = $3 AND noticed = $4`,
			string(g.Lamp), g.Boot, g.From, g.noticed); err != nil {
			return err
		}
		left, right := g, g
		left.To, right.From = c.From-1, c.To+1
		if g.From < c.From {
			if err := writeGap(ctx, tx, left); err != nil {
				return err
			}
		}
		if g.To > c.To {
			if err := writeGap(ctx, tx, right); err != nil {
				return err
			}
		}
	}
	return nil
}
