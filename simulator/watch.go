package simulator

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// sighting is what the telemetry showed of a fault.
type sighting struct {
	first, last device.Millis
	times       int
	soon        time.Duration // that the readings which showed it in the first ten days stand for
}

// watch is the wise observer of one lamp: it notes when a fault could be seen, when
// the battery was low, and how full it was each evening.
type watch struct {
	from      device.Millis
	hour      device.Millis // of the last look for a reboot
	lowSince  device.Millis // 0 while the battery is well
	labels    []Label
	evening   device.Millis // the dusk that was noted last
	evenings  []float64     // charge at each dusk since the beginning, 0 to 1; NaN where the lamp has a fault
	firstDusk device.Millis
}

// note sees one moment; arrives says whether a message of it gets through.
func (w *watch) note(p *pole, n *now, arrives bool, d delivery) {
	w.noteBattery(p, n)
	for i := range p.ills {
		f := &p.ills[i]
		if n.t < f.from || n.t >= f.until || !arrives {
			continue
		}
		var seen bool
		switch f.Code {
		case device.GatewaySilent:
			seen = d.due
		case device.LampSilent: // of a lamp whose battery is or was just low nobody can tell why it is silent
			seen = d.due && w.lowSince == 0
		default:
			seen = d.prompt && !n.silent && f.shows(p, n)
		}
		if seen {
			f.see(n.t.Add(p.drift), p.interval) // by the lamp's own clock, as its readings are judged
		}
	}
}

// see notes one sighting. A fault that must be told quickly has to show without a
// gap for as long as that takes: what showed for less, such as a battery that went
// empty in the last minutes of a night, begins nothing.
func (i *ill) see(t device.Millis, interval time.Duration) {
	s := &i.sighting
	if mustLast(i.Code) < 3*time.Hour && !i.plain() && t.Sub(s.last) > max(45*time.Minute, 3*interval) {
		s.times = 0
	}
	if s.times == 0 {
		s.first = t
	}
	s.last = t
	s.times++
	if t.Sub(s.first) <= 10*24*time.Hour {
		s.soon += interval
	}
}

// plain says whether the fault has shown for so long that it must be found.
func (i *ill) plain() bool {
	if i.Code == device.PanelLowYield && i.sighting.soon < comparable {
		return false
	}
	return i.sighting.times >= 2 && i.sighting.last.Sub(i.sighting.first) >= mustLast(i.Code)
}

// Margins of what can be seen.
const (
	lastOfNight = 45 * time.Minute // a light that should burn for less than this tells nothing
	twilight    = 25 * time.Minute // civil twilight at 29° N: photo-cells switch within it
	comparable  = 9 * time.Hour    // three mornings: so long a panel must have given all it could to be compared with others
	nearlyEmpty = 0.12             // of a battery that holds less nobody can tell why its lamp went out
)

// shows says whether a reading of this moment shows the fault to somebody who
// knows the lamp, its schedule and its neighbours.
func (i *ill) shows(p *pole, n *now) bool {
	grown := i.grown(n.t)
	load := p.vendor.measures(device.LoadW) || p.vendor.measures(device.LoadA)
	night := n.t >= p.tonight.Dusk.Add(twilight) && n.t < p.tonight.Dawn
	whole := i.from <= p.tonight.dusk // what is judged by the night has a whole one from here on
	burns := night && load && n.commanded && !p.Cut && p.SoC > nearlyEmpty && p.tonight.level(n.t.Add(lastOfNight)) > 0
	units := max(1, math.Floor(p.volts/12))
	switch i.Code {
	case device.LampDark:
		return burns && n.dark
	case device.LampDim:
		return burns && whole && grown >= 0.3 && (!p.schedule.Motion || p.vendor.measures(device.DimPct))
	case device.LampFlicker:
		return burns && whole && grown >= 0.1
	case device.LampDayBurning:
		byDay := n.t >= p.tonight.Dawn || n.t < p.tonight.Dusk.Add(-2*time.Hour)
		return byDay && load && n.loadW > 0
	case device.LightShort:
		lacks := n.promised > 0 && n.level == 0 && !p.Cut && p.SoC > nearlyEmpty && p.tonight.level(n.t.Add(lastOfNight)) > 0
		return night && whole && load && lacks && p.lamp.Schedule.Known() && !p.schedule.Motion
	case device.BatteryEmpty:
		return p.Cut && n.volts < 12.2*units
	case device.BatteryAging:
		return grown >= 0.35 && p.vendor.voltage > 10 && p.vendor.method >= 0
	case device.BatteryOverheat:
		return p.Temp > 62 && p.vendor.measures(device.BatteryTemp)
	case device.BatteryOvervoltage:
		return n.volts > 15.2*units
	case device.PanelDead:
		return n.sun.up > 0.25 && n.clear*n.through > 60
	case device.PanelLowYield:
		return grown >= 0.35 && n.sun.up > 0.25 && n.clear*n.through > 100 && n.panelW > 0.98*n.sunW // a full battery hides what its panel could give
	case device.Tampered:
		if i.Cause == causeTilt {
			return p.vendor.leans
		}
		return p.Gone
	case device.ClockWrong:
		return i.Cause != causeAhead || n.harm.clock > 10*time.Minute
	}
	return true
}

// noteBattery keeps the evenings and the times when the battery was low, whatever
// the cause: what is said then of an empty battery is not false.
func (w *watch) noteBattery(p *pole, n *now) {
	if n.t < w.from {
		return
	}
	if dusk := p.tonight.dusk; n.t >= dusk && dusk != w.evening && dusk >= w.from {
		if w.evening == 0 {
			w.firstDusk = p.tonight.Noon
		}
		w.evening = dusk
		charge := p.SoC
		if n.drains() || p.Cut && n.faded > 0 {
			charge = math.NaN()
		}
		w.evenings = append(w.evenings, charge)
	}
	switch low := p.SoC < 0.2 || p.Cut; {
	case low && w.lowSince == 0:
		w.lowSince = n.t
	case !low && w.lowSince != 0 && p.SoC > 0.45:
		w.empty(p.lamp.ID, n.t)
	}
}

// drains says whether a fault of the lamp's own makes it poorer than its neighbours.
func (h *harm) drains() bool {
	return h.day || h.dead || h.leak > 0 || h.faded > 0 || h.lostVolts > 0 || h.heat > 0 || h.over > 0 || h.yield > 0 || h.stolen
}

// empty ends a time with a low battery at t.
func (w *watch) empty(id device.LampID, t device.Millis) {
	subject := device.LampSubject(id)
	for _, f := range []device.Fault{device.BatteryEmpty, device.LightShort, device.LampSilent} {
		w.labels = append(w.labels, Label{subject, f, w.lowSince, t.Add(24 * time.Hour), true})
	}
	w.lowSince = 0
}

// close ends what lasts to the end of the recording.
func (w *watch) close(id device.LampID, until device.Millis) {
	if w.lowSince != 0 {
		w.empty(id, until)
	}
}
