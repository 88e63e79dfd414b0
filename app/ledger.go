package app

import (
	"context"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ledger"
)

func (a *App) openLedger(context.Context) error {
	a.rooms.ledger = ledger.New(ledger.Config{
		Journal: a.rooms.journal, SQL: a.rooms.registry.SQL(), Reads: a.rooms.registry.Reads(),
		Location: a.cfg.Location(), Clock: clock.Real{}, Log: a.log.With("room", "ledger"), Registerer: a.metrics,
	})
	a.goRun("ledger", a.rooms.ledger.Run)
	return nil
}

// LedgerRequest is what the verb ledger asks.
type LedgerRequest struct {
	Lamp  device.LampID `json:"lamp"` // empty for all lamps by day
	Days  int           `json:"days"`
	Audit bool          `json:"audit"` // count InfluxDB's readings too
}

// LedgerAnswer is the ledger as the verb shows it.
type LedgerAnswer struct {
	Totals ledger.Count  `json:"totals"`
	Days   []ledger.Day  `json:"days,omitempty"`
	Lines  []ledger.Line `json:"lines,omitempty"`
	Lamps  int           `json:"lamps"` // that a reading was ever received of
	// Balanced says that every line adds up; Unbalanced says which does not.
	Balanced   bool   `json:"balanced"`
	Unbalanced string `json:"unbalanced,omitempty"`
	// InfluxDB is how many readings it holds; nil where not asked.
	InfluxDB *int64 `json:"influxdb,omitempty"`
}

// ask answers the verb ledger.
func (a *App) askLedger(ctx context.Context, q LedgerRequest) (LedgerAnswer, error) {
	l := a.rooms.ledger
	if q.Days <= 0 || q.Days > 3660 {
		q.Days = 14
	}
	answer := LedgerAnswer{Balanced: true}
	if err := l.Check(ctx); err != nil {
		answer.Balanced, answer.Unbalanced = false, err.Error()
	}
	var err error
	if answer.Totals, err = l.Totals(ctx); err != nil {
		return answer, err
	}
	if answer.Lamps, err = l.CountLamps(ctx); err != nil {
		return answer, err
	}
	if q.Lamp != "" {
		answer.Lines, err = l.Lamp(ctx, q.Lamp, q.Days)
	} else {
		answer.Days, err = l.Days(ctx, q.Days)
	}
	if err != nil || !q.Audit {
		return answer, err
	}
	n, err := a.rooms.influx.Count(ctx, q.Lamp, 1, device.MillisOf(a.clock.Now()).Add(366*24*3600e9))
	if err != nil {
		return answer, err
	}
	answer.InfluxDB = &n
	return answer, nil
}
