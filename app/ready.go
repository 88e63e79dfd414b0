package app

import (
	"context"
	"fmt"
	"time"

	"github.com/yingguang/yingguang/web"
)

// readHeaderTime bounds how long a client may take to say what it wants.
const readHeaderTime = 10 * time.Second

// Ready says how every room stands that waits for something outside.
func (a *App) Ready(ctx context.Context) []web.RoomState {
	var states []web.RoomState
	add := func(room string, ready bool, format string, args ...any) {
		s := web.RoomState{Name: room, Ready: ready}
		if !ready {
			s.Reason = fmt.Sprintf(format, args...)
		}
		states = append(states, s)
	}
	_, err := a.rooms.journal.Status(ctx)
	add("journal", err == nil, "%v", err)
	switch in := a.rooms.intake.Load(); {
	case in == nil:
		add("ingest", false, "starting")
	case in.Status().Failing != "":
		add("ingest", false, "%s", in.Status().Failing)
	default:
		add("ingest", in.Status().Connected != 0, "not connected to the broker")
	}
	s := a.rooms.series.Status()
	failing := s.Failing
	if failing == "" {
		failing = "InfluxDB is not ready yet"
	}
	add("series", s.Ready, "%s", failing)
	return states
}
