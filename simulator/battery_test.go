package simulator

import (
	"math"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// The open-circuit curves rise from empty to full and have the points that
// everybody who works with them knows.
func TestOpenCircuit(t *testing.T) {
	for kind, known := range map[string]map[float64]float64{
		"lifepo4":   {0.1: 12.5, 0.5: 13.1, 0.9: 13.3}, // flat: 0.8 V from 10 to 90 %
		"gel":       {0: 10.9, 0.1: 11.75, 0.5: 12.4, 1: 12.9},
		"lead_acid": {0: 10.8, 0.1: 11.65, 0.5: 12.3, 1: 12.75},
	} {
		b := newBattery(chemistryOf(kind), 40, 12, 1, 25)
		last := 0.0
		for b.soc = 0; b.soc <= 1; b.soc += 0.01 {
			if v := b.rest(); v <= last {
				t.Errorf("%s: %.3f V at %.0f %%, not above %.3f", kind, v, 100*b.soc, last)
			} else {
				last = v
			}
		}
		for soc, want := range known {
			if b.soc = soc; math.Abs(b.rest()-want) > 0.11 {
				t.Errorf("%s at %.0f %%: %.2f V, want %.2f", kind, 100*soc, b.rest(), want)
			}
		}
	}
}

// Under load the voltage falls by the internal resistance, which grows in the cold
// and with age; capacity shrinks with both.
func TestResistanceAndCold(t *testing.T) {
	warm, cold := newBattery(chemistryOf("lifepo4"), 40, 12.8, 1, 25), newBattery(chemistryOf("lifepo4"), 40, 12.8, 1, 0)
	warm.soc, cold.soc = 0.5, 0.5
	if sag := warm.rest() - warm.volts(-10, 14.4); math.Abs(sag-0.3) > 0.01 { // 30 mΩ
		t.Errorf("10 A out of 40 Ah at 25 °C sag by %.3f V", sag)
	}
	if more := (cold.rest() - cold.volts(-10, 14.4)) / (warm.rest() - warm.volts(-10, 14.4)); more < 1.15 || more > 1.5 {
		t.Errorf("at 0 °C it sags %.2f times as much", more)
	}
	if share := cold.ah / warm.ah; share < 0.85 || share > 0.95 {
		t.Errorf("at 0 °C %.2f of the capacity is left", share)
	}
	two := newBattery(chemistryOf("lifepo4"), 40, 25.6, 1, 25)
	two.soc = 0.5
	if math.Abs(two.rest()-2*warm.rest()) > 1e-9 {
		t.Errorf("24 V: %.2f V", two.rest())
	}
}

// A sunny day charges a battery in its stages: all there is, then held at boost
// while the current tapers off, then float; the night ends it. No voltage is above
// the boost, and lead's limits fall in the heat.
func TestChargeStages(t *testing.T) {
	for _, kind := range []string{"lifepo4", "gel", "lead_acid"} {
		lamp := testLamp("JP-0001")
		lamp.BatteryChemistry, lamp.LampW = kind, 20
		if kind != "lifepo4" {
			lamp.BatteryV = 12
		}
		begin := day(time.August, 1)
		p, w := testPole(t, lamp, 1, begin)
		stages := map[float64]bool{}
		last := now{}
		live(p, w, begin, 10, func(n now) {
			stages[n.state] = true
			if n.volts > p.chemistry.full+0.001 && p.Temp >= 25 {
				t.Fatalf("%s: %.2f V at %.0f °C, boost is %.1f", kind, n.volts, p.Temp, p.chemistry.full)
			}
			if n.state == stateFloat && last.state == stateMPPT && last.t != 0 {
				t.Errorf("%s: from bulk to float without boost", kind)
			}
			if n.sun.up < -0.1 && n.state != stateOff {
				t.Errorf("%s: state %v at night", kind, n.state)
			}
			last = n
		})
		if len(stages) != 4 {
			t.Errorf("%s: stages %v in ten days of August", kind, stages)
		}
	}
}

// A battery that gets no sun is cut off at its low voltage, is not drained below
// zero, and the lamp burns again once it has charge.
func TestLowVoltageDisconnect(t *testing.T) {
	for _, kind := range []string{"lifepo4", "gel"} {
		lamp := testLamp("JP-0001")
		lamp.BatteryChemistry = kind
		begin := day(time.August, 1)
		dead := Fault{Code: device.PanelDead, Lasts: 6 * 24 * time.Hour}
		p, w := testPole(t, lamp, 1, begin, dead)
		var cut, back time.Duration
		live(p, w, begin, 12, func(n now) {
			since := n.t.Sub(begin)
			switch {
			case p.Cut && cut == 0:
				cut = since
				if n.volts > 12.3 {
					t.Errorf("%s: cut at %.2f V", kind, n.volts)
				}
			case cut > 0 && !p.Cut && back == 0:
				back = since
			}
			if p.Cut && n.loadW > 0 {
				t.Fatalf("%s: cut, and %.0f W", kind, n.loadW)
			}
		})
		if cut == 0 || cut > 5*24*time.Hour || back < 6*24*time.Hour {
			t.Errorf("%s: cut after %v, back after %v", kind, cut, back)
		}
	}
}

// Coulomb counting drifts with its sensor's offset, and a full charge sets it right.
func TestCoulombCountDrifts(t *testing.T) {
	lamp := testLamp("JP-0001")
	lamp.LampW = 6
	begin := day(time.January, 1)
	p, w := testPole(t, lamp, 1, begin)
	p.offset = 0.02
	worst, after := 0.0, 1.0
	live(p, w, begin, 40, func(now) {
		worst = max(worst, math.Abs(p.Counted-p.SoC))
		if p.Full {
			after = min(after, math.Abs(p.Counted-p.SoC))
		}
	})
	if worst < 0.015 || after > 0.01 {
		t.Errorf("the count is off by up to %.3f, and by %.3f when full", worst, after)
	}
}
