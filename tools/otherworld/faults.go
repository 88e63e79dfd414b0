package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// fault is one thing that is wrong with a lamp for a while.
type fault struct {
	code     device.Fault
	from, to time.Time
	severity float64 // 0 to 1
	creep    bool
	variant  int
	optional bool      // nobody could be sure of it
	deaf     []span    // when nobody hears the lamp
	mute     time.Time // when its modem last had no power, 0 while it never
	seen     time.Time // since when it shows
	heard    time.Time // since when it shows to somebody
	last     time.Time // until when, where that is not to
}

func (f *fault) on(t time.Time) bool { return !t.Before(f.from) && t.Before(f.to) }

// grown is how far a creeping fault has come: nothing at first, all after two thirds.
func (f *fault) grown(t time.Time) float64 {
	if !f.creep {
		return 1
	}
	return min(max(1.5*float64(t.Sub(f.from))/float64(f.to.Sub(f.from)), 0), 1)
}

// kinds lists what may befall a lamp; more often what happens more often.
var kinds = []device.Fault{
	device.LampDark, device.LampDark, device.LampDim, device.LampFlicker, device.LampDayBurning, device.LightShort,
	device.BatteryEmpty, device.BatteryAging, device.BatteryAging, device.BatteryOverheat, device.BatteryOvervoltage,
	device.PanelDead, device.PanelLowYield, device.PanelLowYield, device.SensorSuspect, device.ClockWrong, device.Tampered, device.LampSilent,
}

// draw gives three lamps in ten a fault.
func draw(r *rand.Rand, lamps []*lamp, from time.Time, days int) {
	for _, l := range lamps {
		if r.Float64() >= 0.3 {
			continue
		}
		f := &fault{code: kinds[r.IntN(len(kinds))], severity: r.Float64(), creep: r.IntN(2) == 0, variant: r.IntN(3)}
		begin := 6 + r.Float64()*float64(days-12)
		lasts := 2 + 4*r.Float64()
		switch f.code {
		case device.BatteryAging, device.PanelLowYield:
			begin, lasts = 5+3*r.Float64(), float64(days)
		case device.PanelDead, device.BatteryEmpty:
			lasts = 5 + 3*r.Float64()
		}
		f.from = from.Add(time.Duration(begin * 24 * float64(time.Hour)))
		f.to = f.from.Add(time.Duration(lasts * 24 * float64(time.Hour)))
		if end := from.AddDate(0, 0, days); f.to.After(end) {
			f.to = end
		}
		if l.settle(f) {
			l.bad = f
		}
	}
}

// settle fits the fault to the lamp: not every lamp can have every fault, and not
// every controller shows it.
func (l *lamp) settle(f *fault) bool {
	m := &l.maker
	switch f.code {
	case device.Tampered:
		return m.has(device.Tilt)
	case device.LampDim:
		f.optional = l.schedule.Motion
		return m.has(device.LoadW) || m.has(device.LoadA)
	case device.LampFlicker:
		f.optional = l.schedule.Motion || !m.has(device.SwitchCount) && l.interval > 15*time.Minute
	case device.LightShort:
		f.optional = l.row[18] == "" && f.variant > 0
		return !l.schedule.Motion && hoursAtFull(l.schedule) > 0 && l.schedule.Segments[len(l.schedule.Segments)-1].FromDawn
	case device.BatteryAging:
		deep := l.watts * hoursAtFull(l.schedule) / (l.b.nominal * l.b.cells * 2)
		if l.b.lithium {
			deep = l.watts * hoursAtFull(l.schedule) / (l.b.nominal * l.b.cells * 3.2)
		}
		gauge := m.method != "voltage" && m.has(device.BatterySoC)
		if f.variant == 0 && f.severity < 0.5 && !l.b.lithium { // a shorted cell shows in the voltage
			f.creep = false
			return true
		}
		f.variant = 1
		f.optional = !gauge || deep < 0.2 || !m.has(device.BatteryA)
	case device.BatteryOverheat:
		return m.has(device.BatteryTemp)
	case device.BatteryOvervoltage:
		f.creep = false
	case device.SensorSuspect:
		f.creep = false
		switch f.variant {
		case 0:
			f.optional = m.voltStep >= 0.05
		case 1:
			return m.has(device.PanelA) || m.has(device.PanelW)
		case 2:
			return m.method != "voltage" && m.has(device.BatterySoC)
		}
	case device.PanelDead, device.PanelLowYield:
		f.optional = !m.has(device.PanelW) && !m.has(device.PanelA) && !m.has(device.ChargedWh)
	}
	return true
}

// show notes that the fault can be seen at t.
func (f *fault) show(t time.Time) {
	if f.seen.IsZero() {
		f.seen = t
	}
	if f.heard.IsZero() && !slices.ContainsFunc(f.deaf, func(s span) bool { return s.has(t) }) {
		f.heard = t
	}
	f.last = t
}

// limit is how long a fault may take to be found, as the project promises it.
var limit = map[device.Fault]time.Duration{
	device.LampDark: 20 * time.Minute, device.LampDayBurning: time.Hour, device.BatteryOverheat: 15 * time.Minute, device.BatteryOvervoltage: 15 * time.Minute,
	device.Tampered: 10 * time.Minute, device.LampSilent: 2 * time.Hour, device.ClockWrong: time.Hour, device.BatteryEmpty: 15 * time.Minute,
	device.LampFlicker: 24 * time.Hour, device.LightShort: 24 * time.Hour, device.LampDim: 24 * time.Hour, device.SensorSuspect: 24 * time.Hour,
	device.PanelDead: 48 * time.Hour, device.PanelLowYield: 240 * time.Hour, device.BatteryAging: 336 * time.Hour,
}

// labels gives the lines of truth. What shows while nobody hears the lamp may be found and need not: it counts from the first
// look at which it shows to somebody. So it is with what creeps, with a charge that nothing limits before it is clearly too
// high, and with a light that burns by day too late to be told: who finds it then is early, not wrong.
func (l *lamp) labels() []label {
	f := l.bad
	always := f != nil && (f.creep || f.code == device.BatteryOvervoltage || f.code == device.LampDayBurning)
	if f == nil || f.seen.IsZero() && !always {
		return nil
	}
	if always {
		f.seen = f.from
	}
	end := f.to
	if !f.last.IsZero() && (f.code == device.BatteryOverheat || f.code == device.BatteryOvervoltage) {
		end = f.last
	}
	early := label{"lamp:" + l.id, f.code, f.seen, end, true}
	if f.heard.IsZero() {
		return []label{early}
	}
	heard := early
	heard.start, heard.optional = f.heard, f.optional || end.Sub(f.heard) < max(limit[f.code], 2*l.interval)+l.interval
	if !f.heard.After(f.seen) {
		return []label{heard}
	}
	early.end = f.heard
	return []label{early, heard}
}

// label is one line of truth.
type label struct {
	subject    string
	code       device.Fault
	start, end time.Time
	optional   bool
}
