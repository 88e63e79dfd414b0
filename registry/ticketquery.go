package registry

import (
	"context"
	"fmt"
	"strings"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// Ticket gives one ticket, or ErrNotFound.
func (db *DB) Ticket(ctx context.Context, id int64) (alerts.Ticket, error) {
	found, err := tickets(ctx, db.read, `WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return alerts.Ticket{}, fmt.Errorf("ticket %d: %w", id, err)
	}
	return found[0], nil
}

// openFirst sorts what needs somebody before what is done, then the newest first.
const openFirst = ` ORDER BY CASE state WHEN 'open' THEN 0 WHEN 'taken' THEN 1 ELSE 2 END, raised_at DESC, id DESC LIMIT `

// TicketsOf gives the tickets that a person was asked about or took: open ones
// first, then taken, then closed, each newest first.
func (db *DB) TicketsOf(ctx context.Context, person device.PersonID, limit int) ([]alerts.Ticket, error) {
	out, err := tickets(ctx, db.read, `WHERE (taken_by = $1 OR id IN (SELECT a.ticket FROM ticket_asked a WHERE a.person = $1))`+openFirst+`$2`,
		string(person), int64(limit))
	if err != nil {
		return nil, fmt.Errorf("tickets of %s: %w", person, err)
	}
	return out, nil
}

// TicketFilter picks tickets; empty fields pick all.
type TicketFilter struct {
	States  []alerts.TicketState
	Subject device.Subject
	Village device.Village
	Place   device.PlaceID
	Limit   int // 0 is 1000
}

// Tickets gives the tickets that a filter picks, in the order of TicketsOf.
func (db *DB) Tickets(ctx context.Context, f TicketFilter) ([]alerts.Ticket, error) {
	var conditions []string
	var args []any
	add := func(column, value string) {
		if value != "" {
			args = append(args, value)
			conditions = append(conditions, fmt.Sprintf("%s = $%d", column, len(args)))
		}
	}
	add("subject", string(f.Subject))
	add("village", string(f.Village))
	add("place", string(f.Place))
	if len(f.States) > 0 {
		in := make([]string, len(f.States))
		for i, s := range f.States {
			args = append(args, string(s))
			in[i] = fmt.Sprintf("$%d", len(args))
		}
		conditions = append(conditions, "state IN ("+strings.Join(in, ", ")+")")
	}
	where := ""
	if len(conditions) > 0 {
		where = "WHERE " + strings.Join(conditions, " AND ")
	}
	if f.Limit <= 0 {
		f.Limit = 1000
	}
	args = append(args, int64(f.Limit))
	out, err := tickets(ctx, db.read, where+openFirst+fmt.Sprintf("$%d", len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("tickets: %w", err)
	}
	return out, nil
}
