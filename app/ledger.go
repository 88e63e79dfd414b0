package app

import (
	"context"
	"time"

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
	Audit bool          `json:"audit"` // compare with what InfluxDB holds
	Gaps  bool          `json:"gaps"`  // list what was lost on the way
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
	// Gaps are the newest, at most 1000; nil where not asked.
	Gaps []ledger.Gap `json:"gaps,omitempty"`
	// Audit is the comparison by lamp and day, InfluxDB how many readings it holds in
	// all; nil where not asked.
	Audit    *ledger.Audit `json:"audit,omitempty"`
	InfluxDB *int64        `json:"influxdb,omitempty"`
}

// gapsShown bounds a list of gaps.
const gapsShown = 1000

// auditWithin bounds how long an audit waits for what is still being stored.
const auditWithin = 2 * time.Minute

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
	if q.Gaps {
		if answer.Gaps, err = l.Gaps(ctx, q.Lamp, "", gapsShown); err != nil {
			return answer, err
		}
	}
	if q.Lamp != "" {
		answer.Lines, err = l.Lamp(ctx, q.Lamp, q.Days)
	} else {
		answer.Days, err = l.Days(ctx, q.Days)
	}
	if err == nil && q.Audit {
		err = a.audit(ctx, q, &answer)
	}
	return answer, err
}

func (a *App) audit(ctx context.Context, q LedgerRequest, answer *LedgerAnswer) error {
	ctx, cancel := context.WithTimeout(ctx, auditWithin)
	defer cancel()
	found, err := a.rooms.ledger.Audit(ctx, a.rooms.influx, ledger.AuditQuery{Lamp: q.Lamp, From: a.oldestKept(), Newest: q.Days, Again: true})
	if err != nil {
		return err
	}
	n, err := a.rooms.influx.Count(ctx, q.Lamp, 1, device.MillisOf(a.clock.Now()).Add(366*24*time.Hour))
	if err != nil {
		return err
	}
	answer.Audit, answer.InfluxDB = &found, &n
	return nil
}

// oldestKept is the first day that InfluxDB keeps whole; empty where it keeps all.
func (a *App) oldestKept() string {
	keep := a.cfg.InfluxDB.Retention
	if keep == 0 {
		return ""
	}
	return a.clock.Now().Add(-keep).In(a.cfg.Location()).AddDate(0, 0, 2).Format(time.DateOnly)
}
