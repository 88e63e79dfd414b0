package web

import (
	"context"
	"net/http"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
)

// recentAlerts is how many alerts of a lamp its page shows.
const recentAlerts = 20

// lampDetail is one lamp with all that its page shows but the charts.
type lampDetail struct {
	lampItem
	Registered    bool                     `json:"registered"`
	Batch         int                      `json:"batch"`
	PanelWp       *float64                 `json:"panel_wp"`
	BatteryAh     *float64                 `json:"battery_ah"`
	NominalV      *float64                 `json:"battery_nominal_v"`
	Chemistry     string                   `json:"battery_chemistry"`
	LampW         *float64                 `json:"lamp_w"`
	Gateway       device.GatewayID         `json:"gateway"`
	InstalledOn   string                   `json:"installed_on"`
	Link          device.Link              `json:"link"`
	IntervalS     *float64                 `json:"interval_s"`
	Schedule      string                   `json:"schedule"`
	Shade         string                   `json:"shade"`
	Supplier      string                   `json:"supplier"`
	WarrantyUntil string                   `json:"warranty_until"`
	Reading       *readingView             `json:"reading"`
	Forecast      *forecastView            `json:"forecast"`
	Quality       *qualityView             `json:"forecast_quality"`
	Battery       *batteryView             `json:"battery"`
	Alerts        []alertView              `json:"alerts"`
	Ticket        *int64                   `json:"ticket"`
	Words         map[device.Fault]faultOf `json:"words"`
}

type readingView struct {
	TS       device.Millis  `json:"ts"`
	Received device.Millis  `json:"received"`
	Clock    string         `json:"clock"`
	Values   map[string]any `json:"values"`
	Firmware string         `json:"fw"`
	Faults   []string       `json:"faults"`
	// Derived is what no sensor measured and the others tell, by field name.
	Derived map[string]float64 `json:"derived"`
}

type alertView struct {
	ID      string         `json:"id"`
	Fault   device.Fault   `json:"fault"`
	Subject device.Subject `json:"subject"`
	State   alerts.State   `json:"state"`
	Since   device.Millis  `json:"since"`
	FiredAt *device.Millis `json:"fired_at"`
	EndedAt *device.Millis `json:"ended_at"`
	Detail  map[string]any `json:"detail"`
}

// lampID reads the code in the path and finds its row.
func (s *Server) lampOf(r *http.Request) (row, error) {
	id, err := device.ParseLampID(r.PathValue("id"))
	if err != nil {
		return row{}, badRequest("路灯编号不对", err.Error(), "JP-0001")
	}
	found, ok := s.live.get(id)
	if !ok {
		return row{}, notFound("没有路灯 "+string(id), "no lamp "+string(id))
	}
	return found, nil
}

// lamp is GET /lamps/{id}.
func (s *Server) lamp(w http.ResponseWriter, r *http.Request, _ visitor) error {
	row, err := s.lampOf(r)
	if err != nil {
		return err
	}
	list, err := s.cfg.Registry.AlertsOn(r.Context(), device.LampSubject(row.lamp.ID), recentAlerts)
	if err != nil {
		return err
	}
	l := &row.lamp
	out := lampDetail{
		lampItem: row.item(s.cfg.now()), Registered: row.registered, Batch: l.Batch,
		PanelWp: orNull(l.PanelWp), BatteryAh: orNull(l.BatteryAh), NominalV: orNull(l.BatteryV), Chemistry: l.BatteryChemistry,
		LampW: orNull(l.LampW), Gateway: l.Gateway, InstalledOn: day(l.InstalledOn), Link: l.Link, IntervalS: orNull(l.Interval.Seconds()),
		Schedule: l.Schedule.String(), Shade: l.Shade, Supplier: l.Supplier, WarrantyUntil: day(l.WarrantyUntil),
		Alerts: []alertView{}, Ticket: orNull(row.ticket), Words: map[device.Fault]faultOf{},
	}
	if row.reported && row.state.Last.TS != 0 {
		out.Reading = readingOf(&row.state.Last)
	}
	for i := range list {
		if list[i].State != alerts.Pending {
			out.Alerts = append(out.Alerts, alertOf(&list[i]))
			explain(out.Words, list[i].Fault)
		}
	}
	explain(out.Words, row.faults...)
	if err := s.foretold(r.Context(), &out); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// foretold adds what the engine makes of the lamp's battery and its night.
func (s *Server) foretold(ctx context.Context, out *lampDetail) error {
	f, ok, err := s.cfg.Registry.ForecastOf(ctx, out.ID, s.cfg.now())
	if err != nil {
		return err
	}
	if ok {
		out.Forecast = new(forecastOf(&f))
	}
	q, err := s.cfg.Registry.ForecastQuality(ctx)
	if err != nil {
		return err
	}
	if q.Nights > 0 {
		out.Quality = new(qualityOf(&q))
	}
	b, ok, err := s.cfg.Registry.BatteryOf(ctx, out.ID)
	if ok {
		out.Battery = new(batteryOf(&b))
	}
	return err
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func alertOf(a *alerts.Alert) alertView {
	detail := a.Detail
	if detail == nil {
		detail = map[string]any{}
	}
	return alertView{a.ID, a.Fault, a.Subject, a.State, a.Since, orNull(a.FiredAt), orNull(a.EndedAt), detail}
}

func readingOf(r *device.Reading) *readingView {
	out := &readingView{
		TS: r.TS, Received: r.Received, Clock: clockWord(r.Clock), Values: map[string]any{}, Firmware: r.Firmware, Faults: r.Faults,
		Derived: map[string]float64{},
	}
	if out.Faults == nil {
		out.Faults = []string{}
	}
	if w, ok := alerts.DerivedLoad(r); ok {
		out.Derived[device.Fields[device.LoadW].Name] = tenth(w)
	}
	for f := range device.NumFields {
		v, ok := r.Get(f)
		if !ok {
			continue
		}
		spec := &device.Fields[f]
		switch {
		case spec.Kind == device.Bool:
			out.Values[spec.Name] = v > 0
		case spec.Kind == device.Enum && v >= 0 && int(v) < len(spec.Words):
			out.Values[spec.Name] = spec.Words[int(v)]
		default:
			out.Values[spec.Name] = v
		}
	}
	return out
}

func clockWord(c device.ClockFlag) string {
	switch c {
	case device.ClockAhead:
		return "ahead"
	case device.ClockAncient:
		return "ancient"
	case device.ClockSteady:
		return "steady"
	case device.ClockNone:
		return "none"
	}
	return "ok"
}

// lampCode is the lamp that a subject is about, or empty.
func lampCode(s device.Subject) string {
	if s.Kind() == device.KindLamp {
		return s.Code()
	}
	return ""
}

// refOf names a person to volunteers and the office; the phone is for the office.
func refOf(db *registry.DB, id device.PersonID, level access) personRef {
	p, ok := db.Person(id)
	if !ok {
		return personRef{ID: id, Name: string(id)}
	}
	out := personRef{ID: id, Name: p.Name}
	if level >= office {
		out.Phone = p.Phone
	}
	return out
}
