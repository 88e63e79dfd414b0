package web

import (
	"context"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/series"
)

const (
	defaultSpan   = 3 * 24 * time.Hour
	maxSpan       = 400 * 24 * time.Hour
	seriesTimeout = 10 * time.Second
	defaultFields = "battery_v,battery_soc_pct,panel_w,load_w"
)

type fieldView struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
}

type seriesView struct {
	Lamp   device.LampID         `json:"lamp"`
	From   device.Millis         `json:"from"`
	To     device.Millis         `json:"to"`
	StepMs int64                 `json:"step_ms"`
	Fields []fieldView           `json:"fields"`
	T      []device.Millis       `json:"t"`
	Values map[string][]*float64 `json:"values"`
}

// lampSeries is GET /lamps/{id}/series.
func (s *Server) lampSeries(w http.ResponseWriter, r *http.Request, _ visitor) error {
	row, err := s.lampOf(r)
	if err != nil {
		return err
	}
	q, err := s.seriesQuery(r, row.lamp.ID)
	if err != nil {
		return err
	}
	const hint = "几秒后再试。 Try again in some seconds."
	if s.cfg.Series == nil {
		return unavailable(nil, "没有曲线数据库", "no store of series", hint)
	}
	ctx, cancel := context.WithTimeout(r.Context(), seriesTimeout)
	defer cancel()
	points, step, err := s.cfg.Series.Lamp(ctx, q)
	if err != nil {
		return unavailable(err, "曲线数据库暂时不可用，别的内容不受影响", "the store of series is not available now; all else is", hint)
	}
	writeJSON(w, http.StatusOK, columns(q, points, step))
	return nil
}

// columns turns points into one column for each field.
func columns(q series.LampQuery, points []series.Point, step time.Duration) seriesView {
	out := seriesView{
		Lamp: q.Lamp, From: q.From, To: q.To, StepMs: step.Milliseconds(), Fields: make([]fieldView, len(q.Fields)),
		T: make([]device.Millis, len(points)), Values: map[string][]*float64{},
	}
	for i, p := range points {
		out.T[i] = p.T
	}
	for f, field := range q.Fields {
		out.Fields[f] = fieldView{field.String(), device.Fields[field].Unit}
		column := make([]*float64, len(points))
		for i, p := range points {
			if v := p.Values[f]; !math.IsNaN(v) {
				v = math.Round(v*1000) / 1000
				column[i] = &v
			}
		}
		out.Values[field.String()] = column
	}
	return out
}

func (s *Server) seriesQuery(r *http.Request, lamp device.LampID) (series.LampQuery, error) {
	q := series.LampQuery{Lamp: lamp}
	v := r.URL.Query()
	to, err := number(v, "to", int64(s.cfg.now()), 1, math.MaxInt64)
	if err != nil {
		return q, err
	}
	hours, err := number(v, "hours", int64(defaultSpan/time.Hour), 1, int64(maxSpan/time.Hour))
	if err != nil {
		return q, err
	}
	from, err := number(v, "from", int64(device.Millis(to).Add(-time.Duration(hours)*time.Hour)), 0, to-1)
	if err != nil {
		return q, err
	}
	if to-from > maxSpan.Milliseconds() {
		return q, badRequest("时间范围太长，最多 400 天", "from and to are too far apart: at most 400 days", "")
	}
	points, err := number(v, "points", 500, 1, series.MaxPoints)
	if err != nil {
		return q, err
	}
	q.From, q.To, q.Points = device.Millis(from), device.Millis(to), int(points)
	names := v.Get("fields")
	if names == "" {
		names = defaultFields
	}
	for name := range strings.SplitSeq(names, ",") {
		f, ok := fieldNamed(name)
		if !ok {
			return q, badRequest("没有字段 "+clip(name), "no such field: "+clip(name), defaultFields)
		}
		for _, have := range q.Fields {
			if have == f {
				return q, badRequest("字段重复："+name, "field named twice: "+name, "")
			}
		}
		q.Fields = append(q.Fields, f)
	}
	return q, nil
}

