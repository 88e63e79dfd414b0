package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// unknownLamp is a lamp that reports although nobody expects it.
type unknownLamp struct {
	ID       device.LampID  `json:"id"`
	Reason   string         `json:"reason"`
	Stage    device.Stage   `json:"stage"`
	LastSeen *device.Millis `json:"last_seen"`
	BatteryV *float64       `json:"battery_v"`
}

// unknownLamps is GET /unknown-lamps: those that are planned and send already, and
// those that nobody has registered, whose readings wait in the journal.
func (s *Server) unknownLamps(w http.ResponseWriter, r *http.Request, _ visitor) error {
	list := []unknownLamp{}
	waiting, err := s.cfg.Journal.UnknownLamps(r.Context())
	if err != nil {
		return err
	}
	listed := map[device.LampID]bool{}
	for _, u := range waiting {
		if s.cfg.Registry.Registered(u.Lamp) {
			continue // it is being delivered
		}
		listed[u.Lamp] = true
		list = append(list, unknownLamp{u.Lamp, "not_registered", "", orNull(u.Last.Received), measured(&u.Last, device.BatteryV)})
	}
	for _, r := range s.live.all() {
		if !r.reported || r.installed() || listed[r.lamp.ID] || !r.registered && s.cfg.Registry.Registered(r.lamp.ID) {
			continue // one registered a moment ago is here as it was before
		}
		u := unknownLamp{r.lamp.ID, "not_registered", r.lamp.Stage, orNull(r.state.LastSeen), measured(&r.state.Last, device.BatteryV)}
		if r.registered {
			u.Reason = "not_installed"
		}
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b unknownLamp) int { return strings.Compare(string(a.ID), string(b.ID)) })
	writeJSON(w, http.StatusOK, map[string]any{"lamps": list})
	return nil
}

// adopt is POST /unknown-lamps/{id}/adopt: the lamp is registered like another one,
// and what waits of it is delivered.
func (s *Server) adopt(w http.ResponseWriter, r *http.Request, _ visitor) error {
	var in struct {
		Like device.LampID `json:"like"`
	}
	id := r.PathValue("id")
	body := json.NewDecoder(r.Body)
	body.DisallowUnknownFields()
	if err := body.Decode(&in); err != nil || !device.ValidCode(id) || !device.ValidCode(string(in.Like)) {
		return badRequest("请填写样板灯的编号", "name a registered lamp to take place and make from", `{"like":"JP-0007"}`)
	}
	if s.cfg.Registry.Registered(device.LampID(id)) {
		return &problem{status: http.StatusConflict, Code: "registered", Chinese: "这盏灯已经登记", English: "this lamp is registered already"}
	}
	if _, err := s.cfg.Registry.Adopt(r.Context(), device.LampID(id), in.Like); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
