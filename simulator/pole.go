package simulator

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// now is everything that a sensor could see at one moment.
type now struct {
	moment
	harm

	t             device.Millis
	volts, amps   float64 // of the battery; positive charges
	panelV        float64
	panelW, loadW float64
	sunW          float64 // what the panel could have given
	promised      float64 // by the schedule, %
	level         float64 // commanded, %
	commanded     bool
	mute          bool    // the modem has no power
	state         float64 // index into ChargeState's words
}

// The charge states by their place in device.Fields.
const (
	stateOff = iota
	stateMPPT
	stateBoost
	stateFloat
)

// Figures of a controller and its box.
const (
	tracking = 0.97 // efficiency of the MPPT converter
	standby  = 0.25 // W of controller and modem
	thermal  = 1.0  // K/W from a 12 V battery in its box to the air
	inTheSun = 6.0  // K by which the box is warmer under 1,000 W/m²
	lag      = 3.0  // h, time constant of a battery's temperature
	burst    = 0.3  // h, the same while it heats itself
)

// strideMillis is the longest stride of the physics.
const strideMillis = 10 * 60 * 1000

// advance lives to t in strides of at most strideMillis.
func (p *pole) advance(t device.Millis, w *skies, nights calendar) now {
	for p.At != 0 && t-p.At > strideMillis {
		p.step(p.At+strideMillis, w, nights)
	}
	return p.step(t, w, nights)
}

// step lives to t in one stride, which should not be longer than ten minutes.
func (p *pole) step(t device.Millis, w *skies, nights calendar) now {
	hours := 0.0
	if p.At != 0 {
		hours = max(0, t.Sub(p.At).Hours())
	}
	p.At = t
	n := now{t: t, moment: w.at(p.village, t), harm: p.harmAt(t)}
	p.swap(&n)
	p.shine(&n, hours)
	b := newBattery(p.chemistry, p.ah, p.volts, p.health*(1-n.faded), p.Temp)
	b.soc, b.lost = p.SoC, n.lostVolts
	b.ohms /= max(0.2, 1-n.faded) * max(0.2, 1-n.faded)
	p.dusk(&n, w, nights)
	p.light(&n, &b)
	p.charge(&n, &b, hours)
	p.warm(&n, hours)
	p.count(&n, hours)
	return n
}

// swap notes that the battery was stolen, or that there is a new one.
func (p *pole) swap(n *now) {
	switch {
	case n.stolen:
		p.Gone, p.SoC, p.Counted, p.Full, p.Cut = true, 0, 0, false, true
	case p.Gone:
		p.Gone, p.SoC, p.Counted, p.Cut = false, 0.5, 0.5, false
		p.Boot, p.Seq = p.Boot+1, 0
	}
}

// shine is the panel: irradiance on its plane, the cell 45 °C at 800 W/m² and
// 20 °C (NOCT, IEC 61215), −0.4 % of power per kelvin, and a tracker that finds 95 %
// of it. Dust takes 0.08 to 0.3 % more of the light each dry day and rain washes
// it off (Kimber and others, 2006).
func (p *pole) shine(n *now, hours float64) {
	p.Dust = min(0.25, p.Dust+p.dust*hours/24)
	if n.rain > 0 {
		p.Dust *= math.Exp(-n.rain * hours)
	}
	g := p.site.on(n.sun, n.clear*n.through, n.cloud, n.branch) * (1 - p.Dust) * (1 - n.yield)
	if n.dead {
		g = 0
	}
	cell := n.ambient + (45-20)/800.0*g
	n.sunW = p.wp * g / 1000 * (1 - 0.004*(cell-25)) * 0.95
	if n.sunW < 0.3 {
		n.sunW = 0
	}
	if g > 0 {
		n.panelV = 17.5 * max(1, math.Floor(p.volts/12)) * (1 - 0.003*(cell-25)) * min(1, 0.75+0.06*math.Log(1+g))
	}
}

