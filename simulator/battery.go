package simulator

// chemistry is how a kind of battery behaves, per nominal 12 V.
type chemistry struct {
	open       []float64 // open-circuit voltage at 0, 10, … 100 % of charge
	resistance float64   // Ω at 25 °C for 1 Ah; a battery of n Ah has 1/n of it
	charging   float64   // share of the charge that stays
	rises      float64   // state of charge from which the voltage climbs to the limit
	full       float64   // V at which the controller holds the boost, at 25 °C
	float      float64   // V held afterwards
	cut        float64   // V under load at which the controller disconnects the lamp
	back       float64   // V at which it connects it again
	perKelvin  float64   // V by which the controller lowers its limits per K above 25 °C
	cold       float64   // share of capacity lost per K below 25 °C
	self       float64   // share of the charge lost in a day by standing
}

// The open-circuit curves follow published discharge curves at low rate: LiFePO4
// four cells in series (A123/CATL data sheets), valve-regulated gel and flooded
// lead-acid six cells (Victron, "Gel and AGM batteries"). Controller voltages and
// their −3 mV/K for each lead cell are the presets of EPEVER's Tracer manual.
// Capacity in the cold: IEC 60896-21 (lead, some 0.6 %/K), data sheets of
// LiFePO4 cells (90 % at 0 °C). Self-discharge: 2–3 % a month, lead 3–5 %.
var chemistries = map[string]chemistry{
	"lifepo4": {
		open:       []float64{10.8, 12.55, 12.80, 12.95, 13.05, 13.12, 13.17, 13.22, 13.28, 13.32, 13.60},
		resistance: 1.2, charging: 0.995, rises: 0.96, full: 14.4, float: 13.8, cut: 11.2, back: 12.8,
		cold: 0.004, self: 0.001,
	},
	"gel": {
		open:       []float64{10.9, 11.75, 11.95, 12.10, 12.25, 12.38, 12.50, 12.60, 12.70, 12.80, 12.90},
		resistance: 1.6, charging: 0.90, rises: 0.85, full: 14.2, float: 13.8, cut: 11.1, back: 12.6,
		perKelvin: 0.018, cold: 0.006, self: 0.0012,
	},
	"lead_acid": {
		open:       []float64{10.8, 11.65, 11.85, 12.02, 12.18, 12.32, 12.44, 12.54, 12.63, 12.70, 12.76},
		resistance: 1.8, charging: 0.88, rises: 0.82, full: 14.4, float: 13.8, cut: 11.1, back: 12.6,
		perKelvin: 0.018, cold: 0.006, self: 0.0015,
	},
}

// battery is a charge in a box.
type battery struct {
	*chemistry
	ah    float64 // capacity as it is today
	ohms  float64 // of the whole battery
	units float64 // of nominal 12 V in series
	soc   float64 // 0 to 1; a little more when overcharged
	lost  float64 // V that a dead cell takes away
}

// newBattery is a battery that has health left of its capacity, at a temperature
// in °C. Resistance grows as capacity fades, and by a hundredth for each K below
// 25 °C (LiFePO4 data sheets; lead is alike).
func newBattery(c *chemistry, ah, volts, health, celsius float64) battery {
	chill := max(0, 25-celsius)
	units := max(1, float64(int(volts/12)))
	return battery{
		chemistry: c, ah: ah * health * max(0.5, 1-c.cold*chill), units: units, soc: 0.7,
		ohms: units * c.resistance / ah * (1 + 0.01*chill),
	}
}

func chemistryOf(kind string) *chemistry {
	c, known := chemistries[kind]
	if !known {
		c = chemistries["lifepo4"]
	}
	return &c
}

// rest is the open-circuit voltage.
func (b *battery) rest() float64 {
	at := min(max(b.soc, 0), 1) * 10
	i := min(int(at), 9)
	return b.units*(b.open[i]+(b.open[i+1]-b.open[i])*(at-float64(i))) - b.lost
}

// volts is the terminal voltage with current a flowing in, where the controller
// lets it rise to limit: near full the voltage climbs to it (gassing of lead, the
// end of LiFePO4's plateau).
func (b *battery) volts(a, limit float64) float64 {
	v := b.rest() + a*b.ohms
	if a > 0 && b.soc > b.rises {
		v += max(0, limit-v) * min(1, (b.soc-b.rises)/(1-b.rises))
	}
	return min(v, max(limit, b.rest()))
}

// takes is the largest current that a battery takes at the boost voltage, A: C/2
// up to where the voltage climbs, then tapering to C/50, as in the absorption
// phase of Victron's charge curves.
func (b *battery) takes() float64 {
	if b.soc <= b.rises {
		return b.ah / 2
	}
	return b.ah * (0.02 + 0.48*max(0, 1-b.soc)/(1-b.rises))
}

// move lets current a flow in for some hours.
func (b *battery) move(a, hours, most float64) {
	if a > 0 {
		a *= b.charging
	}
	b.soc = min(max(b.soc+a*hours/b.ah-b.self*hours/24, 0), most)
}
