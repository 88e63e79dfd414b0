package registry

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// commitBatteries keeps the newest that is known of each lamp's battery.
func commitBatteries(ctx context.Context, tx *sql.Tx, c *alerts.Checkpoint) error {
	return each(ctx, tx, `INSERT INTO battery (lamp, made_at, known, left_pct, nights_left, left_needs, health_pct, health_by, health_needs, health_nights, resistance)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (lamp) DO UPDATE SET made_at = excluded.made_at, known = excluded.known, left_pct = excluded.left_pct,
			nights_left = excluded.nights_left, left_needs = excluded.left_needs, health_pct = excluded.health_pct, health_by = excluded.health_by,
			health_needs = excluded.health_needs, health_nights = excluded.health_nights, resistance = excluded.resistance`, c.Batteries,
		func(b *alerts.Battery) []any {
			return []any{
				string(b.Lamp), int64(b.At), b.Known, measured(b.LeftPct), measured(b.NightsLeft), string(b.LeftNeeds), measured(b.HealthPct),
				b.HealthBy, string(b.HealthNeeds), int64(b.HealthNights), measured(b.Resistance),
			}
		})
}

// BatteryOf gives what is known of a lamp's battery; ok is false before it was told of.
func (db *DB) BatteryOf(ctx context.Context, lamp device.LampID) (b alerts.Battery, ok bool, err error) {
	out, err := list(ctx, db.read, func(r *sql.Rows, b *alerts.Battery) error {
		var left, nights, health, resistance sql.NullFloat64
		err := r.Scan(&b.Lamp, &b.At, &b.Known, &left, &nights, &b.LeftNeeds, &health, &b.HealthBy, &b.HealthNeeds, &b.HealthNights, &resistance)
		b.LeftPct, b.NightsLeft, b.HealthPct, b.Resistance = orNaN(left), orNaN(nights), orNaN(health), orNaN(resistance)
		return err
	}, `SELECT lamp, made_at, known, left_pct, nights_left, left_needs, health_pct, health_by, health_needs, health_nights, resistance
		FROM battery WHERE lamp = $1`, string(lamp))
	if err != nil || len(out) == 0 {
		if err != nil {
			err = fmt.Errorf("battery of %s: %w", lamp, err)
		}
		return alerts.Battery{}, false, err
	}
	return out[0], true, nil
}
