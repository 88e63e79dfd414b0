package web

import (
	"context"
	"io"
	"net/http"
)

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request, _ visitor) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, "ok\n")
	return ignore(err)
}

// readiness is the answer of /readyz.
type readiness struct {
	Ready bool        `json:"ready"`
	Rooms []RoomState `json:"rooms"`
}

func (s *Server) rooms(ctx context.Context) readiness {
	out := readiness{Ready: true, Rooms: []RoomState{}}
	if s.cfg.Ready == nil {
		return out
	}
	out.Rooms = append(out.Rooms, s.cfg.Ready(ctx)...)
	for _, room := range out.Rooms {
		out.Ready = out.Ready && room.Ready
	}
	return out
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request, _ visitor) error {
	state := s.rooms(r.Context())
	status := http.StatusOK
	if !state.Ready {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, state)
	return nil
}
