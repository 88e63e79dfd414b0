package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// nameLamps puts the lamps into tickets of villages and the town that their storms'
// alerts name.
func nameLamps(ctx context.Context, q querier, all []alerts.Ticket) error {
	for i := range all {
		t := &all[i]
		if kind := t.Subject.Kind(); kind != device.KindVillage && kind != device.KindTown {
			continue
		}
		for _, id := range t.AlertIDs {
			details, err := list(ctx, q, scanLamps, `SELECT detail FROM alert WHERE id = $1`, id)
			if err != nil {
				return fmt.Errorf("lamps of alert %s: %w", id, err)
			}
			for _, lamps := range details {
				t.Lamps = append(t.Lamps, lamps...)
			}
		}
		slices.Sort(t.Lamps)
		t.Lamps = slices.Compact(t.Lamps)
	}
	return nil
}

// scanLamps reads the lamps of an alert's detail; other alerts have none, or a number.
func scanLamps(r *sql.Rows, lamps *[]device.LampID) error {
	var text []byte
	if err := r.Scan(&text); err != nil {
		return err
	}
	var detail struct {
		Lamps json.RawMessage `json:"lamps"`
	}
	if err := json.Unmarshal(text, &detail); err != nil {
		return err
	}
	if len(detail.Lamps) == 0 || detail.Lamps[0] != '[' {
		return nil
	}
	return json.Unmarshal(detail.Lamps, lamps)
}
