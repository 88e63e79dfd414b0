package web

import (
	"net/http"

	"github.com/yingguang/yingguang/device"
)

// systemNotices is how many a page shows.
const systemNotices = 100

type systemNotice struct {
	Kind    string         `json:"kind"`
	Chinese string         `json:"text_zh"`
	English string         `json:"text_en"`
	At      device.Millis  `json:"at"`
	EndedAt *device.Millis `json:"ended_at"`
}

// system is GET /system: how every room stands, and what the office is told of
// audits and the disk.
func (s *Server) system(w http.ResponseWriter, r *http.Request, _ visitor) error {
	out := struct {
		Rooms   []RoomState    `json:"rooms"`
		Notices []systemNotice `json:"notices"`
	}{Rooms: []RoomState{}, Notices: []systemNotice{}}
	if s.cfg.Ready != nil {
		out.Rooms = append(out.Rooms, s.cfg.Ready(r.Context())...)
	}
	list, err := s.cfg.Registry.SystemNotices(r.Context(), systemNotices)
	if err != nil {
		return err
	}
	for _, n := range list {
		out.Notices = append(out.Notices, systemNotice{n.Kind, n.Chinese, n.English, n.At, orNull(n.EndedAt)})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}
