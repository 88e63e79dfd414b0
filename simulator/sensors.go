package simulator

import (
	"math"

	"github.com/yingguang/yingguang/device"
)

// report is what the lamp's controller sends of a moment, with its sensors' noise
// and steps.
func (p *pole) report(n *now) device.Reading {
	p.Seq++
	r := device.Reading{Lamp: p.lamp.ID, Gateway: p.lamp.Gateway, SentTS: p.clock(n), HasSeq: true, Boot: p.Boot, Seq: p.Seq}
	d := dice(mix(p.seed, 11, uint64(n.t)))
	set := func(f device.Field, v, steps float64) {
		spec := &device.Fields[f]
		r.Set(f, math.Round(min(max(v, spec.Min), spec.Max)*steps)/steps)
	}
	p.senseBattery(n, &d, &r, set)
	set(device.PanelV, n.panelV, 100)
	set(device.PanelA, n.panelW/max(n.panelV, 1), 100)
	set(device.PanelW, n.panelW*(1+0.005*d.bell()), 10)
	load := n.loadW
	if n.flicker > 0 && d.even() < n.flickers() {
		load = 0
	}
	load *= 1 + 0.005*d.bell()
	set(device.LoadW, load, 10)
	set(device.LoadV, n.volts, p.vendor.voltage)
	set(device.LoadA, load/max(n.volts, 1), 100)
	r.Set(device.LampOn, 0)
	if n.commanded {
		r.Set(device.LampOn, 1)
	} else {
		set(device.LoadV, 0, 10)
	}
	set(device.DimPct, n.level, 1)
	set(device.ControllerTemp, n.ambient+3+0.1*n.panelW, 10)
	r.Set(device.ChargeState, n.state)
	counted := 10.0
	if p.vendor.coarse {
		counted = 0.1
	}
	set(device.ChargedWh, p.ChargedWh, counted)
	set(device.ConsumedWh, p.ConsumeWh, counted)
	set(device.LitS, p.LitS, 1)
	set(device.SwitchCount, p.Switches, 1)
	set(device.RSSI, -85+10*uniform(p.seed, 15, 0)+2*d.bell(), 1)
	if p.vendor.leans {
		set(device.Tilt, p.tilt+n.lean+0.1*d.bell(), 10)
	}
	for _, f := range p.vendor.leaves {
		r.Clear(f)
	}
	return r
}

// senseBattery is what the battery's sensors say, hanging ones too.
func (p *pole) senseBattery(n *now, d *dice, r *device.Reading, set func(device.Field, float64, float64)) {
	seen := frozen{V: n.volts + 0.01*d.bell(), A: n.amps + p.offset + 0.02*d.bell(), Temp: p.Temp + 0.2*d.bell()}
	if p.Gone {
		seen.V, seen.A = 0.05*d.even(), 0
	}
	if n.zero {
		seen.V = 0
	}
	if n.frozen && !p.Frozen.Set {
		p.Frozen = seen
	}
	if p.Frozen.Set = n.frozen; n.frozen {
		seen = p.Frozen
	}
	set(device.BatteryV, seen.V, p.vendor.voltage)
	set(device.BatteryA, seen.A, 100)
	set(device.BatteryTemp, seen.Temp, 10)
	switch p.vendor.method {
	case byVoltage:
		empty, full := p.chemistry.open[0]+0.9, p.chemistry.open[9]+0.1
		set(device.BatterySoC, 100*(seen.V*12/max(12, math.Floor(p.volts/12)*12)-empty)/(full-empty), 1)
	case byCoulombs:
		set(device.BatterySoC, 100*p.Counted, 1)
	case byBMS:
		set(device.BatterySoC, 100*p.SoC+0.3*d.bell(), 1)
	}
	if p.vendor.method >= 0 {
		r.Set(device.BatterySoCMethod, p.vendor.method)
	}
}

// century is where a clock begins that has lost its time: 2000-01-01.
const century device.Millis = 946684800000

// clock is what the lamp's clock shows.
func (p *pole) clock(n *now) device.Millis {
	if n.reset != 0 {
		return century + (n.t - n.reset)
	}
	return n.t.Add(n.harm.clock + p.drift)
}
