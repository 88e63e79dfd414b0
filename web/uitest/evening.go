package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
)

// The people whom the tests are.
const (
	volunteer device.PersonID = "V-16"
	neighbour device.PersonID = "V-17" // on duty for the same courtyards
	resident  device.PersonID = "R-01"
	english   device.PersonID = "R-02" // reads English
)

// evening makes what happened before the tests begin.
type evening struct {
	db       *registry.DB
	journal  *journal.Journal
	dispatch *alerts.Dispatcher
	zone     *time.Location
	now      device.Millis
}

// trouble is one alert of the evening.
type trouble struct {
	lamp  device.LampID
	fault device.Fault
	since device.Millis
	over  device.Millis // 0 while it fires
	taker device.PersonID
}

func (e *evening) seed(ctx context.Context) error {
	troubles, err := e.troubles()
	if err != nil {
		return err
	}
	wrong := map[device.LampID]device.Fault{}
	for _, t := range troubles {
		if t.over == 0 {
			wrong[t.lamp] = t.fault
		}
	}
	c := alerts.Checkpoint{Position: journal.Position{Created: 1, Seq: 1}}
	for i, l := range e.db.Lamps() {
		if l.Stage != device.Installed || l.Link == device.LinkNone {
			continue
		}
		c.Lamps = append(c.Lamps, e.state(l, i, wrong[l.ID]))
		c.Nights = append(c.Nights, e.nights(l, wrong[l.ID])...)
		c.Forecasts = append(c.Forecasts, e.forecast(l, i))
		c.Batteries = append(c.Batteries, e.battery(l, i))
	}
	c.Quality = alerts.ForecastQuality{Nights: 2760, Right: 2712, Ended: 96, Both: 74, Off: [24]int{1: 20, 2: 30, 4: 24}}
	stranger := lit("JP-9001", e.now.Add(-3*time.Minute), 71)
	c.Lamps = append(c.Lamps, alerts.LampState{Last: stranger, LastSeen: stranger.Received, Lit: true, Known: true})
	if err := e.db.Commit(ctx, c); err != nil {
		return err
	}
	for i, t := range troubles {
		if err := e.tell(ctx, t, uint64(2+2*i)); err != nil { //nolint:gosec // a small count
			return err
		}
	}
	if err := e.storm(ctx, wrong, uint64(3+2*len(troubles))); err != nil { //nolint:gosec // a small count
		return err
	}
	if err := e.journal.KeepUnknown(ctx, &journal.Block{At: stranger.Received, Readings: []device.Reading{stranger}}); err != nil {
		return err
	}
	if err := e.system(ctx); err != nil {
		return err
	}
	return e.rejects(ctx)
}

// troubles chooses lamps of the volunteer's and of others' courtyards.
func (e *evening) troubles() ([]trouble, error) {
	var mine, others []device.LampID
	for _, l := range e.db.Lamps() {
		if l.Stage != device.Installed || l.Link == device.LinkNone {
			continue
		}
		duty := e.db.OnDuty(l.Place.ID, e.now)
		switch {
		case len(duty) > 1 && duty[0].ID == volunteer: // asked first
			mine = append(mine, l.ID)
		case !slices.ContainsFunc(duty, func(d device.Person) bool { return d.ID == volunteer }):
			others = append(others, l.ID)
		}
	}
	if len(mine) < 5 || len(others) < 60 {
		return nil, fmt.Errorf("the sample town has too few courtyards for this: %d, %d", len(mine), len(others))
	}
	ago := func(d time.Duration) device.Millis { return e.now.Add(-d) }
	all := []trouble{
		{mine[0], device.LampDark, ago(52 * time.Minute), 0, ""},
		{mine[1], device.BatteryEmpty, ago(75 * time.Minute), 0, ""},
		{mine[2], device.LampDark, ago(40 * time.Minute), 0, neighbour},
		{mine[3], device.LampSilent, ago(26 * time.Hour), 0, ""},
		{mine[4], device.LampDark, ago(29 * time.Hour), ago(26 * time.Hour), volunteer},
		{others[7], device.LampDark, ago(35 * time.Minute), 0, ""},
		{others[23], device.BatteryEmpty, ago(80 * time.Minute), 0, ""},
		{others[41], device.LampSilent, ago(30 * time.Hour), 0, ""},
		{others[52], device.LampDark, ago(49 * time.Minute), 0, ""},
	}
	slices.SortFunc(all, func(a, b trouble) int { return int(a.since - b.since) })
	return all, nil
}

