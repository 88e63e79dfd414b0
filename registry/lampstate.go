package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// storedReading is a reading as SQL keeps it: values by wire name, enumerations
// and booleans as their number.
type storedReading struct {
	Gateway  device.GatewayID   `json:"gateway,omitempty"`
	TS       device.Millis      `json:"ts"`
	SentTS   device.Millis      `json:"sent_ts,omitempty"`
	Received device.Millis      `json:"received"`
	Clock    device.ClockFlag   `json:"clock,omitempty"`
	Boot     *uint32            `json:"boot,omitempty"`
	Seq      *uint32            `json:"seq,omitempty"`
	Firmware string             `json:"fw,omitempty"`
	Faults   []string           `json:"faults,omitempty"`
	Unknown  uint16             `json:"unknown,omitempty"`
	Values   map[string]float64 `json:"values"`
}

func encodeReading(r *device.Reading) (string, error) {
	s := storedReading{
		Gateway: r.Gateway, TS: r.TS, SentTS: r.SentTS, Received: r.Received, Clock: r.Clock,
		Firmware: r.Firmware, Faults: r.Faults, Unknown: r.Unknown, Values: map[string]float64{},
	}
	if r.HasSeq {
		s.Boot, s.Seq = &r.Boot, &r.Seq
	}
	for f := range device.NumFields {
		if v, ok := r.Get(f); ok {
			s.Values[f.String()] = v
		}
	}
	text, err := json.Marshal(s)
	return string(text), err
}

func decodeReading(lamp, text string) (device.Reading, error) {
	var s storedReading
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return device.Reading{}, fmt.Errorf("last reading of %s: %w", lamp, err)
	}
	r := device.Reading{
		Lamp: device.LampID(lamp), Gateway: s.Gateway, TS: s.TS, SentTS: s.SentTS, Received: s.Received, Clock: s.Clock,
		Firmware: s.Firmware, Faults: s.Faults, Unknown: s.Unknown,
	}
	if s.Boot != nil && s.Seq != nil {
		r.HasSeq, r.Boot, r.Seq = true, *s.Boot, *s.Seq
	}
	for f := range device.NumFields {
		if v, ok := s.Values[f.String()]; ok {
			r.Set(f, v)
		}
	}
	return r, nil
}

// measured is NULL for a NaN.
func measured(v float64) sql.NullFloat64 {
	return sql.NullFloat64{Float64: v, Valid: !math.IsNaN(v)}
}

// commitLamps keeps the newer reading and the newer sign of life, each for itself.
func commitLamps(ctx context.Context, tx *sql.Tx, c *alerts.Checkpoint) error {
	readings := make(map[device.LampID]string, len(c.Lamps))
	for i := range c.Lamps {
		r := &c.Lamps[i].Last
		text, err := encodeReading(r)
		if err != nil {
			return fmt.Errorf("lamp %s: %w", r.Lamp, err)
		}
		readings[r.Lamp] = text
	}
	// One CASE for all columns of the reading, so that they stay those of one reading.
	const newer = "CASE WHEN excluded.ts >= lamp_state.ts THEN excluded."
	return each(ctx, tx, `INSERT INTO lamp_state (lamp, ts, last_seen, lit, battery_v, battery_soc_pct, panel_w, load_w, reading)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (lamp) DO UPDATE SET
			ts = `+newer+`ts ELSE lamp_state.ts END,
			last_seen = CASE WHEN excluded.last_seen > lamp_state.last_seen THEN excluded.last_seen ELSE lamp_state.last_seen END,
			lit = `+newer+`lit ELSE lamp_state.lit END,
			battery_v = `+newer+`battery_v ELSE lamp_state.battery_v END,
			battery_soc_pct = `+newer+`battery_soc_pct ELSE lamp_state.battery_soc_pct END,
			panel_w = `+newer+`panel_w ELSE lamp_state.panel_w END,
			load_w = `+newer+`load_w ELSE lamp_state.load_w END,
			reading = `+newer+`reading ELSE lamp_state.reading END`, c.Lamps,
		func(s *alerts.LampState) []any {
			r := &s.Last
			return []any{
				string(r.Lamp), int64(r.TS), int64(s.LastSeen),
				sql.NullBool{Bool: s.Lit, Valid: s.Known},
				measured(r.Value(device.BatteryV)), measured(r.Value(device.BatterySoC)), measured(r.Value(device.PanelW)), measured(r.Value(device.LoadW)), readings[r.Lamp],
			}
		})
}

// LampStates gives the last that is known of every lamp that ever reported,
// registered or not.
func (db *DB) LampStates(ctx context.Context) (map[device.LampID]alerts.LampState, error) {
	return db.lampStates(ctx, `SELECT lamp, last_seen, lit, reading FROM lamp_state`)
}

// LampState gives the last that is known of one lamp; false if it never reported.
func (db *DB) LampState(ctx context.Context, id device.LampID) (alerts.LampState, bool, error) {
	all, err := db.lampStates(ctx, `SELECT lamp, last_seen, lit, reading FROM lamp_state WHERE lamp = $1`, string(id))
	s, ok := all[id]
	return s, ok, err
}

func (db *DB) lampStates(ctx context.Context, query string, args ...any) (map[device.LampID]alerts.LampState, error) {
	all, err := list(ctx, db.read, func(r *sql.Rows, s *alerts.LampState) error {
		var lamp, reading string
		var lit sql.NullBool
		if err := r.Scan(&lamp, &s.LastSeen, &lit, &reading); err != nil {
			return err
		}
		s.Lit, s.Known = lit.Bool, lit.Valid
		var err error
		s.Last, err = decodeReading(lamp, reading)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("states of lamps: %w", err)
	}
	out := make(map[device.LampID]alerts.LampState, len(all))
	for _, s := range all {
		out[s.Last.Lamp] = s
	}
	return out, nil
}

func orNaN(v sql.NullFloat64) float64 {
	if !v.Valid {
		return math.NaN()
	}
	return v.Float64
}
