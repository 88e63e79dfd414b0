package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/journal"
)

// consumers are all who must have read a record before it may go.
var consumers = [...]string{"series", "alerts", "ledger", "ledger_tail"}

// trimEvery is how often the journal is cut and its consumers' lag measured.
const trimEvery = 10 * time.Second

// openTrim cuts the journal behind its slowest consumer.
func (a *App) openTrim(context.Context) error {
	lag := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "yingguang_journal_lag_records", Help: "Records that a consumer of the journal has not done with.",
	}, []string{"consumer"})
	a.metrics.MustRegister(lag)
	a.goRun("trim journal", func(ctx context.Context) error {
		for {
			if err := a.trim(ctx, lag); err != nil && ctx.Err() == nil {
				a.log.Warn("the journal could not be trimmed, trying on", "error", err)
			}
			if (clock.Real{}).Sleep(ctx, trimEvery) != nil {
				return nil
			}
		}
	})
	return nil
}

func (a *App) trim(ctx context.Context, lag *prometheus.GaugeVec) error {
	status, err := a.rooms.journal.Status(ctx)
	if err != nil {
		return err
	}
	lowest := status.Last
	for _, name := range consumers {
		at, err := consumerPosition(ctx, a.rooms.registry.Reads(), name)
		if err != nil {
			return err
		}
		if at.Created != status.Last.Created {
			at = journal.Position{} // it has not begun with this journal
		}
		lag.WithLabelValues(name).Set(float64(status.Last.Seq - min(at.Seq, status.Last.Seq)))
		if at.Seq < lowest.Seq {
			lowest = at
		}
	}
	return a.rooms.journal.Trim(ctx, lowest)
}

func consumerPosition(ctx context.Context, db *sql.DB, name string) (journal.Position, error) {
	var p journal.Position
	err := db.QueryRowContext(ctx, `SELECT created, seq FROM consumer_position WHERE consumer = $1`, name).Scan(&p.Created, &p.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("position of %s: %w", name, err)
	}
	return p, nil
}
