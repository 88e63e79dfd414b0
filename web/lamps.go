package web

import (
	"net/http"
	"slices"

	"github.com/yingguang/yingguang/device"
)

// lampItem is a lamp in a list.
type lampItem struct {
	ID       device.LampID    `json:"id"`
	Place    device.PlaceID   `json:"place"`
	Kind     device.PlaceKind `json:"kind"`
	Village  device.Village   `json:"village"`
	Stage    device.Stage     `json:"stage"`
	State    word             `json:"state"`
	Lat      float64          `json:"lat"`
	Lon      float64          `json:"lon"`
	BatteryV *float64         `json:"battery_v"`
	SoC      *float64         `json:"battery_soc_pct"`
	Lit      *bool            `json:"lit"`
	LastSeen *device.Millis   `json:"last_seen"`
	Faults   []device.Fault   `json:"faults"`
}

func (r *row) item(now device.Millis) lampItem {
	out := lampItem{
		ID: r.lamp.ID, Place: r.lamp.Place.ID, Kind: r.lamp.Place.Kind, Village: r.lamp.Place.Village, Stage: r.lamp.Stage,
		State: r.word(now), Lat: r.lamp.Lat, Lon: r.lamp.Lon, LastSeen: orNull(r.state.LastSeen), Faults: r.faults,
	}
	if out.Faults == nil {
		out.Faults = []device.Fault{}
	}
	if !r.reported {
		return out
	}
	out.BatteryV, out.SoC = measured(&r.state.Last, device.BatteryV), measured(&r.state.Last, device.BatterySoC)
	if r.state.Known {
		out.Lit = &r.state.Lit
	}
	return out
}

func measured(r *device.Reading, f device.Field) *float64 {
	if v, ok := r.Get(f); ok {
		return &v
	}
	return nil
}

// orNull gives null for what is not known.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

type lampList struct {
	At    device.Millis `json:"at"`
	Lamps []lampItem    `json:"lamps"`
}

// lamps is GET /lamps.
func (s *Server) lamps(w http.ResponseWriter, r *http.Request, _ visitor) error {
	q := r.URL.Query()
	pick, ok := stagePicker(q.Get("stage"))
	if !ok {
		return badRequest("stage 不对："+clip(q.Get("stage")), "no such stage: "+clip(q.Get("stage")),
			"installed, planned, all, proposed, agreed, funded, installing, retired")
	}
	village := device.Village(q.Get("village"))
	out := lampList{At: s.cfg.now(), Lamps: []lampItem{}}
	for _, row := range s.live.all() {
		if row.registered && pick(row.lamp.Stage) && (village == "" || row.lamp.Place.Village == village) {
			out.Lamps = append(out.Lamps, row.item(out.At))
		}
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func stagePicker(name string) (func(device.Stage) bool, bool) {
	switch name {
	case "":
		return func(s device.Stage) bool { return s == device.Installed }, true
	case "all":
		return func(device.Stage) bool { return true }, true
	case "planned":
		return planned, true
	}
	return func(s device.Stage) bool { return s == device.Stage(name) }, slices.Contains(device.Stages, device.Stage(name))
}

// clip keeps what somebody sent short enough to be said back.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
