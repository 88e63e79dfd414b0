package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

const selectAlerts = `SELECT id, fault, subject, state, since, fired_at, ended_at, detail FROM alert `

func scanAlert(r *sql.Rows, a *alerts.Alert) error {
	var detail []byte
	if err := r.Scan(&a.ID, &a.Fault, &a.Subject, &a.State, &a.Since, &a.FiredAt, &a.EndedAt, &detail); err != nil {
		return err
	}
	return json.Unmarshal(detail, &a.Detail)
}

// FiringAlerts gives all alerts that fire, oldest first.
func (db *DB) FiringAlerts(ctx context.Context) ([]alerts.Alert, error) {
	out, err := list(ctx, db.read, scanAlert, selectAlerts+`WHERE state = $1 ORDER BY since, id`, string(alerts.Firing))
	if err != nil {
		return nil, fmt.Errorf("firing alerts: %w", err)
	}
	return out, nil
}

// AlertsOn gives the alerts of one subject, those that fire and those that did, newest first.
func (db *DB) AlertsOn(ctx context.Context, subject device.Subject, limit int) ([]alerts.Alert, error) {
	out, err := list(ctx, db.read, scanAlert, selectAlerts+`WHERE subject = $1 AND state <> $2 ORDER BY since DESC, id LIMIT $3`,
		string(subject), string(alerts.Pending), int64(limit))
	if err != nil {
		return nil, fmt.Errorf("alerts on %s: %w", subject, err)
	}
	return out, nil
}

// Nights gives the finished nights of a lamp that begin on or after the day from
// (YYYY-MM-DD, empty for all), newest first.
func (db *DB) Nights(ctx context.Context, lamp device.LampID, from string, limit int) ([]device.NightLight, error) {
	out, err := list(ctx, db.read, func(r *sql.Rows, n *device.NightLight) error {
		var soc, depth sql.NullFloat64
		err := r.Scan(&n.Lamp, &n.Night, &n.Dusk, &n.Dawn, &n.LitS, &n.ExpectedS, &n.ObservedS, &n.Switches, &soc, &n.Readings,
			&n.LitUntil, &n.EndSeen, &n.PromisedUntil, &depth)
		n.SoCMin, n.DepthPct = orNaN(soc), orNaN(depth)
		return err
	}, `SELECT lamp, night, dusk, dawn, lit_s, expected_s, observed_s, switches, soc_min, readings,
		COALESCE(lit_until, 0), COALESCE(end_seen, FALSE), COALESCE(promised_until, 0), depth_pct FROM night
		WHERE lamp = $1 AND night >= $2 ORDER BY night DESC LIMIT $3`, string(lamp), from, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("nights of %s: %w", lamp, err)
	}
	return out, nil
}
