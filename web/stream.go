package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/yingguang/yingguang/device"
)

const (
	heartbeat    = 15 * time.Second // proxies close what is silent for 30 or 60
	writePatient = 10 * time.Second // a phone without signal is let go
)

// hello is the first event of every stream.
type hello struct {
	At      device.Millis `json:"at"`
	Version string        `json:"version"`
}

// stream is GET /live.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, v visitor) error {
	c, ok := s.live.hub.join(v, s.cfg.Public)
	if !ok {
		return unavailable(nil, "系统正在停止", "shutting down", "")
	}
	defer s.live.hub.leave(c)
	s.live.lookAgain() // for the number of unread notices

	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	line := http.NewResponseController(w)
	send := func(frame []byte) bool {
		// In real time: a deadline of the network, not of the town's clock.
		if err := line.SetWriteDeadline(deadline(r.Context())); err != nil {
			return false
		}
		if _, err := w.Write(frame); err != nil {
			return false
		}
		return line.Flush() == nil
	}
	if err := line.SetReadDeadline(time.Time{}); err != nil { // the request is read; its deadline would end the stream
		return fmt.Errorf("stream: %w", err)
	}
	alive := send(append([]byte("retry: 2000\n\n"), appendEvent(nil, "hello", hello{s.cfg.now(), s.cfg.Version})...))
	for alive {
		quiet, stop := context.WithTimeout(r.Context(), heartbeat)
		select {
		case frame, ok := <-c.out:
			alive = ok && send(frame)
		case <-quiet.Done():
			alive = r.Context().Err() == nil && send([]byte(": alive\n\n"))
		}
		stop()
	}
	return nil
}

// deadline is writePatient from now by the machine's clock, which is what
// connections go by; a context knows it.
func deadline(ctx context.Context) time.Time {
	limit, stop := context.WithTimeout(context.WithoutCancel(ctx), writePatient)
	defer stop()
	at, _ := limit.Deadline()
	return at
}