func fieldNamed(name string) (device.Field, bool) {
	for f := range device.NumFields {
		if device.Fields[f].Name == name {
			return f, true
		}
	}
	return 0, false
}

type nightView struct {
	Night     string        `json:"night"`
	Dusk      device.Millis `json:"dusk"`
	Dawn      device.Millis `json:"dawn"`
	LitH      float64       `json:"lit_h"`
	ExpectedH *float64      `json:"expected_h"`
	ObservedH float64       `json:"observed_h"`
	DebtH     *float64      `json:"debt_h"`
	DarkH     float64       `json:"dark_h"`
	Switches  int           `json:"switches"`
	SoCMin    *float64      `json:"soc_min_pct"`

	LitUntil      *device.Millis `json:"lit_until"`
	EndSeen       bool           `json:"end_seen"`
	PromisedUntil *device.Millis `json:"promised_until"`
	DepthPct      *float64       `json:"depth_pct"`
}

// wordNights is of how many nights the words speak.
const wordNights = 30

// lampNights is GET /lamps/{id}/nights; it is answered from SQL, so that
// light-hours show while InfluxDB is away.
func (s *Server) lampNights(w http.ResponseWriter, r *http.Request, _ visitor) error {
	row, err := s.lampOf(r)
	if err != nil {
		return err
	}
	v := r.URL.Query()
	limit, err := number(v, "limit", 30, 1, 400)
	if err != nil {
		return err
	}
	from := v.Get("from")
	if from != "" {
		if _, err := time.Parse(time.DateOnly, from); err != nil {
			return badRequest("from 不是日期："+clip(from), "from is not a date: "+clip(from), "2026-11-01")
		}
	}
	nights, err := s.cfg.Registry.Nights(r.Context(), row.lamp.ID, from, int(limit))
	if err != nil {
		return err
	}
	last, err := s.cfg.Registry.Nights(r.Context(), row.lamp.ID, "", wordNights)
	if err != nil {
		return err
	}
	out := struct {
		Lamp   device.LampID `json:"lamp"`
		Nights []nightView   `json:"nights"`
		Words  *words        `json:"words"`
		More   int           `json:"words_more"`
	}{Lamp: row.lamp.ID, Nights: make([]nightView, len(nights))}
	for i := range nights {
		out.Nights[i] = nightOf(&nights[i])
	}
	out.Words, out.More = s.eveningWords(last)
	writeJSON(w, http.StatusOK, out)
	return nil
}

// eveningWords says how a lamp's last evenings went, the newest night first; or how many more it takes.
func (s *Server) eveningWords(nights []device.NightLight) (*words, int) {
	evenings, promise := make([]alerts.Evening, len(nights)), 0
	for i := range nights {
		evenings[i] = alerts.EveningOf(&nights[i], s.cfg.Location)
		if promise == 0 {
			promise = alerts.PromiseOf(&nights[i], s.cfg.Location)
		}
	}
	w, more := alerts.EveningWords(evenings, promise)
	if more > 0 {
		return nil, more
	}
	return new(both(w)), 0
}

func nightOf(n *device.NightLight) nightView {
	out := nightView{
		Night: n.Night, Dusk: n.Dusk, Dawn: n.Dawn, LitH: hours(n.LitS), ObservedH: hours(n.ObservedS),
		DarkH: hours(n.Dawn.Sub(n.Dusk).Seconds()), Switches: n.Switches,
	}
	if n.ExpectedS > 0 {
		out.ExpectedH, out.DebtH = new(hours(n.ExpectedS)), new(hours(n.ExpectedS-n.LitS))
	}
	if !math.IsNaN(n.SoCMin) {
		out.SoCMin = &n.SoCMin
	}
	out.LitUntil, out.EndSeen, out.PromisedUntil = orNull(n.LitUntil), n.EndSeen, orNull(n.PromisedUntil)
	out.DepthPct = orUnknown(n.DepthPct)
	return out
}

// hours rounds to a hundredth: half a minute.
func hours(seconds float64) float64 { return math.Round(seconds/36) / 100 }
