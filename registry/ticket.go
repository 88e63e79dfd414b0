package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

func commitTickets(ctx context.Context, tx *sql.Tx, c *alerts.Checkpoint) error {
	for i := range c.Tickets {
		if err := writeTicket(ctx, tx, c.Tickets[i]); err != nil {
			return fmt.Errorf("ticket on %s: %w", c.Tickets[i].Ticket.Subject, err)
		}
	}
	return nil
}

func writeTicket(ctx context.Context, tx *sql.Tx, c alerts.TicketChange) error {
	t := c.Ticket
	if t.ID == 0 {
		var err error
		if t.ID, err = storedTicket(ctx, tx, &t); err != nil {
			return err
		}
	}
	var err error
	if t.ID == 0 {
		t.ID, err = insertTicket(ctx, tx, &t)
	} else {
		err = updateTicket(ctx, tx, &t)
	}
	if err != nil {
		return err
	}
	if err := writeAsked(ctx, tx, t.ID, t.Asked); err != nil {
		return err
	}
	return queueNotices(ctx, tx, t.ID, c.Notices)
}

// storedTicket finds the ticket that a new one is already stored as, when a
// checkpoint is committed a second time: same subject and time, and an alert in common.
func storedTicket(ctx context.Context, tx *sql.Tx, t *alerts.Ticket) (int64, error) {
	same, err := tickets(ctx, tx, `WHERE subject = $1 AND raised_at = $2 ORDER BY id`, string(t.Subject), int64(t.RaisedAt))
	if err != nil {
		return 0, err
	}
	for _, s := range same {
		if len(t.AlertIDs) == 0 && len(s.AlertIDs) == 0 || slices.ContainsFunc(t.AlertIDs, func(id string) bool { return slices.Contains(s.AlertIDs, id) }) {
			return s.ID, nil
		}
	}
	return 0, nil
}

func insertTicket(ctx context.Context, tx *sql.Tx, t *alerts.Ticket) (int64, error) {
	faults, ids, err := ticketLists(t)
	if err != nil {
		return 0, err
	}
	id, err := takeNumbers(ctx, tx, "ticket", 1)
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO ticket (id, subject, place, village, state, faults, alert_ids, asked_at, taken_by, raised_at, taken_at, closed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		id, string(t.Subject), string(t.Place), string(t.Village), string(t.State), faults, ids, int64(t.AskedAt), string(t.TakenBy),
		int64(t.RaisedAt), int64(t.TakenAt), int64(t.ClosedAt))
	return id, err
}

// updateTicket writes what the engine knows better. What a volunteer did stays,
// and a closed ticket stays closed.
func updateTicket(ctx context.Context, tx *sql.Tx, t *alerts.Ticket) error {
	faults, ids, err := ticketLists(t)
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, `UPDATE ticket SET faults = $2, alert_ids = $3, asked_at = $4 WHERE id = $1`, t.ID, faults, ids, int64(t.AskedAt))
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("ticket %d: %w", t.ID, ErrNotFound)
	}
	if t.State != alerts.TicketClosed {
		return nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE ticket SET state = $2, closed_at = $3 WHERE id = $1 AND state IN ($4, $5)`,
		t.ID, string(alerts.TicketClosed), int64(t.ClosedAt), string(alerts.TicketOpen), string(alerts.TicketTaken))
	return err
}

// writeAsked keeps who was asked, in order; nobody is taken off it.
func writeAsked(ctx context.Context, tx *sql.Tx, ticket int64, asked []device.PersonID) error {
	rank := -1
	return each(ctx, tx, `INSERT INTO ticket_asked (ticket, person, rank) VALUES ($1, $2, $3)
		ON CONFLICT (ticket, person) DO UPDATE SET rank = excluded.rank`, asked, func(p *device.PersonID) []any {
		rank++
		return []any{ticket, string(*p), int64(rank)}
	})
}

func ticketLists(t *alerts.Ticket) (faults, ids string, err error) {
	f, err := json.Marshal(t.Faults)
	if err != nil {
		return "", "", err
	}
	i, err := json.Marshal(t.AlertIDs)
	return string(f), string(i), err
}

// takeNumbers reserves n numbers of a kind and gives the first; they are never
// given again, not even after a row was removed.
func takeNumbers(ctx context.Context, tx *sql.Tx, kind string, n int) (int64, error) {
	var last int64
	err := tx.QueryRowContext(ctx, `UPDATE number SET last = last + $2 WHERE kind = $1 RETURNING last`, kind, int64(n)).Scan(&last)
	return last - int64(n) + 1, err
}

// tickets reads those that a condition on table ticket picks, with Asked, Told and Lamps.
func tickets(ctx context.Context, q querier, where string, args ...any) ([]alerts.Ticket, error) {
	const columns = `SELECT id, subject, place, village, state, faults, alert_ids, asked_at, taken_by, raised_at, taken_at, closed_at FROM ticket `
	all, err := list(ctx, q, func(r *sql.Rows, t *alerts.Ticket) error {
		var faults, ids []byte
		if err := r.Scan(&t.ID, &t.Subject, &t.Place, &t.Village, &t.State, &faults, &ids, &t.AskedAt, &t.TakenBy, &t.RaisedAt, &t.TakenAt, &t.ClosedAt); err != nil {
			return err
		}
		if err := json.Unmarshal(faults, &t.Faults); err != nil {
			return err
		}
		return json.Unmarshal(ids, &t.AlertIDs)
	}, columns+where, args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	at := make(map[int64]int, len(all))
	for i := range all {
		at[all[i].ID] = i
	}
	type part struct {
		ticket int64
		person device.PersonID
	}
	scan := func(r *sql.Rows, p *part) error { return r.Scan(&p.ticket, &p.person) }
	// The same condition again, so that any number of tickets costs three queries.
	among := ` WHERE ticket IN (SELECT id FROM ticket ` + where + `) `
	asked, err := list(ctx, q, scan, `SELECT ticket, person FROM ticket_asked`+among+`ORDER BY ticket, rank, person`, args...)
	if err != nil {
		return nil, err
	}
	for _, p := range asked {
		if i, ok := at[p.ticket]; ok {
			all[i].Asked = append(all[i].Asked, p.person)
		}
	}
	told, err := list(ctx, q, scan, `SELECT DISTINCT ticket, person FROM notice`+among+`ORDER BY ticket, person`, args...)
	if err != nil {
		return nil, err
	}
	for _, p := range told {
		if i, ok := at[p.ticket]; ok {
			all[i].Told = append(all[i].Told, p.person)
		}
	}
	return all, nameLamps(ctx, q, all)
}

// OpenTickets gives the tickets that are open or taken, by ID.
func (db *DB) OpenTickets(ctx context.Context) ([]alerts.Ticket, error) {
	out, err := tickets(ctx, db.read, `WHERE state IN ($1, $2) ORDER BY id`, string(alerts.TicketOpen), string(alerts.TicketTaken))
	if err != nil {
		return nil, fmt.Errorf("open tickets: %w", err)
	}
	return out, nil
}
