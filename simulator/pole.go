package simulator

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
)

// pole is one lamp with its panel, controller and battery. What it is follows
// from the registry and the seed; what it has become is life.
type pole struct {
	lamp     device.Lamp
	seed     uint64
	panel    plane
	wp       float64 // W at standard test conditions, soiling and shade taken off
	watts    float64 // of the light at 100 %
	interval time.Duration
	phase    time.Duration // of its reports within the interval
	schedule device.Schedule

	life
}

// life is what a pole carries from one moment to the next.
type life struct {
	At        device.Millis `json:"at"`
	SoC       float64       `json:"soc"`
	Cut       bool          `json:"cut"` // disconnected at low voltage
	Full      bool          `json:"full"`
	ChargedWh float64       `json:"charged_wh"`
	ConsumeWh float64       `json:"consumed_wh"`
	LitS      float64       `json:"lit_s"`
	Switches  float64       `json:"switches"`
	On        bool          `json:"on"`
	Boot      uint32        `json:"boot"`
	Seq       uint32        `json:"seq"`
}

// defaultSchedule is what a lamp does that the registry knows no schedule of: its
// maker's preset, which whoever watches has to learn.
const defaultSchedule = "dusk+0h:100 dusk+4h:50 dawn:0"

func newPole(l device.Lamp, seed uint64) *pole {
	h := mix(seed, hashString(string(l.ID)), 0)
	p := &pole{
		lamp: l, seed: h, watts: orElse(l.LampW, 30), interval: l.Interval, schedule: l.Schedule,
		panel: plane{tilt: 25 + 10*uniform(h, 1, 0), azimuth: 160 + 40*uniform(h, 2, 0)},
	}
	shade := map[string]float64{"trees": 0.82, "hill": 0.88, "wall": 0.90}[l.Shade]
	p.wp = orElse(l.PanelWp, 80) * orElse(shade, 1) * (0.90 + 0.08*uniform(h, 3, 0))
	if p.interval == 0 {
		p.interval = 10 * time.Minute
	}
	p.setPhase(seed)
	if !p.schedule.Known() {
		p.schedule, _ = device.ParseSchedule(defaultSchedule) // the constant parses
	}
	p.SoC = 0.6 + 0.3*uniform(h, 5, 0)
	p.ChargedWh, p.ConsumeWh = 20000+30000*uniform(h, 6, 0), 18000+20000*uniform(h, 7, 0)
	p.LitS, p.Switches = 3600*math.Round(2000+2000*uniform(h, 8, 0)), math.Round(400+300*uniform(h, 9, 0))
	return p
}

// setPhase spreads the reports over the interval. Lamps behind one gateway report
// together, as it asks them in turn and sends what they said in one message.
func (p *pole) setPhase(seed uint64) {
	sender := string(p.lamp.ID)
	if p.lamp.Gateway != "" {
		sender = string(p.lamp.Gateway)
	}
	share := uniform(mix(seed, hashString(sender), 0), 4, 0)
	p.phase = time.Duration(share * float64(p.interval)).Truncate(time.Millisecond)
}

func orElse(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}

// now is everything that a sensor could see at one moment.
type now struct {
	volts, amps   float64 // of the battery; positive charges
	panelV        float64
	panelW, loadW float64
	level         float64 // commanded, %
	commanded     bool
	ambient       float64
	state         float64 // index into ChargeState's words
}

// The charge states by their place in device.Fields.
const (
	stateOff = iota
	stateMPPT
	stateBoost
	stateFloat
)

// step lives to t in one stride, which should not be longer than ten minutes.
func (p *pole) step(t device.Millis, w weather, nights *night.Calendar, bad broken) now {
	hours := 0.0
	if p.At != 0 {
		hours = max(0, t.Sub(p.At).Hours())
	}
	p.At = t
	moment := t.Time()
	above := w.at(moment, p.lamp.Place.Village)
	n := now{ambient: above.ambient}
	b := newBattery(p.lamp.BatteryChemistry, orElse(p.lamp.BatteryAh, 40)*bad.capacity(), orElse(p.lamp.BatteryV, 12.8), 0.95)
	b.soc = p.SoC

	p.shine(&n, moment, above, bad)
	dark := nights.At(t, p.lamp.Lat, p.lamp.Lon)
	p.light(&n, t, dark, &b, bad)

	// The controller takes what the battery can: all of it below full, what the
	// lamp draws and a trickle above.
	net := (n.panelW*0.97 - n.loadW) / b.rest()
	if full := b.soc >= 0.995 || p.Full && b.soc > 0.97; full && net > 0 {
		p.Full, n.state = true, stateFloat
		n.panelW = n.loadW + 0.01*b.ah*b.rest()/0.97
		net = (n.panelW*0.97 - n.loadW) / b.rest()
	} else if p.Full = false; n.panelW > 1 {
		if n.state = stateMPPT; b.soc > 0.92 {
			n.state = stateBoost
		}
	}
	b.move(net, hours)
	p.SoC = b.soc
	n.amps, n.volts = net, min(b.volts(net), b.units*b.full)
	if n.state == stateFloat {
		n.volts = b.units * b.float
	}
	p.ChargedWh += n.panelW * hours
	p.ConsumeWh += n.loadW * hours
	on := n.loadW > 0.5
	if on {
		p.LitS += hours * 3600
	}
	if on != p.On {
		p.On = on
		p.Switches++
	}
	return n
}

