package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ledger"
	"github.com/yingguang/yingguang/registry"
)

// auditHour is when the night's audit begins, by the town's clock: the day is over,
// and InfluxDB has little to do.
const auditHour = 3

// mostDifferences is how many the office is told one by one.
const mostDifferences = 50

// auditLook is how often is looked whether an audit is due and InfluxDB there for it;
// one that failed is tried again after auditAgain.
const (
	auditLook  = time.Minute
	auditAgain = time.Hour
)

// openSystem looks after the system itself: each hour the disk, each night the books.
func (a *App) openSystem(context.Context) error {
	a.goRun("disk watch", func(ctx context.Context) error {
		for {
			if err := a.watchDisk(ctx); err != nil && ctx.Err() == nil {
				a.log.Warn("the free disk could not be watched, trying on", "error", err)
			}
			if (clock.Real{}).Sleep(ctx, diskEvery) != nil {
				return nil
			}
		}
	})
	a.goRun("audit", func(ctx context.Context) error {
		audited := ""
		for wait := auditLook; (clock.Real{}).Sleep(ctx, wait) == nil; {
			wait = auditLook
			now := a.clock.Now().In(a.cfg.Location())
			if now.Hour() < auditHour || now.Format(time.DateOnly) == audited || !a.rooms.series.Status().Ready {
				continue
			}
			if err := a.auditByNight(ctx, a.rooms.influx); err == nil {
				audited = now.Format(time.DateOnly)
			} else if ctx.Err() == nil {
				a.log.Warn("the ledger could not be audited, trying on in an hour", "error", err)
				wait = auditAgain
			}
		}
		return nil
	})
	return nil
}

// auditDays is for how many days a night's audit counts again what agreed before: InfluxDB may
// lose what it had.
const auditDays = 14

// auditByNight compares the days that changed since they last agreed and those of the last two
// weeks, and tells the office of each difference once.
func (a *App) auditByNight(ctx context.Context, influx ledger.Counter) error {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	newer := a.clock.Now().In(a.cfg.Location()).AddDate(0, 0, -auditDays).Format(time.DateOnly)
	found, err := a.rooms.ledger.Audit(ctx, influx, ledger.AuditQuery{From: a.oldestKept(), Newer: newer})
	if err != nil {
		return err
	}
	news, err := tellOfAudit(ctx, a.rooms.registry, found, device.MillisOf(a.clock.Now()))
	if news > 0 {
		a.log.Error("InfluxDB differs from the ledger", "differences", len(found.Differences), "new", news, "first", found.String())
	}
	return err
}

// tellOfAudit raises a notice for every difference, and ends those that are gone: a
// day that differs is compared again each night.
func tellOfAudit(ctx context.Context, db *registry.DB, found ledger.Audit, now device.Millis) (news int, err error) {
	lasting := map[string]bool{}
	var troubles []registry.SystemNotice
	for _, d := range found.Differences[:min(mostDifferences, len(found.Differences))] {
		troubles = append(troubles, registry.SystemNotice{
			Key: fmt.Sprintf("audit/%s/%s", d.Lamp, d.Day), Kind: "audit", At: now,
			Chinese: fmt.Sprintf("%s 在 %s：台账已存 %d 条，InfluxDB 有 %d 条", d.Lamp, d.Day, d.Stored, d.InfluxDB),
			English: fmt.Sprintf("%s on %s: the ledger has stored %d readings, InfluxDB holds %d", d.Lamp, d.Day, d.Stored, d.InfluxDB),
		})
	}
	if rest := len(found.Differences) - len(troubles); rest > 0 {
		troubles = append(troubles, registry.SystemNotice{
			Key: "audit/more", Kind: "audit", At: now,
			Chinese: fmt.Sprintf("还有 %d 盏灯或日期对不上：运行 yingguang ledger --audit 查看", rest),
			English: fmt.Sprintf("%d more lamps and days differ: run yingguang ledger --audit", rest),
		})
	}
	for _, n := range troubles {
		lasting[n.Key] = true
	}
	if news, err = db.RaiseSystem(ctx, troubles...); err != nil {
		return news, err
	}
	told, err := db.SystemNotices(ctx, 10*mostDifferences)
	if err != nil {
		return news, err
	}
	for _, n := range told {
		if strings.HasPrefix(n.Key, "audit/") && n.EndedAt == 0 && !lasting[n.Key] {
			if err := db.EndSystem(ctx, n.Key, now); err != nil {
				return news, err
			}
		}
	}
	return news, nil
}
