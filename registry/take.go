package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// TakenError says that someone was faster.
type TakenError struct{ By device.Person }

func (e *TakenError) Error() string {
	return fmt.Sprintf("someone was faster: %s（已由%s接单）", e.By.Name, e.By.Name)
}

// Errors of Take and Release.
var (
	ErrClosed     = errors.New("the ticket is closed（工单已关闭）")
	ErrNotAllowed = errors.New("only volunteers and the office take tickets（只有志愿者和镇办人员可以接单）")
	ErrNotTaken   = errors.New("the ticket is not yours（工单不在您手中）")
)

// Take gives an open ticket to a person at a moment, and queues the notices that
// notices makes of the taken ticket (nil makes none), in one transaction. Of
// many who take it at once one wins; the others get *TakenError. Who has it
// already takes it again without effect. Other errors: ErrNotFound, ErrClosed,
// ErrNotAllowed.
func (db *DB) Take(ctx context.Context, ticket int64, person device.PersonID, at device.Millis, notices func(alerts.Ticket) []alerts.Notice) (alerts.Ticket, error) {
	p, ok := db.Person(person)
	if !ok || p.Role != device.Volunteer && p.Role != device.Office {
		return alerts.Ticket{}, ErrNotAllowed
	}
	return db.changeTicket(ctx, ticket, notices, func(tx *sql.Tx, t *alerts.Ticket) (changed bool, err error) {
		switch {
		case t.State == alerts.TicketTaken && t.TakenBy == person:
			return false, nil
		case t.State == alerts.TicketTaken:
			return false, db.takenBy(t.TakenBy)
		case t.State != alerts.TicketOpen:
			return false, ErrClosed
		}
		done, err := tx.ExecContext(ctx, `UPDATE ticket SET state = $2, taken_by = $3, taken_at = $4 WHERE id = $1 AND state = $5`,
			ticket, string(alerts.TicketTaken), string(person), int64(at), string(alerts.TicketOpen))
		if err != nil {
			return false, err
		}
		// Where transactions run side by side, another may have come between reading and writing.
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return false, errors.Join(errors.New("the ticket changed just now, try again"), err)
		}
		t.State, t.TakenBy, t.TakenAt = alerts.TicketTaken, person, at
		return true, nil
	})
}

// Release opens a ticket again that a person took and cannot do. Errors:
// ErrNotFound, ErrClosed, ErrNotTaken.
func (db *DB) Release(ctx context.Context, ticket int64, person device.PersonID, notices func(alerts.Ticket) []alerts.Notice) (alerts.Ticket, error) {
	return db.changeTicket(ctx, ticket, notices, func(tx *sql.Tx, t *alerts.Ticket) (changed bool, err error) {
		switch {
		case t.State == alerts.TicketClosed || t.State == alerts.TicketRated:
			return false, ErrClosed
		case t.State != alerts.TicketTaken || t.TakenBy != person:
			return false, ErrNotTaken
		}
		_, err = tx.ExecContext(ctx, `UPDATE ticket SET state = $2, taken_by = '', taken_at = 0 WHERE id = $1`, ticket, string(alerts.TicketOpen))
		t.State, t.TakenBy, t.TakenAt = alerts.TicketOpen, "", 0
		return true, err
	})
}

// changeTicket reads a ticket, changes it and queues what is to be said about it.
func (db *DB) changeTicket(ctx context.Context, id int64, notices func(alerts.Ticket) []alerts.Notice,
	change func(*sql.Tx, *alerts.Ticket) (bool, error),
) (alerts.Ticket, error) {
	var out alerts.Ticket
	err := db.update(ctx, func(tx *sql.Tx) error {
		found, err := tickets(ctx, tx, `WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNotFound
		}
		out = found[0]
		changed, err := change(tx, &out)
		if err != nil || !changed || notices == nil {
			return err
		}
		return queueNotices(ctx, tx, id, notices(out))
	})
	if err != nil {
		return alerts.Ticket{}, fmt.Errorf("ticket %d: %w", id, err)
	}
	db.watches.wake()
	return out, nil
}

func (db *DB) takenBy(id device.PersonID) *TakenError {
	p, ok := db.Person(id)
	if !ok {
		p = device.Person{ID: id, Name: string(id)}
	}
	return &TakenError{p}
}
