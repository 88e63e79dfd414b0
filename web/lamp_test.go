package web

import (
	"math"
	"testing"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

type nightList struct {
	Nights []nightView `json:"nights"`
	Words  *words      `json:"words"`
	More   int         `json:"words_more"`
}

// What the engine knows of a lamp reaches its page: how its evenings went, its battery, and how good forecasts were.
func TestLampTellsWhatIsKnown(t *testing.T) {
	h := open(t)
	path := "/api/v1/lamps/" + faultyLamp
	if got := get[lampDetail](h, path, nil); got.Battery != nil || got.Quality != nil || got.Forecast != nil {
		t.Errorf("before anything is known: %+v", got)
	}
	if got := get[nightList](h, path+"/nights", nil); got.Words != nil || got.More != 3 {
		t.Errorf("before any night: %+v", got)
	}
	noon := time.Date(2026, 11, 10, 12, 0, 0, 0, h.server.cfg.Location)
	var nights []device.NightLight
	for i := range 12 {
		day := noon.AddDate(0, 0, i)
		at := func(hours float64) device.Millis {
			return device.MillisOf(day.Add(time.Duration(hours * float64(time.Hour))))
		}
		n := device.NightLight{
			Lamp: faultyLamp, Night: day.Format(time.DateOnly), Dusk: at(6), Dawn: at(19), SoCMin: math.NaN(), DepthPct: 41.26, Readings: 150, ObservedS: 46_800,
			LitUntil: at(10.1), EndSeen: true, PromisedUntil: at(10.2),
		}
		switch i {
		case 3:
			n.LitUntil = at(7.5) // a bad evening counts
		case 4:
			n.LitUntil, n.EndSeen, n.DepthPct = 0, false, math.NaN() // one that nobody watched does not
		}
		nights = append(nights, n)
	}
	nan := math.NaN()
	h.commit(alerts.Checkpoint{
		Nights: nights, Quality: alerts.ForecastQuality{Nights: 100, Right: 97, Ended: 9, Both: 8, Off: [24]int{2: 8}},
		Forecasts: []alerts.Forecast{{Lamp: wellLamp, Night: "2026-11-22", Dawn: 1, SunNights: nan}},
		Batteries: []alerts.Battery{{
			Lamp: faultyLamp, At: 5, Known: "gauge", LeftPct: 81.04, NightsLeft: 2.26, HealthPct: nan, HealthNeeds: alerts.NeedNights, HealthNights: 2, Resistance: nan,
		}},
	})
	list := get[nightList](h, path+"/nights?limit=2", nil)
	if list.Words == nil || list.Words.English != "lit until 22:00 on 10 of 11 evenings" || list.Words.Chinese != "最近 11 晚里，有 10 晚亮到 22:00" || list.More != 0 {
		t.Errorf("words %+v, %d more", list.Words, list.More)
	}
	if len(list.Nights) != 2 || *list.Nights[0].DepthPct != 41.3 || *list.Nights[0].LitUntil != nights[11].LitUntil || !list.Nights[0].EndSeen {
		t.Errorf("nights %+v", list.Nights)
	}
	got := get[lampDetail](h, path, nil)
	b := got.Battery
	if b == nil || *b.LeftPct != 81 || *b.NightsLeft != 2.3 || b.LeftNeeds != "" || b.HealthPct != nil || b.HealthNeeds != "nights" || *b.HealthNights != 2 {
		t.Errorf("battery %+v", b)
	}
	if q := got.Quality; q == nil || q.Nights != 100 || q.Right != 97 || *q.OffMin != 38 {
		t.Errorf("quality %+v", q)
	}
}

// Where no load is measured at night, it is what leaves the battery, and said to be derived.
func TestLoadIsDerived(t *testing.T) {
	for name, c := range map[string]struct {
		set  map[device.Field]float64
		want float64
	}{
		"at night":       {map[device.Field]float64{device.BatteryV: 12.8, device.BatteryA: -0.75}, 9.6},
		"at dusk":        {map[device.Field]float64{device.BatteryV: 12.8, device.BatteryA: -0.5, device.PanelW: 2}, 8.4},
		"charging":       {map[device.Field]float64{device.BatteryV: 13.8, device.BatteryA: 3}, 0},
		"measured":       {map[device.Field]float64{device.BatteryV: 12.8, device.BatteryA: -0.75, device.LoadA: 0.7}, 0},
		"no voltage":     {map[device.Field]float64{device.BatteryA: -0.75}, 0},
		"nothing flows ": {map[device.Field]float64{device.BatteryV: 12.8, device.BatteryA: 0}, 0},
	} {
		r := device.Reading{Lamp: wellLamp}
		for f, v := range c.set {
			r.Set(f, v)
		}
		if got := readingOf(&r).Derived["load_w"]; got != c.want {
			t.Errorf("%s: %v W, want %v", name, got, c.want)
		}
	}
}

// A lamp that one ticket names among many leads to that ticket, unless it has its own.
func TestLampOfManyLeadsToTheirTicket(t *testing.T) {
	h := open(t)
	own := h.breakLamp(faultyLamp)
	now, village := h.server.cfg.now(), device.Subject("village:大垭村")
	h.commit(alerts.Checkpoint{
		Changes: []alerts.Change{{At: now, Alert: alerts.Alert{
			ID: "storm", Fault: device.LampDark, Subject: village, State: alerts.Firing, Since: now, FiredAt: now,
			Detail: map[string]any{"lamps": []string{wellLamp, faultyLamp}},
		}}},
		Tickets: []alerts.TicketChange{{Ticket: alerts.Ticket{
			Subject: village, Village: "大垭村", State: alerts.TicketOpen, Faults: []device.Fault{device.LampDark}, AlertIDs: []string{"storm"}, RaisedAt: now,
		}}},
	})
	h.run()
	var got lampDetail
	h.until("the lamp's page knows the ticket", func() bool {
		got = get[lampDetail](h, "/api/v1/lamps/"+wellLamp, nil)
		return got.Ticket != nil
	})
	many := get[ticketView](h, ticketPath(*got.Ticket), h.login(anOfficer))
	if many.Kind != "village" || len(many.Lamps) != 2 {
		t.Errorf("ticket %+v", many)
	}
	if got := get[lampDetail](h, "/api/v1/lamps/"+faultyLamp, nil); got.Ticket == nil || *got.Ticket != own {
		t.Errorf("the lamp's own ticket is %v, want %d", got.Ticket, own)
	}
}
