package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/yingguang/yingguang/device"
)

// Count is what became of some readings.
type Count struct {
	Received  int64 `json:"received"`
	Stored    int64 `json:"stored"`    // in InfluxDB
	Waiting   int64 `json:"waiting"`   // in the journal
	Duplicate int64 `json:"duplicate"` // delivered more than once
	Rejected  int64 `json:"rejected"`  // kept with the reason
}

// Balanced says whether nothing is unaccounted for.
func (c Count) Balanced() bool {
	return c.Received == c.Stored+c.Waiting+c.Duplicate+c.Rejected
}

// Day is the count of all lamps for one local day of receipt.
type Day struct {
	Day   string `json:"day"` // YYYY-MM-DD
	Lamps int    `json:"lamps"`
	Count
	Lost int64 `json:"lost"` // on the way to us, by the lamps' own numbers
}

// Line is the count of one lamp for one day.
type Line struct {
	Lamp device.LampID `json:"lamp"` // empty where messages did not tell
	Day  string        `json:"day"`
	Count
	Lost int64 `json:"lost"` // on the way to us, by the lamp's own numbers
}

const sums = `COALESCE(SUM(received), 0), COALESCE(SUM(stored), 0), COALESCE(SUM(waiting), 0), COALESCE(SUM(duplicate), 0), COALESCE(SUM(rejected), 0)`

// lost sums up the gaps of a line d; what follows says of which lamp and day.
const lost = `(SELECT COALESCE(SUM(g.to_seq - g.from_seq + 1), 0) FROM ledger_gap g WHERE `

const selectLines = `SELECT lamp, day, received, stored, waiting, duplicate, rejected, ` + lost + `g.lamp = d.lamp AND g.day = d.day) FROM ledger_day d `

// Totals is the count of everything since the ledger began.
func (l *Ledger) Totals(ctx context.Context) (Count, error) {
	var c Count
	err := l.cfg.Reads.QueryRowContext(ctx, `SELECT `+sums+` FROM ledger_day`).Scan(&c.Received, &c.Stored, &c.Waiting, &c.Duplicate, &c.Rejected)
	if err != nil {
		return c, fmt.Errorf("ledger: %w", err)
	}
	return c, nil
}

// Days gives the newest days, newest first.
func (l *Ledger) Days(ctx context.Context, limit int) ([]Day, error) {
	rows, err := l.cfg.Reads.QueryContext(ctx, `SELECT day, COUNT(CASE WHEN lamp <> '' AND received > rejected THEN 1 END), `+sums+`, `+lost+`g.day = d.day) FROM ledger_day d GROUP BY day ORDER BY day DESC LIMIT $1`, limit)
	return collect(rows, err, func(d *Day) []any {
		return []any{&d.Day, &d.Lamps, &d.Received, &d.Stored, &d.Waiting, &d.Duplicate, &d.Rejected, &d.Lost}
	})
}

// Lamps gives one line for each lamp heard from on a day, by code.
func (l *Ledger) Lamps(ctx context.Context, day string) ([]Line, error) {
	rows, err := l.cfg.Reads.QueryContext(ctx, selectLines+`WHERE day = $1 ORDER BY lamp`, day)
	return collect(rows, err, lineFields)
}

// Lamp gives the newest days of one lamp, newest first.
func (l *Ledger) Lamp(ctx context.Context, lamp device.LampID, limit int) ([]Line, error) {
	rows, err := l.cfg.Reads.QueryContext(ctx, selectLines+`WHERE lamp = $1 ORDER BY day DESC LIMIT $2`, string(lamp), limit)
	return collect(rows, err, lineFields)
}

func lineFields(l *Line) []any {
	return []any{&l.Lamp, &l.Day, &l.Received, &l.Stored, &l.Waiting, &l.Duplicate, &l.Rejected, &l.Lost}
}

// Gaps gives what was lost on the way, the newest first, of one lamp or all (empty),
// noticed on one day or any (empty); at most limit of them.
func (l *Ledger) Gaps(ctx context.Context, lamp device.LampID, day string, limit int) ([]Gap, error) {
	rows, err := l.cfg.Reads.QueryContext(ctx, `SELECT `+gapColumns+` FROM ledger_gap
		WHERE ($1 = '' OR lamp = $1) AND ($2 = '' OR day = $2) ORDER BY noticed DESC, lamp, from_seq DESC LIMIT $3`, string(lamp), day, limit)
	return collect(rows, err, gapFields)
}

func collect[T any](rows *sql.Rows, err error, fields func(*T) []any) ([]T, error) {
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		var v T
		if err := rows.Scan(fields(&v)...); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// UnbalancedError names the lines in which readings are unaccounted for.
type UnbalancedError struct{ Lines []Line }

func (e *UnbalancedError) Error() string {
	first := e.Lines[0]
	return fmt.Sprintf("the ledger does not balance in %d lines; the first is lamp %q on %s: received %d, but stored %d + waiting %d + duplicate %d + rejected %d",
		len(e.Lines), first.Lamp, first.Day, first.Received, first.Stored, first.Waiting, first.Duplicate, first.Rejected)
}

// Check looks at every line; an *UnbalancedError names those that do not add up.
func (l *Ledger) Check(ctx context.Context) error {
	rows, err := l.cfg.Reads.QueryContext(ctx, selectLines+`
		WHERE received <> stored + waiting + duplicate + rejected OR waiting < 0 ORDER BY day, lamp LIMIT 100`)
	lines, err := collect(rows, err, lineFields)
	if err != nil {
		return err
	}
	if len(lines) > 0 {
		return &UnbalancedError{lines}
	}
	return nil
}

// CountLamps is how many lamps were ever heard from.
func (l *Ledger) CountLamps(ctx context.Context) (int, error) {
	var n int
	err := l.cfg.Reads.QueryRowContext(ctx, `SELECT COUNT(DISTINCT lamp) FROM ledger_day WHERE lamp <> '' AND received > rejected`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("ledger: %w", err)
	}
	return n, nil
}

// Replayed says which of some rejected messages were replayed, by their IDs.
func (l *Ledger) Replayed(ctx context.Context, ids []string) (map[string]bool, error) {
	known := map[string]bool{}
	for _, id := range ids {
		var at int64
		switch err := l.cfg.Reads.QueryRowContext(ctx, `SELECT at FROM ledger_replayed WHERE id = $1`, id).Scan(&at); {
		case err == nil:
			known[id] = true
		case !errors.Is(err, sql.ErrNoRows):
			return nil, fmt.Errorf("ledger: %w", err)
		}
	}
	return known, nil
}
