package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// commitForecasts keeps the newest forecast of each lamp, and how good they were.
func commitForecasts(ctx context.Context, tx *sql.Tx, c *alerts.Checkpoint) error {
	if len(c.Forecasts) == 0 {
		return nil
	}
	err := each(ctx, tx, `INSERT INTO forecast (lamp, village, night, made_at, dusk, dawn, left_wh, night_wh, out_at, dark_nights, sun_nights, known)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (lamp) DO UPDATE SET village = excluded.village, night = excluded.night, made_at = excluded.made_at, dusk = excluded.dusk,
			dawn = excluded.dawn, left_wh = excluded.left_wh, night_wh = excluded.night_wh, out_at = excluded.out_at,
			dark_nights = excluded.dark_nights, sun_nights = excluded.sun_nights, known = excluded.known`, c.Forecasts,
		func(f *alerts.Forecast) []any {
			sun := measured(min(f.SunNights, enoughSun))
			return []any{
				string(f.Lamp), string(f.Village), f.Night, int64(f.At), int64(f.Dusk), int64(f.Dawn), f.LeftWh, f.NightWh,
				int64(f.OutAt), f.DarkNights, sun, f.Known,
			}
		})
	if err != nil {
		return err
	}
	q := &c.Quality
	off, err := json.Marshal(q.Off)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO forecast_quality (id, nights, correct, ended, both, off) VALUES (1, $1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET nights = excluded.nights, correct = excluded.correct, ended = excluded.ended, both = excluded.both, off = excluded.off`,
		int64(q.Nights), int64(q.Right), int64(q.Ended), int64(q.Both), string(off))
	return err
}

// enoughSun stands in SQL for nights without end: forecasts count 99 at most.
const enoughSun = 1e6

const selectForecasts = `SELECT lamp, village, night, made_at, dusk, dawn, left_wh, night_wh, out_at, dark_nights, sun_nights, known FROM forecast `

func scanForecast(r *sql.Rows, f *alerts.Forecast) error {
	var sun sql.NullFloat64
	err := r.Scan(&f.Lamp, &f.Village, &f.Night, &f.At, &f.Dusk, &f.Dawn, &f.LeftWh, &f.NightWh, &f.OutAt, &f.DarkNights, &sun, &f.Known)
	if f.SunNights = orNaN(sun); f.SunNights >= enoughSun {
		f.SunNights = math.Inf(1)
	}
	return err
}

// Forecasts gives the newest forecast of each lamp for a night that has not ended at now, by lamp.
func (db *DB) Forecasts(ctx context.Context, now device.Millis) ([]alerts.Forecast, error) {
	out, err := list(ctx, db.read, scanForecast, selectForecasts+`WHERE dawn > $1 ORDER BY lamp`, int64(now))
	if err != nil {
		return nil, fmt.Errorf("forecasts: %w", err)
	}
	return out, nil
}

// ForecastOf gives a lamp's forecast for a night that has not ended at now; ok is false without one.
func (db *DB) ForecastOf(ctx context.Context, lamp device.LampID, now device.Millis) (f alerts.Forecast, ok bool, err error) {
	out, err := list(ctx, db.read, scanForecast, selectForecasts+`WHERE lamp = $1 AND dawn > $2`, string(lamp), int64(now))
	if err != nil || len(out) == 0 {
		return alerts.Forecast{}, false, err
	}
	return out[0], true, nil
}

// ForecastQuality gives how good the forecasts were, all zero before the first.
func (db *DB) ForecastQuality(ctx context.Context) (alerts.ForecastQuality, error) {
	var q alerts.ForecastQuality
	var off string
	err := db.read.QueryRowContext(ctx, `SELECT nights, correct, ended, both, off FROM forecast_quality WHERE id = 1`).
		Scan(&q.Nights, &q.Right, &q.Ended, &q.Both, &off)
	if errors.Is(err, sql.ErrNoRows) {
		return q, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(off), &q.Off)
	}
	if err != nil {
		return q, fmt.Errorf("forecast quality: %w", err)
	}
	return q, nil
}