// light is the lamp and its controller's command.
func (p *pole) light(n *now, b *battery) {
	n.promised = p.tonight.level(n.t)
	if p.schedule.Motion && n.promised > 0 && uniform(p.seed, 77, uint64(n.t)/60000) < p.tonight.passing(n.t) {
		n.promised = p.schedule.Full
	}
	n.level = n.promised
	if n.short > 0 && n.t >= p.tonight.dusk.Add(time.Duration((1-n.short)*float64(p.tonight.last.Sub(p.tonight.dusk)))) {
		n.level = 0
	}
	if n.day {
		n.level = max(n.level, 100)
	}
	n.commanded = n.level > 0
	loaded := b.volts(-p.watts*n.level/100/b.rest(), b.full*b.units)
	switch {
	case n.stolen:
	case p.Cut && b.volts(n.sunW/b.rest(), b.full*b.units) > b.back*b.units && b.soc > 0.1:
		p.Cut = false
	case !p.Cut && n.commanded && (loaded < b.cut*b.units || b.soc < 0.03):
		p.Cut = true
	}
	if p.Cut {
		n.level, n.commanded = 0, false
		return
	}
	n.loadW = p.watts * n.level / 100 * (1 - n.dim)
	if n.dark {
		n.loadW = 0
	}
}

// flickers is the share of the time that interruptions of 40 s take.
func (n *now) flickers() float64 { return min(0.6, n.flicker*40/3600) }

// charge is the controller: bulk until the battery takes no more, boost until the
// current has tapered off, then float; over the night it forgets that it was full.
func (p *pole) charge(n *now, b *battery, hours float64) {
	if n.stolen {
		n.panelW, n.mute = 0, n.sunW < 5
		return
	}
	volts := b.rest()
	drawn := n.loadW*(1-n.flickers()) + standby + n.leak
	if n.heat > 0 && b.soc > 0.02 {
		drawn += n.heat / thermal // an internal short: the heat is the battery's own
	} else {
		n.heat = 0
	}
	net := (n.sunW*tracking - drawn) / volts
	limit := (b.full - b.perKelvin*(p.Temp-25)) * b.units * (1 + n.over)
	takes, most := b.takes(), 1.0
	if n.over > 0 {
		takes, most, p.Full = b.ah, 1.06, false
	}
	switch {
	case n.sunW < 1:
		p.Full = false
	case net <= 0:
		n.state = stateMPPT
	case p.Full && b.soc > 0.9:
		n.state, net = stateFloat, min(net, 0.002*b.ah)
		limit = (b.float - b.perKelvin*(p.Temp-25)) * b.units
	default:
		p.Full = false
		n.state = stateMPPT
		if b.soc > b.rises {
			n.state = stateBoost
		}
		if net > takes {
			net = takes
			p.Full = takes < 0.03*b.ah
		}
	}
	n.panelW = max(0, min(n.sunW, (net*volts+drawn)/tracking))
	if n.sunW > 0 { // away from the maximum power point the panel's voltage climbs
		n.panelV *= 1 + 0.2*(1-n.panelW/n.sunW)
	}
	if n.over > 0 && b.soc >= 1 && net > 0 {
		n.heat += 0.7 * net * volts * thermal // what a full battery takes becomes heat
	}
	b.move(net, hours, most)
	p.SoC = b.soc
	n.amps, n.volts = net, b.volts(net, limit)
	if n.state == stateFloat {
		n.volts = limit
	}
	n.mute = n.sunW < 2 && (p.SoC <= 0.002 || p.vendor.onLoad && p.Cut)
	p.Counted = min(max(p.Counted+(net+p.offset)*hours/p.ah, 0), 1)
	if p.Full {
		p.Counted = 1
	}
}

// warm is the battery's temperature: the box's, with a lag.
func (p *pole) warm(n *now, hours float64) {
	target, tau := n.ambient+inTheSun*n.clear*n.through/1000+n.heat, lag
	if n.heat > 0 {
		tau = burst
	}
	p.Temp += (min(target, 88) - p.Temp) * (1 - math.Exp(-hours/tau))
}

// count moves the counters.
func (p *pole) count(n *now, hours float64) {
	p.ChargedWh += n.panelW * hours
	lit := 1 - n.flickers()
	p.ConsumeWh += n.loadW * hours * lit
	on := n.loadW > 0.5
	if on {
		p.LitS += hours * 3600 * lit
		p.Switches += math.Round(2 * n.flicker * hours)
	}
	if on != p.On {
		p.On = on
		p.Switches++
	}
}
