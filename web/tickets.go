package web

import (
	"net/http"
	"slices"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
)

// personRef names a person to those who may know.
type personRef struct {
	ID    device.PersonID `json:"id"`
	Name  string          `json:"name"`
	Phone string          `json:"phone,omitempty"`
}

type ticketView struct {
	ID       int64                    `json:"id"`
	Subject  device.Subject           `json:"subject"`
	Kind     string                   `json:"kind"`
	Lamp     string                   `json:"lamp"`
	Lamps    []device.LampID          `json:"lamps"` // of a storm
	Place    device.PlaceID           `json:"place"`
	Village  device.Village           `json:"village"`
	State    alerts.TicketState       `json:"state"`
	Severity string                   `json:"severity"`
	Faults   []device.Fault           `json:"faults"`
	Asked    []personRef              `json:"asked"`
	TakenBy  *personRef               `json:"taken_by"`
	Mine     bool                     `json:"mine"`
	RaisedAt device.Millis            `json:"raised_at"`
	TakenAt  *device.Millis           `json:"taken_at"`
	ClosedAt *device.Millis           `json:"closed_at"`
	Words    map[device.Fault]faultOf `json:"words"`
}

func (s *Server) ticketView(t *alerts.Ticket, v visitor) ticketView {
	level := v.level(s.cfg.Public)
	out := ticketView{
		ID: t.ID, Subject: t.Subject, Kind: t.Subject.Kind(), Lamp: lampCode(t.Subject), Place: t.Place, Village: t.Village, State: t.State,
		Severity: severityWord(alerts.Minor), Faults: t.Faults, Asked: []personRef{}, Mine: t.TakenBy != "" && t.TakenBy == v.ID,
		RaisedAt: t.RaisedAt, TakenAt: orNull(t.TakenAt), ClosedAt: orNull(t.ClosedAt), Words: map[device.Fault]faultOf{},
	}
	if out.Lamps = t.Lamps; out.Lamps == nil {
		out.Lamps = []device.LampID{}
	}
	if out.Faults == nil {
		out.Faults = []device.Fault{}
	}
	explain(out.Words, t.Faults...)
	if len(t.Faults) > 0 {
		out.Severity = out.Words[t.Faults[0]].Severity
	}
	for _, id := range t.Asked {
		out.Asked = append(out.Asked, refOf(s.cfg.Registry, id, level))
	}
	if t.TakenBy != "" {
		by := refOf(s.cfg.Registry, t.TakenBy, level)
		out.TakenBy = &by
	}
	return out
}

// tickets is GET /tickets: a volunteer's own, or all for the office.
func (s *Server) tickets(w http.ResponseWriter, r *http.Request, v visitor) error {
	q := r.URL.Query()
	limit, err := number(q, "limit", 200, 1, 1000)
	if err != nil {
		return err
	}
	state := alerts.TicketState(q.Get("state"))
	states := []alerts.TicketState{alerts.TicketOpen, alerts.TicketTaken, alerts.TicketClosed, alerts.TicketRated}
	if state != "" && !slices.Contains(states, state) {
		return badRequest("state 不对："+clip(string(state)), "no such state: "+clip(string(state)), "open, taken, closed, rated")
	}
	var list []alerts.Ticket
	if v.level(s.cfg.Public) >= office && q.Get("mine") != "true" {
		f := registry.TicketFilter{Limit: int(limit)}
		if state != "" {
			f.States = []alerts.TicketState{state}
		}
		list, err = s.cfg.Registry.Tickets(r.Context(), f)
	} else {
		list, err = s.cfg.Registry.TicketsOf(r.Context(), v.ID, int(limit))
	}
	if err != nil {
		return err
	}
	out := []ticketView{}
	for i := range list {
		if state == "" || list[i].State == state {
			out = append(out, s.ticketView(&list[i], v))
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"tickets": out})
	return nil
}

// ticket is GET /tickets/{id}.
func (s *Server) ticket(w http.ResponseWriter, r *http.Request, v visitor) error {
	return s.withTicket(w, r, v, func(id int64) (alerts.Ticket, error) {
		return s.cfg.Registry.Ticket(r.Context(), id)
	})
}

// takeTicket is POST /tickets/{id}/take.
func (s *Server) takeTicket(w http.ResponseWriter, r *http.Request, v visitor) error {
	return s.withTicket(w, r, v, func(id int64) (alerts.Ticket, error) {
		now := s.cfg.now()
		return s.cfg.Registry.Take(r.Context(), id, v.ID, now, func(t alerts.Ticket) []alerts.Notice {
			if s.cfg.Dispatcher == nil {
				return nil
			}
			return s.cfg.Dispatcher.Taken(t, now)
		})
	})
}

// releaseTicket is POST /tickets/{id}/release. It makes no notice: the engine asks
// the next on duty by itself.
func (s *Server) releaseTicket(w http.ResponseWriter, r *http.Request, v visitor) error {
	return s.withTicket(w, r, v, func(id int64) (alerts.Ticket, error) {
		return s.cfg.Registry.Release(r.Context(), id, v.ID, nil)
	})
}

func (s *Server) withTicket(w http.ResponseWriter, r *http.Request, v visitor, do func(id int64) (alerts.Ticket, error)) error {
	id, err := ticketID(r)
	if err != nil {
		return err
	}
	t, err := do(id)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.ticketView(&t, v))
	return nil
}
