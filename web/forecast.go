package web

import (
	"math"
	"net/http"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// forecastView is what a lamp will do tonight. Null hours mean that its light lasts until dawn, null nights that
// the sun of the last week is enough, or is not known yet.
type forecastView struct {
	Lamp       device.LampID  `json:"lamp"`
	Village    device.Village `json:"village"`
	Night      string         `json:"night"`
	At         device.Millis  `json:"at"`
	Dusk       device.Millis  `json:"dusk"`
	Dawn       device.Millis  `json:"dawn"`
	LeftWh     float64        `json:"left_wh"`
	NightWh    float64        `json:"night_wh"`
	OutAt      *device.Millis `json:"out_at"`
	DarkNights float64        `json:"dark_nights"`
	SunNights  *float64       `json:"sun_nights"`
	SunEnough  bool           `json:"sun_enough"`
	Known      string         `json:"known"`
}

type adviceView struct {
	Village device.Village `json:"village"`
	Lamps   int            `json:"lamps"`
	Out     int            `json:"out"`
	DimPct  *int           `json:"dim_pct"`
	Saved   int            `json:"saved"`
}

// qualityView is how good the forecasts were: nights that were foretold and watched.
type qualityView struct {
	Nights   int      `json:"nights"`
	Right    int      `json:"right"`
	Ended    int      `json:"ended"`
	Foretold int      `json:"foretold"`
	OffMin   *float64 `json:"off_min"`
}

func forecastOf(f *alerts.Forecast) forecastView {
	out := forecastView{
		f.Lamp, f.Village, f.Night, f.At, f.Dusk, f.Dawn, tenth(f.LeftWh), tenth(f.NightWh), orNull(f.OutAt), tenth(f.DarkNights), nil, false, f.Known,
	}
	switch {
	case math.IsInf(f.SunNights, 1):
		out.SunEnough = true
	case !math.IsNaN(f.SunNights):
		nights := tenth(f.SunNights)
		out.SunNights = &nights
	}
	return out
}

func qualityOf(q *alerts.ForecastQuality) qualityView {
	out := qualityView{Nights: q.Nights, Right: q.Right, Ended: q.Ended, Foretold: q.Both}
	if q.Both > 0 {
		out.OffMin = new(math.Round(q.MedianOff().Minutes()))
	}
	return out
}

func tenth(v float64) float64 { return math.Round(10*v) / 10 }

// forecast is GET /forecast: tonight, lamp by lamp, what dimming would do, and how far to trust it.
func (s *Server) forecast(w http.ResponseWriter, r *http.Request, _ visitor) error {
	list, err := s.cfg.Registry.Forecasts(r.Context(), s.cfg.now())
	if err != nil {
		return err
	}
	q, err := s.cfg.Registry.ForecastQuality(r.Context())
	if err != nil {
		return err
	}
	out := struct {
		At      device.Millis  `json:"at"`
		Lamps   []forecastView `json:"lamps"`
		Advice  []adviceView   `json:"advice"`
		Quality qualityView    `json:"quality"`
	}{s.cfg.now(), make([]forecastView, len(list)), []adviceView{}, qualityOf(&q)}
	for i := range list {
		out.Lamps[i] = forecastOf(&list[i])
	}
	for _, a := range alerts.Advise(list) {
		out.Advice = append(out.Advice, adviceView{a.Village, a.Lamps, a.Out, orNull(a.DimPct), a.Saved})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}
