package registry

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/yingguang/yingguang/device"
)

// Adopt registers a lamp that sends and that nobody has registered, as installed and
// like another one: at its place, of its make, without the dates of its purchase. The
// office corrects the rest by import. A code that is registered already is an error.
func (db *DB) Adopt(ctx context.Context, id, like device.LampID) (device.Lamp, error) {
	if _, err := device.ParseLampID(string(id)); err != nil {
		return device.Lamp{}, err
	}
	err := db.update(ctx, func(tx *sql.Tx) error {
		rows, err := lampRows(ctx, tx)
		if err != nil {
			return err
		}
		var model *lampRow
		for i := range rows {
			switch rows[i].id {
			case string(id):
				return fmt.Errorf("lamp %s is registered already 该路灯已登记", id)
			case string(like):
				model = &rows[i]
			}
		}
		if model == nil {
			return fmt.Errorf("there is no lamp %q to take place and make from 没有这盏样板灯: %w", like, ErrNotFound)
		}
		lamp := *model
		lamp.id, lamp.stage = string(id), string(device.Installed)
		lamp.installedOn, lamp.warrantyUntil, lamp.link, lamp.gateway = "", "", "", ""
		return (&plan{lamps: []lampRow{lamp}}).writeLamps(ctx, tx)
	})
	if err != nil {
		return device.Lamp{}, fmt.Errorf("adopt lamp %s: %w", id, err)
	}
	if err := db.changed(ctx); err != nil {
		return device.Lamp{}, err
	}
	lamp, _ := db.Lamp(id)
	return lamp, nil
}
