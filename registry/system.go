package registry

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// SystemNotice tells the office about a trouble of the system itself.
type SystemNotice struct {
	Key     string // of the trouble: the same is told once
	Kind    string // audit or disk
	Chinese string
	English string
	At      device.Millis
	EndedAt device.Millis // 0 while it lasts
}

// RaiseSystem tells of troubles and says how many are news: one that lasts is told
// once, one that comes back after its end is told again. Of the news of one call
// everyone of the office gets one notice, by their own channels.
func (db *DB) RaiseSystem(ctx context.Context, troubles ...SystemNotice) (news int, err error) {
	var fresh []SystemNotice
	err = db.update(ctx, func(tx *sql.Tx) error {
		fresh = fresh[:0]
		for _, n := range troubles {
			done, err := tx.ExecContext(ctx, `INSERT INTO system_notice (key, kind, zh, en, at, ended_at) VALUES ($1, $2, $3, $4, $5, 0)
				ON CONFLICT (key) DO UPDATE SET zh = excluded.zh, en = excluded.en, at = excluded.at, ended_at = 0 WHERE system_notice.ended_at <> 0`,
				n.Key, n.Kind, n.Chinese, n.English, int64(n.At))
			if err != nil {
				return err
			}
			if rows, err := done.RowsAffected(); err != nil {
				return err
			} else if rows > 0 {
				fresh = append(fresh, n)
			}
		}
		return queueNotices(ctx, tx, 0, db.systemNotices(fresh))
	})
	if err != nil {
		return 0, fmt.Errorf("tell the office of %d troubles: %w", len(troubles), err)
	}
	if len(fresh) > 0 {
		db.watches.wake()
	}
	return len(fresh), nil
}

// systemNotices are those to the office about what is news: the first, and how many more.
func (db *DB) systemNotices(fresh []SystemNotice) []alerts.Notice {
	if len(fresh) == 0 {
		return nil
	}
	var notices []alerts.Notice
	for _, p := range db.Office() {
		n := alerts.Notice{
			Key:    fmt.Sprintf("system/%s/%d/%s", fresh[0].Key, fresh[0].At, p.ID),
			Person: p.ID, Subject: device.KindTown, Kind: alerts.NoticeOffice, CreatedAt: fresh[0].At,
			Title: "系统需要照看", Text: fresh[0].Chinese,
		}
		if more := len(fresh) - 1; more > 0 {
			n.Text += fmt.Sprintf("。另有 %d 项，见“镇办”页", more)
		}
		if p.Language == device.English {
			n.Title, n.Text = "The system needs attention", fresh[0].English
			if more := len(fresh) - 1; more > 0 {
				n.Text += fmt.Sprintf(". And %d more: see the office page", more)
			}
		}
		notices = append(notices, n)
	}
	return notices
}

// EndSystem says that a trouble is over; it does nothing where there is none.
func (db *DB) EndSystem(ctx context.Context, key string, at device.Millis) error {
	_, err := db.write.ExecContext(ctx, `UPDATE system_notice SET ended_at = $2 WHERE key = $1 AND ended_at = 0`, key, int64(at))
	if err != nil {
		return fmt.Errorf("end of %s: %w", key, err)
	}
	return nil
}

// SystemNotices gives those that last, then those that ended, the newest first.
func (db *DB) SystemNotices(ctx context.Context, limit int) ([]SystemNotice, error) {
	out, err := list(ctx, db.read, func(r *sql.Rows, n *SystemNotice) error {
		return r.Scan(&n.Key, &n.Kind, &n.Chinese, &n.English, &n.At, &n.EndedAt)
	}, `SELECT key, kind, zh, en, at, ended_at FROM system_notice ORDER BY ended_at <> 0, at DESC, key LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("system notices: %w", err)
	}
	return out, nil
}

// FreeDisk is how much was free on the disk of the data folder.
type FreeDisk struct {
	At   device.Millis
	Free int64 // bytes
}

// SampleDisk keeps a sample and forgets those before oldest.
func (db *DB) SampleDisk(ctx context.Context, s FreeDisk, oldest device.Millis) error {
	err := db.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO disk_free (at, free) VALUES ($1, $2) ON CONFLICT (at) DO UPDATE SET free = excluded.free`, int64(s.At), s.Free); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM disk_free WHERE at < $1 OR at > $2`, int64(oldest), int64(s.At))
		return err
	})
	if err != nil {
		return fmt.Errorf("sample of the free disk: %w", err)
	}
	return nil
}

// DiskSamples gives what is kept, oldest first.
func (db *DB) DiskSamples(ctx context.Context) ([]FreeDisk, error) {
	out, err := list(ctx, db.read, func(r *sql.Rows, s *FreeDisk) error { return r.Scan(&s.At, &s.Free) }, `SELECT at, free FROM disk_free ORDER BY at`)
	if err != nil {
		return nil, fmt.Errorf("samples of the free disk: %w", err)
	}
	return out, nil
}