// shine is the panel: irradiance on its plane, the cell 45 °C at 800 W/m² and
// 20 °C (NOCT), −0.4 % of power per kelvin, and a tracker that finds 95 % of it.
func (p *pole) shine(n *now, t time.Time, above sky, bad broken) {
	at := sunAt(t, p.lamp.Lat, p.lamp.Lon)
	g := p.panel.on(at, clearSky(at)*above.through(), above.cloud)
	if bad.has(device.PanelDead) {
		g = 0
	}
	cell := above.ambient + (45-20)/800.0*g
	n.panelW = p.wp * g / 1000 * (1 - 0.004*(cell-25)) * 0.95
	if n.panelW < 0.3 {
		n.panelW = 0
	}
	if g > 0 {
		n.panelV = 17.5 * (1 - 0.003*(cell-25)) * min(1, 0.75+0.06*math.Log(1+g))
	}
}

// light is the lamp and its controller's command.
func (p *pole) light(n *now, t device.Millis, dark night.Night, b *battery, bad broken) {
	n.level = p.schedule.Level(t.Time(), dark.Dusk.Time(), dark.Dawn.Time())
	if p.schedule.Motion && n.level > 0 && uniform(p.seed, 77, uint64(t)/60000) < passing(t, dark) {
		n.level = p.schedule.Full
	}
	if bad.has(device.LampDayBurning) {
		n.level = max(n.level, 100)
	}
	n.commanded = n.level > 0
	loaded := b.volts(-p.watts * n.level / 100 / b.rest())
	switch {
	case p.Cut && b.rest() > b.back*b.units:
		p.Cut = false
	case !p.Cut && n.commanded && (loaded < b.cut*b.units || b.soc < 0.03):
		p.Cut = true
	}
	if p.Cut {
		n.level, n.commanded = 0, false
		return
	}
	n.loadW = p.watts * n.level / 100
	switch {
	case bad.has(device.LampDark):
		n.loadW = 0
	case bad.has(device.LampDim):
		n.loadW *= 0.35
	}
}

// passing is how likely somebody walks by in a minute: people are out in the
// evening and asleep after eleven.
func passing(t device.Millis, dark night.Night) float64 {
	switch since := t.Sub(dark.Dusk); {
	case since < 3*time.Hour:
		return 0.5
	case since < 5*time.Hour:
		return 0.2
	}
	return 0.03
}

// report is what the lamp's controller sends of a moment, with its sensors' noise
// and steps.
func (p *pole) report(t device.Millis, n now) device.Reading {
	p.Seq++
	r := device.Reading{Lamp: p.lamp.ID, Gateway: p.lamp.Gateway, SentTS: t, HasSeq: true, Boot: p.Boot, Seq: p.Seq}
	noise := func(channel uint64, size float64) float64 { return size * normal(p.seed, channel, uint64(t)) }
	set := func(f device.Field, v, stride float64) {
		spec := &device.Fields[f]
		v = min(max(v, spec.Min), spec.Max)
		r.Set(f, math.Round(v/stride)*stride)
	}
	hundredth, tenth := 0.01, 0.1
	set(device.BatteryV, n.volts+noise(11, 0.01), hundredth)
	set(device.BatteryA, n.amps+noise(12, 0.02), hundredth)
	set(device.BatterySoC, 100*p.SoC+noise(13, 0.4), 1)
	r.Set(device.BatterySoCMethod, 1) // coulomb
	set(device.BatteryTemp, n.ambient+1+noise(14, 0.2), tenth)
	set(device.PanelV, n.panelV, hundredth)
	set(device.PanelA, n.panelW/max(n.panelV, 1), hundredth)
	set(device.PanelW, n.panelW, tenth)
	set(device.LoadW, n.loadW, tenth)
	if n.loadW > 0 {
		set(device.LoadA, n.loadW/max(n.volts, 1), hundredth)
	} else {
		r.Set(device.LoadA, 0)
	}
	r.Set(device.LampOn, 0)
	if n.commanded {
		r.Set(device.LampOn, 1)
	}
	set(device.DimPct, n.level, 1)
	set(device.ControllerTemp, n.ambient+3+0.1*n.panelW, tenth)
	r.Set(device.ChargeState, n.state)
	set(device.ChargedWh, p.ChargedWh, tenth)
	set(device.ConsumedWh, p.ConsumeWh, tenth)
	set(device.LitS, p.LitS, 1)
	set(device.SwitchCount, p.Switches, 1)
	set(device.RSSI, -85+10*uniform(p.seed, 15, 0)+noise(16, 2), 1)
	tidy(&r)
	return r
}

// tidy removes what 0.1 does not have in binary: 12.870000000000001 becomes 12.87.
func tidy(r *device.Reading) {
	for f := device.Field(0); f < device.NumFields; f++ {
		if v, ok := r.Get(f); ok {
			r.Set(f, math.Round(v*1000)/1000)
		}
	}
}
