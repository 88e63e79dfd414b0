package registry

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/notify"
	"github.com/yingguang/yingguang/device"
)

var _ notify.Outbox = (*DB)(nil)

// queueNotices puts notices into the outbox; one whose Key is there is left out.
func queueNotices(ctx context.Context, tx *sql.Tx, ticket int64, notices []alerts.Notice) error {
	if len(notices) == 0 {
		return nil
	}
	id, err := takeNumbers(ctx, tx, "notice", len(notices))
	if err != nil {
		return err
	}
	id--
	return each(ctx, tx, `INSERT INTO notice (id, key, person, ticket, subject, kind, title, text, created_at, state, channel, attempts, next_at, sent_at, read_at, error)
		VALUES ($1, $2, $3, NULLIF($4, 0), $5, $6, $7, $8, $9, $10, 0, 0, 0, 0, 0, '')
		ON CONFLICT (key) DO NOTHING`, notices, func(n *alerts.Notice) []any {
		id++
		key := n.Key
		if key == "" {
			key = fmt.Sprintf("%d/%s/%s", ticket, n.Kind, n.Person)
		}
		return []any{id, key, string(n.Person), ticket, string(n.Subject), string(n.Kind), n.Title, n.Text, int64(n.CreatedAt), string(notify.Queued)}
	})
}

// TellOffice queues a notice about no ticket for everyone of the office. key tells
// repeats: a person gets one notice of a key.
func (db *DB) TellOffice(ctx context.Context, key string, subject device.Subject, words func(device.Language) (title, text string), now device.Millis) error {
	var notices []alerts.Notice
	for _, p := range db.Office() {
		title, text := words(p.Language)
		notices = append(notices, alerts.Notice{
			Key: key + "/" + string(p.ID), Person: p.ID, Subject: subject, Kind: alerts.NoticeOffice, Title: title, Text: text, CreatedAt: now,
		})
	}
	if err := db.update(ctx, func(tx *sql.Tx) error { return queueNotices(ctx, tx, 0, notices) }); err != nil {
		return fmt.Errorf("tell the office: %w", err)
	}
	db.watches.wake()
	return nil
}

const noticeColumns = `id, key, person, COALESCE(ticket, 0), subject, kind, title, text, created_at`

func noticeFields(n *alerts.Notice) []any {
	return []any{&n.ID, &n.Key, &n.Person, &n.Ticket, &n.Subject, &n.Kind, &n.Title, &n.Text, &n.CreatedAt}
}

// Due gives at most limit queued notices whose time has come at now, oldest first.
func (db *DB) Due(ctx context.Context, now device.Millis, limit int) ([]notify.Outgoing, error) {
	out, err := list(ctx, db.read, func(r *sql.Rows, o *notify.Outgoing) error {
		return r.Scan(append(noticeFields(&o.Notice), &o.Channel, &o.Attempts)...)
	}, `SELECT `+noticeColumns+`, channel, attempts FROM notice WHERE state = $1 AND next_at <= $2 ORDER BY id LIMIT $3`,
		string(notify.Queued), int64(now), int64(limit))
	if err != nil {
		return nil, fmt.Errorf("notices due: %w", err)
	}
	for i := range out {
		out[i].Person, _ = db.Person(out[i].Notice.Person)
	}
	return out, nil
}

// Mark records what became of attempts, all or none.
func (db *DB) Mark(ctx context.Context, outcomes []notify.Outcome) error {
	err := db.update(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, `UPDATE notice SET state = $2, channel = $3, attempts = $4, next_at = $5, sent_at = $6, error = $7 WHERE id = $1`, outcomes,
			func(o *notify.Outcome) []any {
				sent := device.Millis(0)
				if o.State == notify.Sent {
					sent = o.At
				}
				return []any{o.Notice, string(o.State), int64(o.Channel), int64(o.Attempts), int64(o.NextAt), int64(sent), o.Error}
			})
	})
	if err != nil {
		return fmt.Errorf("mark notices: %w", err)
	}
	db.watches.wake()
	return nil
}

// InboxNotice is a notice as its person sees it.
type InboxNotice struct {
	alerts.Notice
	ReadAt device.Millis // 0 while unread
}

// Inbox gives a person's notices, newest first: at most limit of those with an ID
// below before, or from the newest if before is 0.
func (db *DB) Inbox(ctx context.Context, person device.PersonID, before int64, limit int) ([]InboxNotice, error) {
	out, err := list(ctx, db.read, func(r *sql.Rows, n *InboxNotice) error { return r.Scan(append(noticeFields(&n.Notice), &n.ReadAt)...) },
		`SELECT `+noticeColumns+`, read_at FROM notice WHERE person = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3`,
		string(person), before, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	return out, nil
}

// Unread counts a person's notices that were not read yet.
func (db *DB) Unread(ctx context.Context, person device.PersonID) (int, error) {
	var n int
	err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM notice WHERE person = $1 AND read_at = 0`, string(person)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("unread notices: %w", err)
	}
	return n, nil
}

// MarkRead records that a person has seen their notices up to and with ID upTo.
func (db *DB) MarkRead(ctx context.Context, person device.PersonID, upTo int64, at device.Millis) error {
	_, err := db.write.ExecContext(ctx, `UPDATE notice SET read_at = $3 WHERE person = $1 AND id <= $2 AND read_at = 0`, string(person), upTo, int64(at))
	if err != nil {
		return fmt.Errorf("mark read: %w", err)
	}
	return nil
}

// Undelivered is a notice that no channel took, for the office.
type Undelivered struct {
	alerts.Notice
	Error string // the last refusal, without secrets
}

// FailedNotices gives the newest notices that no channel took.
func (db *DB) FailedNotices(ctx context.Context, limit int) ([]Undelivered, error) {
	out, err := list(ctx, db.read, func(r *sql.Rows, n *Undelivered) error { return r.Scan(append(noticeFields(&n.Notice), &n.Error)...) },
		`SELECT `+noticeColumns+`, error FROM notice WHERE state = $1 ORDER BY id DESC LIMIT $2`, string(notify.Failed), int64(limit))
	if err != nil {
		return nil, fmt.Errorf("failed notices: %w", err)
	}
	return out, nil
}
