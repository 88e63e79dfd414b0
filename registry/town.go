package registry

import (
	"context"
	"database/sql"
)

// querier is what reads: a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// list runs a query and scans each row.
func list[T any](ctx context.Context, q querier, scan func(*sql.Rows, *T) error, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var t T
		if err := scan(rows, &t); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

const selectLamps = `SELECT l.id, l.stage, l.batch, p.village, l.place, p.kind, l.lat, l.lon, l.panel_wp, l.battery_ah, l.battery_v, l.battery_chemistry,
	l.lamp_w, l.profile, l.gateway, l.installed_on, l.link, l.interval_s, l.schedule, l.shade, l.supplier, l.warranty_until
	FROM lamp l JOIN place p ON p.id = l.place ORDER BY l.id`

func scanLamp(r *sql.Rows, l *lampRow) error {
	return r.Scan(&l.id, &l.stage, &l.batch, &l.village, &l.place, &l.placeKind, &l.lat, &l.lon, &l.panelWp, &l.batteryAh, &l.batteryV, &l.chemistry,
		&l.lampW, &l.profile, &l.gateway, &l.installedOn, &l.link, &l.intervalS, &l.schedule, &l.shade, &l.supplier, &l.warrantyUntil)
}

func lampRows(ctx context.Context, q querier) ([]lampRow, error) {
	return list(ctx, q, scanLamp, selectLamps)
}

func placeRows(ctx context.Context, q querier) ([]placeRow, error) {
	return list(ctx, q, func(r *sql.Rows, p *placeRow) error { return r.Scan(&p.id, &p.kind, &p.village) },
		`SELECT id, kind, village FROM place ORDER BY village, id`)
}

func personRows(ctx context.Context, q querier) ([]personRow, error) {
	return list(ctx, q, func(r *sql.Rows, p *personRow) error {
		return r.Scan(&p.id, &p.name, &p.role, &p.village, &p.place, &p.phone, &p.channels, &p.language)
	}, `SELECT id, name, role, village, COALESCE(place, ''), phone, channels, language FROM person ORDER BY id`)
}

func dutyRows(ctx context.Context, q querier) ([]dutyRow, error) {
	return list(ctx, q, func(r *sql.Rows, d *dutyRow) error { return r.Scan(&d.place, &d.person, &d.rank, &d.from, &d.until) },
		`SELECT place, person, rank, from_day, until_day FROM duty ORDER BY place, rank, person, from_day`)
}

// load reads the whole town.
func load(ctx context.Context, q querier) (town, error) {
	t := town{map[string]placeRow{}, map[string]lampRow{}, map[string]personRow{}, map[dutyKey]dutyRow{}}
	places, err := placeRows(ctx, q)
	if err != nil {
		return t, err
	}
	for _, p := range places {
		t.places[p.id] = p
	}
	lamps, err := lampRows(ctx, q)
	if err != nil {
		return t, err
	}
	for _, l := range lamps {
		t.lamps[l.id] = l
	}
	people, err := personRows(ctx, q)
	if err != nil {
		return t, err
	}
	for _, p := range people {
		t.people[p.id] = p
	}
	duty, err := dutyRows(ctx, q)
	if err != nil {
		return t, err
	}
	for _, d := range duty {
		t.duty[d.key()] = d
	}
	return t, nil
}

func (p *plan) writePlaces(ctx context.Context, tx *sql.Tx) error {
	return each(ctx, tx, `INSERT INTO place (id, kind, village) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, village = excluded.village`, p.places,
		func(r *placeRow) []any { return []any{r.id, r.kind, r.village} })
}

func (p *plan) writeLamps(ctx context.Context, tx *sql.Tx) error {
	return each(ctx, tx, `INSERT INTO lamp (id, stage, batch, place, lat, lon, panel_wp, battery_ah, battery_v, battery_chemistry,
			lamp_w, profile, gateway, installed_on, link, interval_s, schedule, shade, supplier, warranty_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
		ON CONFLICT (id) DO UPDATE SET stage = excluded.stage, batch = excluded.batch, place = excluded.place, lat = excluded.lat, lon = excluded.lon,
			panel_wp = excluded.panel_wp, battery_ah = excluded.battery_ah, battery_v = excluded.battery_v, battery_chemistry = excluded.battery_chemistry,
			lamp_w = excluded.lamp_w, profile = excluded.profile, gateway = excluded.gateway, installed_on = excluded.installed_on, link = excluded.link,
			interval_s = excluded.interval_s, schedule = excluded.schedule, shade = excluded.shade, supplier = excluded.supplier,
			warranty_until = excluded.warranty_until`, p.lamps,
		func(l *lampRow) []any {
			return []any{
				l.id, l.stage, l.batch, l.place, l.lat, l.lon, l.panelWp, l.batteryAh, l.batteryV, l.chemistry,
				l.lampW, l.profile, l.gateway, l.installedOn, l.link, l.intervalS, l.schedule, l.shade, l.supplier, l.warrantyUntil,
			}
		})
}

func (p *plan) writePeople(ctx context.Context, tx *sql.Tx) error {
	return each(ctx, tx, `INSERT INTO person (id, name, role, village, place, phone, channels, language) VALUES ($1, $2, $3, $4, NULLIF($5, ''), $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, village = excluded.village, place = excluded.place,
			phone = excluded.phone, channels = excluded.channels, language = excluded.language`, p.people,
		func(r *personRow) []any {
			return []any{r.id, r.name, r.role, r.village, r.place, r.phone, r.channels, r.language}
		})
}

func (p *plan) writeDuty(ctx context.Context, tx *sql.Tx) error {
	if err := each(ctx, tx, `DELETE FROM duty WHERE place = $1 AND person = $2 AND from_day = $3`, p.remove,
		func(k *dutyKey) []any { return []any{k.place, k.person, k.from} }); err != nil {
		return err
	}
	return each(ctx, tx, `INSERT INTO duty (place, person, rank, from_day, until_day) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (place, person, from_day) DO UPDATE SET rank = excluded.rank, until_day = excluded.until_day`, p.duty,
		func(d *dutyRow) []any { return []any{d.place, d.person, d.rank, d.from, d.until} })
}