// state is a lamp's last reading: lit, unless something is wrong with it.
func (e *evening) state(l device.Lamp, i int, wrong device.Fault) alerts.LampState {
	soc := 58 + float64(i*37%41)
	at := e.now.Add(-time.Duration(10+i*53%280) * time.Second)
	on := true
	switch wrong {
	case device.LampDark:
		on = false
	case device.BatteryEmpty:
		on, soc = false, 4
	case device.LampSilent:
		at = e.now.Add(-27 * time.Hour)
	default:
		if i%29 == 0 { // a few that the schedule has switched off
			on = false
		}
		if i%47 == 0 {
			soc = 27
		}
	}
	r := lit(l.ID, at, soc)
	if i%5 == 2 && on { // it measures its battery's current instead of its load
		r = device.Reading{Lamp: l.ID, SentTS: at, Received: r.Received}
		for f, v := range map[device.Field]float64{device.BatteryV: 12.8, device.BatterySoC: soc, device.BatteryA: -0.91, device.PanelW: 0, device.LampOn: 1} {
			r.Set(f, v)
		}
		r.Place()
	}
	if !on {
		r.Set(device.LoadW, 0)
		r.Set(device.LoadA, 0)
		r.Set(device.LampOn, 0)
		if wrong == device.LampDark {
			r.Set(device.LampOn, 1)
		}
	}
	return alerts.LampState{Last: r, LastSeen: at, Lit: on, Known: true}
}

// forecast has every seventeenth lamp go out before dawn.
func (e *evening) forecast(l device.Lamp, i int) alerts.Forecast {
	n := night.At(e.now, l.Lat, l.Lon, e.zone)
	f := alerts.Forecast{
		Lamp: l.ID, Village: l.Place.Village, Night: n.Date, At: e.now, Dusk: n.Dusk, Dawn: n.Dawn, LeftWh: 310, NightWh: 160,
		DarkNights: 1.9, SunNights: math.Inf(1), Known: "gauge",
	}
	if i%17 == 3 {
		f.LeftWh = 60 + float64(i%40)
		f.OutAt = n.Dusk.Add(time.Duration(f.LeftWh / f.NightWh * float64(n.DarkFor())))
		f.DarkNights, f.SunNights = f.LeftWh/f.NightWh, f.LeftWh/f.NightWh+0.2
	}
	return f
}

// battery is known of most lamps; of some it still takes something.
func (e *evening) battery(l device.Lamp, i int) alerts.Battery {
	nan := math.NaN()
	b := alerts.Battery{Lamp: l.ID, At: e.now.Add(-20 * time.Minute), Known: "gauge", LeftPct: 58 + float64(i*37%41), NightsLeft: 2.3, HealthPct: 79, HealthBy: "gauge", Resistance: 1.2}
	switch i % 5 {
	case 1:
		b.HealthPct, b.HealthBy, b.HealthNeeds, b.HealthNights = nan, "", alerts.NeedNights, 2
	case 2:
		b.Known, b.HealthPct, b.HealthBy, b.HealthNeeds, b.Resistance = "rough", nan, "", alerts.NeedCycle, nan
	case 3:
		b.Known, b.LeftPct, b.NightsLeft, b.LeftNeeds = "", nan, nan, alerts.NeedCharge
		b.HealthPct, b.HealthBy, b.HealthNeeds, b.Resistance = nan, "", alerts.NeedCycle, nan
	}
	return b
}

func lit(lamp device.LampID, at device.Millis, soc float64) device.Reading {
	r := device.Reading{Lamp: lamp, SentTS: at, Received: at.Add(2 * time.Second)}
	for f, v := range map[device.Field]float64{
		device.BatteryV: math.Round((12.3+soc/100)*100) / 100, device.BatterySoC: soc, device.BatteryTemp: 14.5, device.PanelV: 0.4, device.PanelW: 0,
		device.LoadV: 12.7, device.LoadA: 0.93, device.LoadW: 11.8, device.LampOn: 1, device.DimPct: 100, device.RSSI: -79,
	} {
		r.Set(f, v)
	}
	r.Place()
	return r
}

