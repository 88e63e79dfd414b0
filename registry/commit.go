package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// alertsConsumer is the name under which alerts keeps its position in the journal.
const alertsConsumer = "alerts"

// DB is what alerts needs to know of the town and where it keeps what it decides.
var (
	_ alerts.Roster = (*DB)(nil)
	_ alerts.Store  = (*DB)(nil)
)

// Load gives the engine's state and position as of the last Commit.
func (db *DB) Load(ctx context.Context) (alerts.Loaded, error) {
	tx, err := db.read.BeginTx(ctx, nil) // position and state of one moment
	if err != nil {
		return alerts.Loaded{}, fmt.Errorf("load alerts: %w", err)
	}
	defer tx.Rollback() // it only read
	out := alerts.Loaded{Engine: map[string][]byte{}}
	if out.Position, err = position(ctx, tx, alertsConsumer); err != nil {
		return alerts.Loaded{}, fmt.Errorf("load alerts: %w", err)
	}
	type state struct {
		key   string
		value []byte
	}
	all, err := list(ctx, tx, func(r *sql.Rows, s *state) error { return r.Scan(&s.key, &s.value) }, `SELECT key, value FROM engine_state`)
	if err != nil {
		return alerts.Loaded{}, fmt.Errorf("load alerts: %w", err)
	}
	for _, s := range all {
		out.Engine[s.key] = s.value
	}
	return out, nil
}

func position(ctx context.Context, tx *sql.Tx, consumer string) (journal.Position, error) {
	var created, seq int64
	err := tx.QueryRowContext(ctx, `SELECT created, seq FROM consumer_position WHERE consumer = $1`, consumer).Scan(&created, &seq)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.Position{}, nil
	}
	return journal.Position{Created: created, Seq: uint64(seq)}, err
}

// Commit writes a checkpoint whole or not at all; it is durable when Commit
// returns. Committing the same again changes nothing. It refuses a position
// before the one that it has in the same stream.
func (db *DB) Commit(ctx context.Context, c alerts.Checkpoint) error {
	err := db.update(ctx, func(tx *sql.Tx) error {
		for _, step := range []func(context.Context, *sql.Tx, *alerts.Checkpoint) error{
			commitPosition, commitEngine, commitLamps, commitAlerts, commitTickets, commitNights, commitForecasts, commitBatteries,
		} {
			if err := step(ctx, tx, &c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("commit alerts: %w", err)
	}
	if len(c.Lamps)+len(c.Changes)+len(c.Tickets)+len(c.Nights) > 0 {
		db.watches.wake()
	}
	return nil
}

func commitPosition(ctx context.Context, tx *sql.Tx, c *alerts.Checkpoint) error {
	have, err := position(ctx, tx, alertsConsumer)
	if err != nil {
		return err
	}
	if have.Created == c.Position.Created && c.Position.Seq < have.Seq {
		return fmt.Errorf("position %d is before %d, which is committed", c.Position.Seq, have.Seq)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO consumer_position (consumer, created, seq) VALUES ($1, $2, $3)
		ON CONFLICT (consumer) DO UPDATE SET created = excluded.created, seq = excluded.seq`,
		alertsConsumer, c.Position.Created, int64(c.Position.Seq))
	return err
}

func commitEngine(ctx context.Context, tx *sql.Tx, c *alerts.Checkpoint) error {
	var keep, remove []string
	for key, value := range c.Engine {
		if value == nil {
			remove = append(remove, key)
		} else {
			keep = append(keep, key)
		}
	}
	if err := each(ctx, tx, `DELETE FROM engine_state WHERE key = $1`, remove, func(k *string) []any { return []any{*k} }); err != nil {
		return err
	}
	return each(ctx, tx, `INSERT INTO engine_state (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, keep,
		func(k *string) []any { return []any{*k, c.Engine[*k]} })
}

func commitAlerts(ctx context.Context, tx *sql.Tx, c *alerts.Checkpoint) error {
	details := make([]string, len(c.Changes))
	for i, change := range c.Changes {
		detail, err := json.Marshal(change.Alert.Detail)
		if err != nil {
			return fmt.Errorf("alert %s: %w", change.Alert.ID, err)
		}
		details[i] = string(detail)
	}
	next := 0
	return each(ctx, tx, `INSERT INTO alert (id, fault, subject, state, since, fired_at, ended_at, changed_at, quiet, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, since = excluded.since, fired_at = excluded.fired_at, ended_at = excluded.ended_at,
			changed_at = excluded.changed_at, quiet = excluded.quiet, detail = excluded.detail
		WHERE excluded.changed_at >= alert.changed_at`, c.Changes,
		func(change *alerts.Change) []any {
			a := &change.Alert
			detail := details[next]
			next++
			return []any{
				a.ID, string(a.Fault), string(a.Subject), string(a.State), int64(a.Since), int64(a.FiredAt), int64(a.EndedAt),
				int64(change.At), change.Quiet, detail,
			}
		})
}

func commitNights(ctx context.Context, tx *sql.Tx, c *alerts.Checkpoint) error {
	return each(ctx, tx, `INSERT INTO night (lamp, night, dusk, dawn, lit_s, expected_s, observed_s, switches, soc_min, readings, lit_until, end_seen, promised_until, depth_pct)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (lamp, night) DO UPDATE SET dusk = excluded.dusk, dawn = excluded.dawn, lit_s = excluded.lit_s, expected_s = excluded.expected_s,
			observed_s = excluded.observed_s, switches = excluded.switches, soc_min = excluded.soc_min, readings = excluded.readings,
			lit_until = excluded.lit_until, end_seen = excluded.end_seen, promised_until = excluded.promised_until, depth_pct = excluded.depth_pct`, c.Nights,
		func(n *device.NightLight) []any {
			return []any{
				string(n.Lamp), n.Night, int64(n.Dusk), int64(n.Dawn), n.LitS, n.ExpectedS, n.ObservedS, int64(n.Switches), measured(n.SoCMin), int64(n.Readings),
				int64(n.LitUntil), n.EndSeen, int64(n.PromisedUntil), measured(n.DepthPct),
			}
		})
}
