package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

type meView struct {
	ID       device.PersonID `json:"id"`
	Name     string          `json:"name"`
	Role     device.Role     `json:"role"`
	Village  device.Village  `json:"village"`
	Place    device.PlaceID  `json:"place"`
	Language device.Language `json:"language"`
}

type whoView struct {
	Person  *meView  `json:"person"`
	Unread  int      `json:"unread"`
	Public  bool     `json:"public"`
	Town    townName `json:"town"`
	Version string   `json:"version"`
}

// me is GET /me.
func (s *Server) me(w http.ResponseWriter, r *http.Request, v visitor) error {
	out := whoView{Public: s.cfg.Public, Town: s.name(), Version: s.cfg.Version}
	if v.loggedIn() {
		language := v.Language
		if language != device.English {
			language = device.Chinese
		}
		out.Person = &meView{v.ID, v.Name, v.Role, v.Village, v.Place, language}
		var err error
		if out.Unread, err = s.cfg.Registry.Unread(r.Context(), v.ID); err != nil {
			return err
		}
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

type noticeView struct {
	ID        int64             `json:"id"`
	Kind      alerts.NoticeKind `json:"kind"`
	Ticket    int64             `json:"ticket"`
	Subject   device.Subject    `json:"subject"`
	Lamp      string            `json:"lamp"`
	Title     string            `json:"title"`
	Text      string            `json:"text"`
	CreatedAt device.Millis     `json:"created_at"`
	ReadAt    *device.Millis    `json:"read_at"`
}

type inboxView struct {
	Notices []noticeView `json:"notices"`
	Unread  int          `json:"unread"`
	Next    *int64       `json:"next"`
}

// inbox is GET /inbox.
func (s *Server) inbox(w http.ResponseWriter, r *http.Request, v visitor) error {
	q := r.URL.Query()
	before, err := number(q, "before", 0, 0, 1<<62)
	if err != nil {
		return err
	}
	limit, err := number(q, "limit", 50, 1, 200)
	if err != nil {
		return err
	}
	list, err := s.cfg.Registry.Inbox(r.Context(), v.ID, before, int(limit))
	if err != nil {
		return err
	}
	out := inboxView{Notices: make([]noticeView, len(list))}
	for i, n := range list {
		out.Notices[i] = noticeView{n.ID, n.Kind, n.Ticket, n.Subject, lampCode(n.Subject), n.Title, n.Text, n.CreatedAt, orNull(n.ReadAt)}
	}
	if len(list) == int(limit) {
		out.Next = &list[len(list)-1].ID
	}
	if out.Unread, err = s.cfg.Registry.Unread(r.Context(), v.ID); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// markRead is POST /inbox/read.
func (s *Server) markRead(w http.ResponseWriter, r *http.Request, v visitor) error {
	var in struct {
		UpTo int64 `json:"up_to"`
	}
	body := json.NewDecoder(r.Body)
	body.DisallowUnknownFields()
	if err := body.Decode(&in); err != nil {
		if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return large
		}
		return badRequest("请求不是要求的 JSON", "the body is not the JSON wanted", `{"up_to":17}`)
	}
	if in.UpTo < 1 {
		return badRequest("up_to 不对", "bad up_to", `{"up_to":17}`)
	}
	if err := s.cfg.Registry.MarkRead(r.Context(), v.ID, in.UpTo, s.cfg.now()); err != nil {
		return err
	}
	unread, err := s.cfg.Registry.Unread(r.Context(), v.ID)
	if err != nil {
		return err
	}
	s.live.lookAgain() // for the person's other pages
	writeJSON(w, http.StatusOK, map[string]int{"unread": unread})
	return nil
}
