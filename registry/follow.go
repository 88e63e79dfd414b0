package registry

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/yingguang/yingguang/device"
)

type followKey struct {
	person device.PersonID
	lamp   device.LampID
}

func followRows(ctx context.Context, q querier) (map[followKey]bool, error) {
	type choice struct {
		key     followKey
		follows bool
	}
	rows, err := list(ctx, q, func(r *sql.Rows, c *choice) error { return r.Scan(&c.key.person, &c.key.lamp, &c.follows) },
		`SELECT person, lamp, follows FROM follow`)
	out := make(map[followKey]bool, len(rows))
	for _, c := range rows {
		out[c.key] = c.follows
	}
	return out, err
}

// Follow makes a person follow a lamp, or not any more. It gives ErrNotFound for
// a person or lamp that is not registered.
func (db *DB) Follow(ctx context.Context, person device.PersonID, lamp device.LampID, follows bool) error {
	if _, ok := db.Person(person); !ok {
		return fmt.Errorf("person %q: %w", person, ErrNotFound)
	}
	if _, ok := db.Lamp(lamp); !ok {
		return fmt.Errorf("lamp %q: %w", lamp, ErrNotFound)
	}
	err := db.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO follow (person, lamp, follows) VALUES ($1, $2, $3)
			ON CONFLICT (person, lamp) DO UPDATE SET follows = excluded.follows`, string(person), string(lamp), follows)
		return err
	})
	if err != nil {
		return fmt.Errorf("follow %s: %w", lamp, err)
	}
	return db.changed(ctx)
}

// Follows says whether a person follows a lamp.
func (db *DB) Follows(person device.PersonID, lamp device.LampID) bool {
	for _, p := range db.roster.Load().followers[lamp] {
		if p.ID == person {
			return true
		}
	}
	return false
}
