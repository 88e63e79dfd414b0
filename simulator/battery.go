package simulator

// chemistry is how a kind of battery behaves, per nominal 12 V.
type chemistry struct {
	open       []float64 // open-circuit voltage at 0, 10, … 100 % of charge
	resistance float64   // Ω for 1 Ah; a battery of n Ah has 1/n of it
	charging   float64   // share of the charge that stays
	full       float64   // V at which the controller ends boost
	float      float64   // V held afterwards
	cut        float64   // V at which the controller disconnects the lamp
	back       float64   // V at which it connects it again
}

// The open-circuit curves follow published discharge curves at low rate: LiFePO4
// four cells in series (A123/CATL data sheets), valve-regulated gel and flooded
// lead-acid six cells (Victron, "Gel and AGM batteries"). Controller voltages are the
// presets of EPEVER's Tracer manual.
var chemistries = map[string]chemistry{
	"lifepo4": {
		open:       []float64{10.8, 12.55, 12.80, 12.95, 13.05, 13.12, 13.17, 13.22, 13.28, 13.32, 13.60},
		resistance: 1.2, charging: 0.995, full: 14.4, float: 13.8, cut: 11.2, back: 12.8,
	},
	"gel": {
		open:       []float64{11.4, 11.75, 11.95, 12.10, 12.25, 12.38, 12.50, 12.60, 12.70, 12.80, 12.90},
		resistance: 1.6, charging: 0.90, full: 14.2, float: 13.8, cut: 11.1, back: 12.6,
	},
	"lead_acid": {
		open:       []float64{11.3, 11.65, 11.85, 12.02, 12.18, 12.32, 12.44, 12.54, 12.63, 12.70, 12.76},
		resistance: 1.8, charging: 0.88, full: 14.4, float: 13.8, cut: 11.1, back: 12.6,
	},
}

// battery is a charge in a box.
type battery struct {
	chemistry
	ah    float64 // capacity as it is today
	units float64 // of nominal 12 V in series
	soc   float64 // 0 to 1
}

func newBattery(kind string, ah, volts, health float64) battery {
	c, known := chemistries[kind]
	if !known {
		c = chemistries["lifepo4"]
	}
	return battery{chemistry: c, ah: ah * health, units: max(1, float64(int(volts/12))), soc: 0.7}
}

// rest is the open-circuit voltage.
func (b *battery) rest() float64 {
	at := min(max(b.soc, 0), 1) * 10
	i := min(int(at), 9)
	return b.units * (b.open[i] + (b.open[i+1]-b.open[i])*(at-float64(i)))
}

// volts is the terminal voltage with current a flowing in.
func (b *battery) volts(a float64) float64 { return b.rest() + a*b.units*b.resistance/b.ah }

// move lets current a flow in for some hours.
func (b *battery) move(a, hours float64) {
	if a > 0 {
		a *= b.charging
	}
	b.soc = min(max(b.soc+a*hours/b.ah, 0), 1)
}
