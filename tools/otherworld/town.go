package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/yingguang/yingguang/device"
)

// zone is the town's: its nights and months are told in it.
var zone = time.FixedZone("CST", 8*3600)

// lamp is one pole: what stands in the roster, what only its builder knows, and how it is now.
type lamp struct {
	id, gateway, village, place string
	row                         []string
	lat, lon                    float64
	r                           *rand.Rand

	wp, watts      float64
	pwm            bool
	tilt, azimuth  float64
	horizon        float64 // of hills, rad
	grime          float64
	schedule       device.Schedule
	cell           float64       // ground irradiance at which its photo cell sees night, W/m²
	cellDelay      time.Duration // how long it has to
	interval, late time.Duration
	skew           time.Duration // of its clock
	maker          maker
	b              battery
	town           int // index of the village

	state
	bad *fault
}

// state is what a lamp carries on.
type state struct {
	night              bool // as its photo cell has it
	nightSince, seenAt time.Time
	cut, absorbed      bool
	wasCut             bool // and not lit since
	on                 bool
	charged, consumed  float64 // Wh
	lit                float64 // s
	switches           float64
	boot, seq          uint32
	gauge              float64 // %, as counted by a coulomb counter
	warm               float64 // K above the air, in the box
	frozen             float64 // what a stuck gauge shows
}

var schedules = []string{
	"dusk+0h:100 dawn:0", "dusk+0h:100 dusk+5h:40 dawn:0", "dusk+0h:100 dusk+3h:50 dusk+6h:25 dawn:0",
	"dusk+0h:80 dusk+6h:0", "motion 30/100", "", "dusk+0h:60 dawn-2h:100 dawn:0",
}

var columns = []string{
	"lamp", "stage", "batch", "village", "place", "place_kind", "lat", "lon", "panel_wp", "battery_ah", "battery_v", "battery_chemistry",
	"lamp_w", "profile", "gateway", "installed_on", "link", "interval_s", "schedule", "shade",
}

// build makes the town: villages of about forty lamps, half of them behind gateways.
func build(seed uint64, n int) []*lamp {
	r := rand.New(rand.NewPCG(seed, 77))
	var out []*lamp
	for i := range n {
		v := i / 40
		l := &lamp{
			id: fmt.Sprintf("OW-%04d", i+1), village: fmt.Sprintf("村%d", v+1), place: fmt.Sprintf("院%d-%d", v+1, i%40/8+1), town: v,
			lat: 29 + 0.02*float64(v) + 0.002*r.Float64(), lon: 106.2 + 0.015*float64(v) + 0.002*r.Float64(),
			r: rand.New(rand.NewPCG(seed, uint64(i)+1000)),
		}
		l.watts = []float64{10, 15, 20, 30}[r.IntN(4)]
		plan := schedules[r.IntN(len(schedules))]
		l.schedule, _ = device.ParseSchedule(plan) // the list above parses
		if plan == "" {
			l.schedule, _ = device.ParseSchedule("dusk+0h:100 dusk+4h:30 dawn:0")
		}
		need := l.watts * hoursAtFull(l.schedule) // Wh a night
		l.wp = math.Round(need/(0.75+0.5*r.Float64())/5) * 5
		chem := []string{"lifepo4", "gel", "lead_acid", "lifepo4"}[r.IntN(4)]
		volts, cells := 12.0, 6.0
		if chem == "lifepo4" {
			volts, cells = 12.8, 4
		}
		if l.watts == 30 && r.IntN(3) == 0 {
			volts, cells = 2*volts, 2*cells
		}
		ah := math.Round(need * (3 + 2.5*r.Float64()) / volts)
		if chem != "lifepo4" {
			ah = math.Round(ah * 1.3)
		}
		l.b = battery{lithium: chem == "lifepo4", cells: cells, nominal: ah, capacity: ah * (0.88 + 0.12*r.Float64()), aged: 0.9 + 0.5*r.Float64(), temp: 15}
		l.b.set(0.65 + 0.3*r.Float64())
		l.gauge = 100 * l.b.soc()
		l.pwm = r.IntN(2) == 0
		l.tilt, l.azimuth = (10+25*r.Float64())*math.Pi/180, (r.Float64()-0.5)*70*math.Pi/180
		shade := []string{"open", "open", "trees", "hill", "wall"}[r.IntN(5)]
		l.grime = 0.86 + 0.12*r.Float64()
		switch shade {
		case "trees":
			l.grime *= 0.8
		case "hill":
			l.horizon = 0.3
		case "wall":
			l.horizon = 0.2
		}
		l.cell, l.cellDelay = 0.2*math.Exp(3.4*r.Float64()), time.Duration(2+r.IntN(8))*time.Minute
		l.interval = []time.Duration{5, 10, 10, 15, 30, 60}[r.IntN(6)] * time.Minute
		l.maker = makers[r.IntN(len(makers))]
		l.charged, l.consumed, l.lit = 9000+20000*r.Float64(), 8000+20000*r.Float64(), math.Round(5e6*r.Float64())
		l.switches, l.boot = math.Round(900*r.Float64()), uint32(r.IntN(20))
		link := "mqtt"
		if v%2 == 1 {
			l.gateway, link = fmt.Sprintf("OG-%02d", i/20+1), "gateway"
			l.interval = max(10*time.Minute, min(l.interval, 30*time.Minute))
		}
		l.late = time.Duration(r.Int64N(int64(l.interval/time.Second))) * time.Second
		interval := strconv.Itoa(int(l.interval / time.Second))
		if r.IntN(4) == 0 {
			interval = "" // to be learnt
		}
		number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
		l.row = []string{
			l.id, "installed", "1", l.village, l.place, "courtyard", strconv.FormatFloat(l.lat, 'f', 5, 64), strconv.FormatFloat(l.lon, 'f', 5, 64),
			number(l.wp), number(ah), number(volts), chem, number(l.watts), "", l.gateway, "2024-06-01", link, interval, plan, shade,
		}
		for _, c := range []int{8, 9, 12, 19} { // offices do not know everything
			if r.IntN(14) == 0 {
				l.row[c] = ""
			}
		}
		out = append(out, l)
	}
	return out
}

// hoursAtFull is a schedule's night of twelve hours, in hours at 100 %.
func hoursAtFull(s device.Schedule) float64 {
	dusk := time.Date(2024, 1, 1, 18, 0, 0, 0, zone)
	sum := 0.0
	for m := range 72 {
		level := s.Level(dusk.Add(time.Duration(m)*10*time.Minute), dusk, dusk.Add(12*time.Hour))
		if s.Motion {
			level = s.Idle + 0.15*(s.Full-s.Idle)
		}
		sum += level / 100 / 6
	}
	return sum
}

func writeLamps(w io.Writer, lamps []*lamp) error {
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return err
	}
	for _, l := range lamps {
		if err := out.Write(l.row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
