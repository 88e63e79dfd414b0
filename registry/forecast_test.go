package registry

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/alerts"
)

func TestForecastsAreKeptByLamp(t *testing.T) {
	db := openTest(t)
	c := checkpoint(1)
	dusk := c.Changes[0].At
	out := alerts.Forecast{
		Lamp: "A", Village: "甲村", Night: "2025-11-24", At: dusk, Dusk: dusk, Dawn: dusk + 46e6, LeftWh: 80, NightWh: 200, OutAt: dusk + 18e6,
		DarkNights: 0.4, SunNights: 0.5, Known: "gauge",
	}
	lasts := alerts.Forecast{Lamp: "B", Night: "2025-11-24", At: dusk, Dusk: dusk, Dawn: dusk + 46e6, SunNights: math.Inf(1), Known: "counted"}
	c.Forecasts = []alerts.Forecast{out, lasts}
	c.Quality = alerts.ForecastQuality{Nights: 9, Right: 8, Ended: 3, Both: 2}
	c.Quality.Off[1] = 2
	if err := db.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	c = checkpoint(2)
	out.At, out.LeftWh = out.At+3600e3, 60
	c.Forecasts = []alerts.Forecast{out}
	c.Quality = alerts.ForecastQuality{Nights: 9, Right: 8, Ended: 3, Both: 2}
	c.Quality.Off[1] = 2
	if err := db.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	got, err := db.Forecasts(t.Context(), dusk)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]alerts.Forecast{out, lasts}, got); d != "" {
		t.Error(d)
	}
	if got, err := db.Forecasts(t.Context(), out.Dawn); err != nil || len(got) != 0 {
		t.Errorf("after dawn: %v, %v", got, err)
	}
	if one, ok, err := db.ForecastOf(t.Context(), "B", dusk); err != nil || !ok || !math.IsInf(one.SunNights, 1) {
		t.Errorf("B: %+v %v %v", one, ok, err)
	}
	if q, err := db.ForecastQuality(t.Context()); err != nil || q != c.Quality {
		t.Errorf("quality %+v, %v", q, err)
	}
}
