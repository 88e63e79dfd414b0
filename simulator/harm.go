package simulator

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// ill is one fault as it stands for one lamp, in time.
type ill struct {
	*Fault

	from, until device.Millis // until is far away where it lasts for ever
	sighting    sighting
}

// never is later than any recording ends.
const never = device.Millis(1 << 52)

// harm is what all the faults of a lamp do to it at one moment.
type harm struct {
	dark, day, dead bool          // the light is off, burns by day; the panel gives nothing
	dim             float64       // share of the light lost
	flicker         float64       // interruptions an hour
	short           float64       // share of the night's light lost
	leak            float64       // W lost beside the lamp
	faded           float64       // share of the battery's capacity lost
	lostVolts       float64       // V, of a dead cell of a lead battery
	heat            float64       // K above its surroundings
	over            float64       // share by which the charging limit is too high
	yield           float64       // share of the panel's light lost
	branch          float64       // share of the beam lost where a branch has grown
	stolen          bool          // there is no battery
	lean            float64       // degrees by which the pole was pushed
	frozen, zero    bool          // sensors of the battery hang, or read nothing
	clock           time.Duration // by which its clock is ahead
	reset           device.Millis // since when its clock counts from 2000 again; 0 if it does not
	silent, cutOff  bool          // its modem, or its gateway, is dead
}

// harmAt adds up what is wrong at t.
func (p *pole) harmAt(t device.Millis) (h harm) {
	for i := range p.ills {
		if f := &p.ills[i]; t >= f.from && t < f.until {
			f.does(&h, t, p)
		}
	}
	return h
}

// grown is the severity at t: at once, or creeping up.
func (i *ill) grown(t device.Millis) float64 {
	s := i.severity()
	if i.Creeps > 0 {
		s *= min(1, float64(t.Sub(i.from))/float64(i.Creeps))
	}
	return s
}

// does is what the fault does to a lamp at t.
func (i *ill) does(h *harm, t device.Millis, p *pole) {
	s := i.grown(t)
	switch i.Code {
	case device.LampDark:
		h.dark = i.Creeps == 0 || t >= i.from.Add(i.Creeps)
		if !h.dark { // water in the driver: it fails now and then, until it is dead
			h.flicker = 30 * s / i.severity()
		}
	case device.LampDim:
		h.dim = s
	case device.LampFlicker:
		h.flicker = 60 * s
	case device.LampDayBurning:
		h.day = true
	case device.LightShort:
		h.short = s
	case device.BatteryEmpty:
		if i.Cause == causeLeak {
			h.leak += 0.3 * s * p.wp
		} else {
			h.faded = 1 - 1.0/40
		}
	case device.BatteryAging:
		h.faded = s
		if i.Cause == causeCell && p.chemistry.perKelvin > 0 {
			h.lostVolts = 2
		}
	case device.BatteryOverheat:
		h.heat = 30 + 60*s
	case device.BatteryOvervoltage:
		h.over = 0.25 * s
	case device.PanelDead:
		h.dead = true
	case device.PanelLowYield:
		if i.Cause == causeBranch {
			h.branch = min(1, 1.4*s)
			s *= 0.6 // of the sky it hides less than of the sun's path
		}
		h.yield = s
	case device.Tampered:
		if i.Cause == causeTilt {
			h.lean = 8 + 40*s
		} else {
			h.stolen = true
		}
	default:
		i.doesToWord(h, s)
	}
}

// doesToWord are the faults that change only what is heard of the lamp.
func (i *ill) doesToWord(h *harm, s float64) {
	switch i.Code {
	case device.SensorSuspect:
		h.frozen, h.zero = i.Cause != causeZero, i.Cause == causeZero
	case device.ClockWrong:
		switch i.Cause {
		case causeReset:
			h.reset = i.from
		case causeAhead:
			h.clock = time.Duration(s * 4 * float64(time.Hour))
		default:
			h.clock = -8 * time.Hour
		}
	case device.LampSilent:
		h.silent = true
	case device.GatewaySilent:
		h.cutOff = true
	}
}

// afflict gives a pole its share of the faults, whose times count from live.
func (p *pole) afflict(faults []Fault, live device.Millis) {
	p.ills = p.ills[:0]
	for i := range faults {
		f := &faults[i]
		if !f.strikes(&p.lamp) {
			continue
		}
		one := ill{Fault: f, from: live.Add(f.From), until: never}
		if f.Lasts > 0 {
			one.until = one.from.Add(f.Lasts)
		}
		p.ills = append(p.ills, one)
	}
}
