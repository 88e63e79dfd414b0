package registry

import (
	"context"
	"database/sql"
	"fmt"

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

// RaiseSystem tells of a trouble and says whether that is news: one that lasts is
// told once, one that comes back after its end is told again.
func (db *DB) RaiseSystem(ctx context.Context, n SystemNotice) (bool, error) {
	done, err := db.write.ExecContext(ctx, `INSERT INTO system_notice (key, kind, zh, en, at, ended_at) VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (key) DO UPDATE SET zh = excluded.zh, en = excluded.en, at = excluded.at, ended_at = 0 WHERE system_notice.ended_at <> 0`,
		n.Key, n.Kind, n.Chinese, n.English, int64(n.At))
	if err != nil {
		return false, fmt.Errorf("tell the office of %s: %w", n.Key, err)
	}
	rows, err := done.RowsAffected()
	return rows > 0, err
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
