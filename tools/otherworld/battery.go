package main

import "math"

// battery is a two-well kinetic model (Manwell and McGowan 1993) for lead, and a plain
// well with hysteresis for LiFePO4. Charge in Ah, voltages of the whole pack.
type battery struct {
	lithium  bool
	cells    float64
	nominal  float64 // Ah when new
	capacity float64 // Ah now
	near     float64 // Ah in the well that current comes from
	far      float64 // Ah in the other one
	lag      float64 // hysteresis of LiFePO4, -1 to 1
	lost     float64 // cells short
	temp     float64 // °C
	aged     float64 // times the resistance of a new one
}

const nearShare = 0.62

func (b *battery) soc() float64 { return (b.near + b.far) / b.capacity }

// set fills both wells alike.
func (b *battery) set(soc float64) {
	b.near, b.far = soc*b.capacity*b.nearPart(), soc*b.capacity*(1-b.nearPart())
}

func (b *battery) nearPart() float64 {
	if b.lithium {
		return 1
	}
	return nearShare
}

var lithiumCurve = [...][2]float64{
	{0, 2.60}, {.02, 2.95}, {.05, 3.10}, {.10, 3.195}, {.20, 3.245}, {.35, 3.280}, {.55, 3.295}, {.70, 3.325}, {.90, 3.340}, {.97, 3.365}, {1, 3.46},
}

func (b *battery) open() float64 {
	live := b.cells - b.lost
	if b.lithium {
		s := min(max(b.soc(), 0), 1)
		for i := 1; i < len(lithiumCurve); i++ {
			if p, q := lithiumCurve[i-1], lithiumCurve[i]; s <= q[0] {
				return live * (p[1] + (q[1]-p[1])*(s-p[0])/(q[0]-p[0]) + 0.008*b.lag)
			}
		}
	}
	head := min(max(b.near/(nearShare*b.capacity), 0), 1.02)
	return live * (1.945 + 0.185*head - 0.0002*(b.temp-25))
}

// volts at a current in A, positive charges.
func (b *battery) volts(amps float64) float64 {
	s := min(max(b.soc(), 0.01), 1)
	cold := 1 + 0.012*max(25-b.temp, 0)
	if b.lithium {
		return b.open() + amps*b.cells*0.26/b.nominal*b.aged*cold + b.cells*0.16*math.Max(0, s-0.985)/0.015*math.Tanh(20*amps/b.nominal)
	}
	v := b.open() + amps*b.cells*0.11*(1.4-0.6*s)/b.nominal*b.aged*cold
	if amps > 0 {
		v += (b.cells - b.lost) * 0.27 * math.Max(0, s-0.82) / 0.18 * math.Tanh(12*amps/b.nominal)
	} else {
		v -= b.cells * 0.010 / (s + 0.03) * math.Min(1, -amps/b.nominal*12)
	}
	return v
}

// take moves charge for a time in hours.
func (b *battery) take(amps, hours float64) {
	if amps > 0 && !b.lithium {
		amps *= 0.97 - 0.25*math.Max(0, b.soc()-0.9)/0.1
	}
	b.lag += (math.Copysign(1, amps) - b.lag) * min(1, math.Abs(amps)*hours/b.capacity*12)
	part := b.nearPart()
	b.near += amps * hours
	if !b.lithium {
		flow := 0.55 * hours * (b.far/(1-part) - b.near/part) * part * (1 - part)
		b.near, b.far = b.near+flow, b.far-flow
		b.far = min(max(b.far, 0), (1-part)*b.capacity)
	}
	b.near = min(max(b.near, 0), part*b.capacity)
}

// shrink changes the capacity; what no longer fits is gone.
func (b *battery) shrink(share float64) {
	soc := min(b.soc(), 1)
	b.capacity = b.nominal * share
	b.set(soc)
}

// Limits of the controller, per pack.
func (b *battery) limits() (absorb, float, cut, back float64) {
	if b.lithium {
		return 3.58 * b.cells, 3.39 * b.cells, 2.96 * b.cells, 3.21 * b.cells
	}
	return (2.40 - 0.003*(b.temp-25)) * b.cells, (2.27 - 0.003*(b.temp-25)) * b.cells, 1.87 * b.cells, 2.08 * b.cells
}
