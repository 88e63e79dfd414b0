package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Counter is asked how many readings of each lamp are in InfluxDB with a time in [from, to).
type Counter interface {
	CountByLamp(ctx context.Context, from, to device.Millis) (map[device.LampID]int64, error)
}

// Difference is a lamp and a day of which InfluxDB holds another number of readings
// than the ledger has stored.
type Difference struct {
	Lamp     device.LampID `json:"lamp"`
	Day      string        `json:"day"` // of the readings' own time
	Stored   int64         `json:"stored"`
	InfluxDB int64         `json:"influxdb"`
}

// Audit is what a comparison with InfluxDB found.
type Audit struct {
	Days        int          `json:"days"`     // that were compared
	Stored      int64        `json:"stored"`   // readings that the ledger has stored on them
	InfluxDB    int64        `json:"influxdb"` // readings that InfluxDB holds of them
	Differences []Difference `json:"differences"`
}

// Exact says whether InfluxDB holds what is stored, no less and no more.
func (a Audit) Exact() bool { return len(a.Differences) == 0 }

// String names the first differences.
func (a Audit) String() string {
	if a.Exact() {
		return fmt.Sprintf("InfluxDB holds the %d readings of %d days that the ledger has stored", a.Stored, a.Days)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "InfluxDB differs from the ledger for %d lamps and days", len(a.Differences))
	for i, d := range a.Differences {
		if i == 5 {
			s.WriteString("; …")
			break
		}
		fmt.Fprintf(&s, "; %s on %s: %d stored, %d in InfluxDB", d.Lamp, d.Day, d.Stored, d.InfluxDB)
	}
	return s.String()
}

// AuditQuery says what to compare.
type AuditQuery struct {
	Lamp   device.LampID // empty for all
	From   string        // first day, YYYY-MM-DD; empty for the first there is
	Newest int           // at most so many days, the newest; 0 for all
	Again  bool          // also days that agreed before and did not change since
	Newer  string        // as Again, for days from this one on; empty for none
}

// Audit counts InfluxDB's readings by lamp and day and compares them with what is
// stored, exactly. Days that agree are remembered. What is being stored meanwhile is
// waited for; where InfluxDB does not take anything, ctx ends it.
func (l *Ledger) Audit(ctx context.Context, c Counter, q AuditQuery) (Audit, error) {
	a := Audit{Differences: []Difference{}}
	days, err := l.auditDays(ctx, q)
	if err != nil {
		return a, err
	}
	for _, day := range days {
		if err := l.auditDay(ctx, c, q.Lamp, day, &a); err != nil {
			return a, fmt.Errorf("audit of %s: %w", day, err)
		}
	}
	a.Days = len(days)
	return a, nil
}

func (l *Ledger) auditDays(ctx context.Context, q AuditQuery) ([]string, error) {
	limit := q.Newest
	if limit <= 0 {
		limit = 1 << 30
	}
	rows, err := l.cfg.Reads.QueryContext(ctx, `SELECT DISTINCT day FROM ledger_point
		WHERE ($1 = '' OR lamp = $1) AND day >= $2 AND ($3 OR audited <> stored OR $5 <> '' AND day >= $5) ORDER BY day DESC LIMIT $4`,
		string(q.Lamp), q.From, q.Again, limit, q.Newer)
	return collect(rows, err, func(d *string) []any { return []any{d} })
}

// auditTries is how often a day that is still being written is looked at.
const auditTries = 5

func (l *Ledger) auditDay(ctx context.Context, c Counter, lamp device.LampID, day string, a *Audit) error {
	begin, err := time.ParseInLocation(time.DateOnly, day, l.cfg.Location)
	if err != nil {
		return err
	}
	from, to := device.MillisOf(begin), device.MillisOf(begin.AddDate(0, 0, 1))
	for try := 1; ; try++ {
		before, err := l.storedOn(ctx, day)
		if err != nil {
			return err
		}
		held, err := c.CountByLamp(ctx, from, to)
		if err != nil {
			return err
		}
		after := before
		if !equal(before, held, lamp) {
			// The ledger follows InfluxDB: what was counted there shows here once it has caught up.
			if err := l.settledAll(ctx); err != nil {
				return err
			}
			if after, err = l.storedOn(ctx, day); err != nil {
				return err
			}
		}
		found, stored, inflow := differences(day, before, after, held, lamp)
		if inflow > 0 && try < auditTries {
			continue // it moved while we counted: look again
		}
		a.Stored += stored
		for k, n := range held {
			if lamp == "" || k == lamp {
				a.InfluxDB += n
			}
		}
		a.Differences = append(a.Differences, found...)
		return l.remember(ctx, day, before, held, lamp)
	}
}

// differences judges each lamp of a day: InfluxDB must hold at least what was stored
// before it was asked and at most what was once everything until then was settled.
// inflow is how many lamps moved meanwhile.
func differences(day string, before, after, held map[device.LampID]int64, only device.LampID) (found []Difference, stored int64, inflow int) {
	lamps := map[device.LampID]bool{}
	for _, m := range []map[device.LampID]int64{after, held} {
		for lamp := range m {
			lamps[lamp] = true
		}
	}
	for lamp := range lamps {
		if only != "" && lamp != only {
			continue
		}
		stored += after[lamp]
		if before[lamp] != after[lamp] {
			inflow++
		}
		if n := held[lamp]; n < before[lamp] || n > after[lamp] {
			found = append(found, Difference{lamp, day, after[lamp], n})
		}
	}
	slices.SortFunc(found, func(a, b Difference) int { return strings.Compare(string(a.Lamp), string(b.Lamp)) })
	return found, stored, inflow
}

func equal(stored, held map[device.LampID]int64, only device.LampID) bool {
	found, _, _ := differences("", stored, stored, held, only)
	return len(found) == 0
}

func (l *Ledger) storedOn(ctx context.Context, day string) (map[device.LampID]int64, error) {
	rows, err := l.cfg.Reads.QueryContext(ctx, `SELECT lamp, stored FROM ledger_point WHERE day = $1`, day)
	lines, err := collect(rows, err, func(d *Difference) []any { return []any{&d.Lamp, &d.Stored} })
	stored := make(map[device.LampID]int64, len(lines))
	for _, d := range lines {
		stored[d.Lamp] = d.Stored
	}
	return stored, err
}

// remember keeps what InfluxDB held of each lamp. Where that is not what was stored, the day is compared
// again each night, also if it had agreed before.
func (l *Ledger) remember(ctx context.Context, day string, stored, held map[device.LampID]int64, only device.LampID) error {
	return transact(ctx, l.cfg.SQL, func(tx *sql.Tx) error {
		for lamp := range stored {
			if only != "" && lamp != only {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE ledger_point SET audited = $3 WHERE lamp = $1 AND day = $2 AND audited <> $3`, string(lamp), day, held[lamp]); err != nil {
				return err
			}
		}
		return nil
	})
}

// settledAll waits until the tail is past all that the journal holds now.
func (l *Ledger) settledAll(ctx context.Context) error {
	end, err := l.cfg.Journal.Tail(ctx)
	if err != nil {
		return err
	}
	upTo := end.Position()
	end.Close()
	for {
		at, err := position(ctx, l.cfg.Reads, TailConsumer)
		if err != nil || at.Seq >= upTo.Seq {
			return err
		}
		if err := l.cfg.Clock.Sleep(ctx, tailEvery); err != nil {
			return fmt.Errorf("readings still wait for InfluxDB, so that it cannot be compared: %w", err)
		}
	}
}
