package main

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/yingguang/yingguang/device"
)

// maker is what one brand's controller measures and sends.
type maker struct {
	fields   []device.Field
	voltStep float64 // V, of its voltmeter
	method   string  // of its gauge: voltage, coulomb or bms
	drops    float64 // share of fields that a message lacks, at random
	modem    bool    // its modem dies with the battery
	countWh  float64 // step of its counters of energy
}

var makers = []maker{
	{[]device.Field{
		device.BatteryV, device.BatteryA, device.BatterySoC, device.BatteryTemp, device.PanelV, device.PanelA, device.PanelW, device.LoadV, device.LoadA, device.LoadW,
		device.LampOn, device.DimPct, device.ControllerTemp, device.ChargeState, device.ChargedWh, device.ConsumedWh, device.LitS, device.SwitchCount, device.Tilt, device.RSSI,
	}, 0.01, "bms", 0.01, true, 1},
	{[]device.Field{
		device.BatteryV, device.BatteryA, device.BatterySoC, device.BatteryTemp, device.PanelV, device.PanelA, device.PanelW, device.LoadV, device.LoadA, device.LoadW,
		device.ControllerTemp, device.ChargeState, device.ChargedWh, device.ConsumedWh,
	}, 0.01, "voltage", 0.06, false, 10},
	{[]device.Field{device.BatteryV, device.BatterySoC, device.PanelV, device.LoadA, device.LampOn}, 0.1, "voltage", 0, true, 1},
	{[]device.Field{
		device.BatteryV, device.BatteryA, device.BatterySoC, device.PanelW, device.LoadW, device.LampOn, device.DimPct, device.SwitchCount, device.LitS,
		device.ChargedWh, device.ConsumedWh, device.Tilt, device.RSSI,
	}, 0.02, "coulomb", 0.15, false, 1},
	{[]device.Field{device.BatteryV, device.BatterySoC, device.BatteryTemp, device.PanelW, device.LoadW, device.LampOn, device.DimPct, device.Tilt, device.RSSI}, 0.05, "coulomb", 0.03, true, 1},
}

func (m *maker) has(f device.Field) bool { return slices.Contains(m.fields, f) }

// now is what there was to measure at one step.
type now struct {
	t              time.Time
	volts, amps    float64
	panelV, panelA float64
	panelW, loadW  float64
	level          float64
	commanded      bool
	state          string
	tilt           float64
	shows          bool // its message shows what is wrong with it
}

// json appends the reading as the lamp sends it. Its clock shows shown.
func (l *lamp) json(dst []byte, n *now, shown time.Time, inBatch bool) []byte {
	l.seq++
	dst = append(dst, '{')
	if inBatch {
		dst = append(append(append(dst, `"lamp":"`...), l.id...), `",`...)
	}
	dst = strconv.AppendInt(append(dst, `"ts":`...), shown.Unix(), 10)
	dst = strconv.AppendUint(append(dst, `,"boot":`...), uint64(l.boot), 10)
	dst = strconv.AppendUint(append(dst, `,"seq":`...), uint64(l.seq), 10)
	sent := 0
	put := func(f device.Field, v, grain float64) {
		if !l.maker.has(f) || l.r.Float64() < l.maker.drops {
			return
		}
		spec := &device.Fields[f]
		v = math.Round(min(max(v, spec.Min), spec.Max)/grain) * grain
		dst = append(append(append(dst, `,"`...), spec.Name...), `":`...)
		dst = strconv.AppendFloat(dst, math.Round(v*1000)/1000, 'f', -1, 64)
		sent++
	}
	truth := func(f device.Field, v bool) {
		if l.maker.has(f) && l.r.Float64() >= l.maker.drops {
			dst = strconv.AppendBool(append(append(append(dst, `,"`...), device.Fields[f].Name...), `":`...), v)
		}
	}
	noise := l.r.NormFloat64
	volts := n.volts + 0.012*noise()
	soc := l.shownSoC(n)
	panelA := n.panelA
	if f := l.bad; f != nil && f.code == device.SensorSuspect && f.on(n.t) {
		switch f.variant {
		case 0:
			if l.frozen == 0 {
				l.frozen = volts
			}
			volts = l.frozen
		case 1:
			panelA += 0.9 + 0.5*f.severity
		case 2:
			soc = 100 * l.r.Float64()
		}
	}
	put(device.BatteryV, volts, l.maker.voltStep)
	put(device.BatteryA, n.amps+0.03*noise(), 0.01)
	put(device.BatterySoC, soc, 1)
	if sent > 1 && l.maker.has(device.BatterySoC) {
		dst = append(append(append(dst, `,"battery_soc_method":"`...), l.maker.method...), '"')
	}
	put(device.BatteryTemp, l.b.temp+0.3*noise(), 0.5)
	put(device.PanelV, n.panelV, 0.1)
	put(device.PanelA, panelA, 0.01)
	panelW := n.panelW
	if panelA != n.panelA {
		panelW = panelA * max(n.panelV, n.volts)
	}
	put(device.PanelW, panelW, 0.1)
	put(device.LoadV, loadVolts(n), 0.01)
	put(device.LoadA, n.loadW/max(n.volts, 1), 0.01)
	put(device.LoadW, n.loadW*(1+0.01*noise()), 0.1)
	truth(device.LampOn, n.commanded)
	put(device.DimPct, n.level, 1)
	put(device.ControllerTemp, l.b.temp+4+0.06*n.panelW, 1)
	if l.maker.has(device.ChargeState) {
		dst = append(append(append(dst, `,"charge_state":"`...), n.state...), '"')
	}
	put(device.ChargedWh, l.charged, l.maker.countWh)
	put(device.ConsumedWh, l.consumed, l.maker.countWh)
	put(device.LitS, l.lit, 1)
	put(device.SwitchCount, l.switches, 1)
	put(device.RSSI, -90+4*noise(), 1)
	put(device.Tilt, n.tilt+0.4*noise(), 0.5)
	for sent == 0 { // a message has one measurement at least
		put(device.BatteryV, volts, l.maker.voltStep)
	}
	return append(dst, '}')
}

func loadVolts(n *now) float64 {
	if n.loadW < 0.5 {
		return 0
	}
	return n.volts
}

// shownSoC is the gauge, with its maker's way of knowing.
func (l *lamp) shownSoC(n *now) float64 {
	switch l.maker.method {
	case "bms":
		return 100*l.b.soc() + l.r.NormFloat64()
	case "coulomb":
		return l.gauge
	}
	low, high := 1.88*l.b.cells, 2.14*l.b.cells
	if l.b.lithium {
		low, high = 3.0*l.b.cells, 3.4*l.b.cells
	}
	return min(max(100*(n.volts-low)/(high-low), 0), 100)
}