// nights are the last ones of a lamp; the battery of a lamp that is empty fails early.
func (e *evening) nights(l device.Lamp, wrong device.Fault) []device.NightLight {
	var out []device.NightLight
	for back := 7; back >= 1; back-- {
		n := night.At(e.now.Add(-time.Duration(back)*24*time.Hour), l.Lat, l.Lon, e.zone)
		dark := n.DarkFor().Seconds()
		shining := dark - 60
		if wrong == device.BatteryEmpty && back <= 3 {
			shining = dark * float64(back+1) / 6
		}
		if wrong == device.LampSilent && back == 1 {
			continue
		}
		until := n.Dusk.Add(time.Duration(shining * float64(time.Second)))
		out = append(out, device.NightLight{
			Lamp: l.ID, Night: n.Date, Dusk: n.Dusk, Dawn: n.Dawn, LitS: shining, ExpectedS: dark, ObservedS: dark, Switches: 2, SoCMin: 48, Readings: 150,
			LitUntil: until, EndSeen: shining < dark-60, PromisedUntil: n.Dawn, DepthPct: 38 + float64(back),
		})
	}
	return out
}

// tell writes an alert with its ticket and notices, and what became of them.
func (e *evening) tell(ctx context.Context, t trouble, seq uint64) error {
	subject := device.LampSubject(t.lamp)
	a := alerts.Alert{ID: fmt.Sprintf("%s-%d", t.lamp, t.since), Fault: t.fault, Subject: subject, State: alerts.Firing, Since: t.since, FiredAt: t.since.Add(15 * time.Minute)}
	err := e.commit(ctx, alerts.Change{At: a.FiredAt, Alert: a}, []device.Fault{t.fault}, seq)
	if err != nil {
		return err
	}
	if t.taker != "" {
		tickets, err := e.db.OpenTickets(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(tickets, func(x alerts.Ticket) bool { return x.Subject == subject })
		at := a.FiredAt.Add(9 * time.Minute)
		if _, err := e.db.Take(ctx, tickets[i].ID, t.taker, at, func(x alerts.Ticket) []alerts.Notice { return e.dispatch.Taken(x, at) }); err != nil {
			return err
		}
	}
	if t.over == 0 {
		return nil
	}
	a.State, a.EndedAt = alerts.Resolved, t.over
	return e.commit(ctx, alerts.Change{At: t.over, Alert: a}, nil, seq+1)
}

func (e *evening) commit(ctx context.Context, c alerts.Change, firing []device.Fault, seq uint64) error {
	open, err := e.db.OpenTickets(ctx)
	if err != nil {
		return err
	}
	standing := func(s device.Subject) ([]device.Fault, bool) {
		if s == c.Alert.Subject {
			return firing, false
		}
		return []device.Fault{device.LampDark}, false
	}
	return e.db.Commit(ctx, alerts.Checkpoint{
		Position: journal.Position{Created: 1, Seq: seq}, Changes: []alerts.Change{c}, Tickets: e.dispatch.Apply([]alerts.Change{c}, open, standing, c.At),
	})
}

func (e *evening) rejects(ctx context.Context) error {
	for _, r := range []journal.Rejected{
		{Topic: "jiaping/lamps/JP-0031/telemetry", Lamp: "JP-0031", Reason: "out_of_range", Text: "battery_v 99 is outside 0 to 80 V", Payload: []byte(`{"ts":1795435200,"battery_v":99}`)},
		{Topic: "jiaping/lamps/JP-0012/telemetry", Lamp: "JP-0012", Reason: "bad_json", Text: "not JSON: unexpected end at byte 17", Payload: []byte(`{"ts":179543520,"`)},
	} {
		r.Received, r.Readings = e.now.Add(-12*time.Minute), 1
		if err := e.journal.Reject(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// system tells the office of a disk that fills, and of an audit that agrees again.
func (e *evening) system(ctx context.Context) error {
	for _, n := range []registry.SystemNotice{
		{Key: "disk/14", Kind: "disk", Chinese: "按最近几天的趋势，磁盘约 11 天后写满，请清理或扩容", English: "by the trend of the last days the disk is full in about 11 days: free some space, or add a disk"},
		{Key: "audit/JP-0007/2026-11-20", Kind: "audit", Chinese: "JP-0007 在 2026-11-20：台账已存 143 条，InfluxDB 有 144 条", English: "JP-0007 on 2026-11-20: the ledger has stored 143 readings, InfluxDB holds 144"},
	} {
		n.At = e.now.Add(-3 * time.Hour)
		if _, err := e.db.RaiseSystem(ctx, n); err != nil {
			return err
		}
	}
	return e.db.EndSystem(ctx, "audit/JP-0007/2026-11-20", e.now)
}
