package simulator

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// vendor is what a kind of controller measures and how well.
type vendor struct {
	name    string
	voltage float64 // step of its voltmeter, 1/V
	method  float64 // how it finds the state of charge: index into BatterySoCMethod's words, −1 not at all
	leaves  []device.Field
	onLoad  bool // its modem hangs at the lamp's terminals: it dies with the battery
	leans   bool // has a tilt sensor
	coarse  bool // its counters of energy move by 10 Wh
}

// How a controller finds the state of charge.
const (
	byVoltage = iota
	byCoulombs
	byBMS
)

// vendors are the kinds of controller in the field, from a full set of sensors to
// the cheapest.
var vendors = [...]vendor{
	{name: "full", voltage: 100, method: byCoulombs, leaves: []device.Field{device.LoadV}},
	{name: "bms", voltage: 100, method: byBMS, leaves: []device.Field{device.PanelV, device.PanelA, device.LoadV}, leans: true, coarse: true},
	{name: "cheap", voltage: 10, method: byVoltage, onLoad: true, leaves: []device.Field{
		device.PanelW, device.LoadW, device.ChargedWh, device.ConsumedWh, device.LitS, device.SwitchCount, device.ControllerTemp, device.ChargeState,
	}},
	{name: "sparse", voltage: 100, method: -1, onLoad: true, leaves: []device.Field{
		device.BatteryTemp, device.PanelV, device.PanelA, device.LoadV, device.LoadA, device.DimPct, device.ControllerTemp,
		device.ChargeState, device.ChargedWh, device.ConsumedWh, device.LitS, device.SwitchCount,
	}},
}

// vendorOf is the controller of a lamp; it follows from the lamp's code alone, so
// that a plan of faults can ask for it.
func vendorOf(id device.LampID) *vendor {
	switch u := uniform(hashString(string(id)), 101, 0); {
	case u < 0.45:
		return &vendors[0]
	case u < 0.65:
		return &vendors[1]
	case u < 0.88:
		return &vendors[2]
	}
	return &vendors[3]
}

// measures says whether the controller sends a field at all.
func (v *vendor) measures(f device.Field) bool {
	for _, l := range v.leaves {
		if l == f {
			return false
		}
	}
	return true
}

// site is how a panel stands and what stands around it.
type site struct {
	plane

	east, west float64 // sine of the elevation below which a hill hides the sun
	crown      float64 // share of the beam that trees take where they stand
	crownAt    float64 // their azimuth, degrees
	open       float64 // share of the sky's diffuse light that arrives
}

// siteOf reads the registry's word for the shade: 嘉平 lies in hills, so that
// even an open place has a horizon.
func siteOf(shade string, h uint64) site {
	s := site{
		plane: plane{tilt: 25 + 10*uniform(h, 1, 0), azimuth: 160 + 40*uniform(h, 2, 0)},
		east:  0.03 + 0.07*uniform(h, 31, 0), west: 0.03 + 0.07*uniform(h, 32, 0), open: 1,
	}
	switch shade {
	case "trees":
		s.crown, s.crownAt, s.open = 0.35+0.25*uniform(h, 33, 0), 100+160*uniform(h, 34, 0), 0.92
	case "hill":
		s.open = 0.93
		if uniform(h, 33, 0) < 0.5 {
			s.east += 0.25
		} else {
			s.west += 0.25
		}
	case "wall":
		s.crown, s.crownAt, s.open = 0.9, 90+180*math.Round(uniform(h, 34, 0)), 0.9
	}
	return s
}

// pole is one lamp with its panel, controller and battery. What it is follows
// from the registry and the seed; what it has become is life.
type pole struct {
	lamp      device.Lamp
	seed      uint64
	village   int // index into the skies' villages
	vendor    *vendor
	site      site
	chemistry *chemistry
	wp        float64 // W at standard test conditions when clean
	ah        float64 // of the battery when new
	volts     float64 // nominal
	health    float64 // share of ah left by age
	watts     float64 // of the light at 100 %
	cell      float64 // minutes after sunset at which its photo-cell switches under a closed sky
	interval  time.Duration
	phase     time.Duration // of its reports within the interval
	schedule  device.Schedule
	tilt      float64       // of the pole, degrees
	dust      float64       // share of the light lost for each dry day
	offset    float64       // of its current sensor, A: what a coulomb count drifts by
	drift     time.Duration // by which its clock is ahead, as clocks without a network are
	tonight   tonight
	ills      []ill

	life
}

// life is what a pole carries from one moment to the next.
type life struct {
	At        device.Millis `json:"at"`
	SoC       float64       `json:"soc"`
	Counted   float64       `json:"counted"` // state of charge as its controller counts it
	Temp      float64       `json:"temp"`    // of the battery, °C
	Dust      float64       `json:"dust"`    // share of light lost to it
	Cut       bool          `json:"cut"`     // disconnected at low voltage
	Full      bool          `json:"full"`
	ChargedWh float64       `json:"charged_wh"`
	ConsumeWh float64       `json:"consumed_wh"`
	LitS      float64       `json:"lit_s"`
	Switches  float64       `json:"switches"`
	On        bool          `json:"on"`
	Gone      bool          `json:"gone"` // the battery is stolen
	Boot      uint32        `json:"boot"`
	Seq       uint32        `json:"seq"`
	Frozen    frozen        `json:"frozen"`
}

// frozen is what sensors that hang say.
type frozen struct {
	Set  bool    `json:"set"`
	V    float64 `json:"v"`
	A    float64 `json:"a"`
	Temp float64 `json:"temp"`
}

// defaultSchedule is what a lamp does that the registry knows no schedule of: its
// maker's preset, which whoever watches has to learn.
const defaultSchedule = "dusk+0h:100 dusk+4h:50 dawn:0"

func newPole(l device.Lamp, seed uint64) *pole {
	h := mix(seed, hashString(string(l.ID)), 0)
	p := &pole{
		lamp: l, seed: h, vendor: vendorOf(l.ID), site: siteOf(l.Shade, h), chemistry: chemistryOf(l.BatteryChemistry),
		watts: orElse(l.LampW, 30), interval: l.Interval, schedule: l.Schedule,
		ah: orElse(l.BatteryAh, 40), volts: orElse(l.BatteryV, 12.8), health: 0.88 + 0.12*uniform(h, 35, 0),
		wp: orElse(l.PanelWp, 80) * (0.93 + 0.07*uniform(h, 3, 0)), cell: 4 + 12*uniform(h, 36, 0),
		tilt: 0.5 + 2*uniform(h, 37, 0), dust: 0.0008 + 0.0022*uniform(h, 38, 0), offset: 0.01 * (uniform(h, 39, 0) - 0.5),
	}
	if p.interval == 0 {
		p.interval = 10 * time.Minute
	}
	p.setPhase(seed)
	if !p.schedule.Known() {
		p.schedule, _ = device.ParseSchedule(defaultSchedule) // the constant parses
	}
	p.SoC = 0.6 + 0.3*uniform(h, 5, 0)
	p.Counted, p.Temp, p.Dust = p.SoC, 15, 0.02
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
