package simulator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Mix is a season with its faults.
type Mix string

// The mixes: a summer, a rainy winter, a month between them with the year's
// weather, and thirty days of rain with no fault at all.
const (
	Summer Mix = "summer"
	Winter Mix = "winter"
	Mixed  Mix = "mixed"
	Rain   Mix = "rain"
)

// Mixes lists them all.
var Mixes = []Mix{Summer, Winter, Mixed, Rain}

// ParseMix reads the name of a mix.
func ParseMix(s string) (Mix, error) {
	if slices.Contains(Mixes, Mix(s)) {
		return Mix(s), nil
	}
	return "", fmt.Errorf("mix %q: want one of %v", s, Mixes)
}

// Begins is the day of a year on which a month of the mix begins: 5 July, 5
// December (for winter and rain) or 10 October.
func (m Mix) Begins(year int, zone *time.Location) time.Time {
	switch m {
	case Summer:
		return time.Date(year, time.July, 5, 0, 0, 0, 0, zone)
	case Mixed:
		return time.Date(year, time.October, 10, 0, 0, 0, 0, zone)
	}
	return time.Date(year, time.December, 5, 0, 0, 0, 0, zone)
}

// perMonth is how many faults of each kind 400 lamps have in 30 days.
const perMonth = 6

// DrawPlan draws faults for some lamps over a span, for a Recording of the same
// lamps: of each kind six for 400 lamps and 30 days, 96 in all, at most one at a time
// for each lamp, with severity, cause, onset and end drawn too; in a mixed month a spell
// of dark weather as well; for Rain nothing but rain. The same arguments give the same plan.
// Faults are drawn where they can be seen: a tilt for a pole with a tilt sensor, a
// wrong timer where the registry knows what is promised; and those that take weeks
// to tell begin early in their month. Of a span too short for that the rest is optional
// truth. A span of several months is drawn month by month.
func DrawPlan(seed int64, lamps []device.Lamp, span time.Duration, mix Mix) []Fault {
	if mix == Rain {
		return []Fault{{Code: device.WeatherShortage, Villages: []device.Village{Town}, Severity: 0.8}}
	}
	d := newDraw(seed, lamps, mix)
	var plan []Fault
	for begin := time.Duration(0); begin < span; begin += month {
		d.begin, d.span, d.last = begin, min(month, span-begin), span-begin <= month
		if d.span < 24*time.Hour {
			break
		}
		plan = append(plan, d.month(mix)...)
	}
	return plan
}

const month = 30 * 24 * time.Hour

// draw is a plan being drawn.
type draw struct {
	rand  *rand.Rand
	lamps []*device.Lamp // in a random order
	gates []device.GatewayID
	until map[device.LampID]time.Duration // when its last fault is over
	begin time.Duration                   // of the month that is being drawn
	span  time.Duration                   // of that month
	last  bool                            // no month follows
}

func newDraw(seed int64, lamps []device.Lamp, mix Mix) *draw {
	d := &draw{
		rand:  rand.New(rand.NewPCG(uint64(seed), hashString(string(mix)))),
		until: map[device.LampID]time.Duration{},
	}
	gates := map[device.GatewayID]bool{}
	for i := range lamps {
		if l := &lamps[i]; l.Reports() {
			d.lamps = append(d.lamps, l)
			if l.Gateway != "" && !gates[l.Gateway] {
				gates[l.Gateway] = true
				d.gates = append(d.gates, l.Gateway)
			}
		}
	}
	return d
}

// month draws the faults of one month.
func (d *draw) month(mix Mix) []Fault {
	d.rand.Shuffle(len(d.lamps), func(i, j int) { d.lamps[i], d.lamps[j] = d.lamps[j], d.lamps[i] })
	share := perMonth * float64(len(d.lamps)) / 400 * float64(d.span) / float64(month)
	var plan []Fault
	for _, code := range Injectable {
		for range int(math.Floor(share + d.rand.Float64())) {
			if f, ok := d.fault(code); ok {
				plan = append(plan, f)
			}
		}
	}
	if mix == Mixed {
		plan = append(plan, d.spell())
	}
	return plan
}

// between draws a duration from a to b, in whole minutes.
func (d *draw) between(a, b time.Duration) time.Duration {
	return (a + time.Duration(d.rand.Float64()*float64(b-a))).Truncate(time.Minute)
}

// at draws a moment between two shares of the span.
func (d *draw) at(from, until float64) time.Duration {
	return d.begin + d.between(time.Duration(from*float64(d.span)), time.Duration(until*float64(d.span)))
}

// severity draws between a and b, in hundredths.
func (d *draw) severity(a, b float64) float64 {
	return math.Round(100*(a+(b-a)*d.rand.Float64())) / 100
}

// rested is how long a lamp is well between two faults.
const rested = 4 * 24 * time.Hour

// lamp takes a lamp that suits and has no other fault then.
func (d *draw) lamp(f *Fault, suits func(*device.Lamp, *vendor) bool) bool {
	for _, l := range d.lamps {
		if until, had := d.until[l.ID]; had && f.From < until+rested || suits != nil && !suits(l, vendorOf(l.ID)) {
			continue
		}
		d.until[l.ID] = f.From + f.Lasts
		if f.Lasts == 0 {
			d.until[l.ID] = math.MaxInt64 - rested
		}
		f.Lamps = []device.LampID{l.ID}
		return true
	}
	return false
}

// long is a fault that lasts to the end of a plan of one month, else three to four
// weeks.
func (d *draw) long() time.Duration {
	if d.last {
		return 0
	}
	return d.between(21*24*time.Hour, 28*24*time.Hour)
}

// spell is eight to twelve days without sun over the town.
func (d *draw) spell() Fault {
	return Fault{
		Code: device.WeatherShortage, Villages: []device.Village{Town}, Severity: d.severity(0.7, 1),
		From: d.at(0.2, 0.6), Lasts: d.between(8*24*time.Hour, 12*24*time.Hour),
	}
}

// fault draws one of a kind; false where no lamp is left that could have it.
func (d *draw) fault(code device.Fault) (Fault, bool) {
	const day = 24 * time.Hour
	f := Fault{Code: code, From: d.at(0.08, 0.9), Lasts: d.between(2*day, 8*day)}
	if causes := Causes(code); causes != nil {
		f.Cause = causes[d.rand.IntN(len(causes))]
	}
	var suits func(*device.Lamp, *vendor) bool
	loads := func(_ *device.Lamp, v *vendor) bool { return v.measures(device.LoadW) || v.measures(device.LoadA) }
	switch code {
	case device.WeatherShortage:
		return f, false
	case device.GatewaySilent:
		if len(d.gates) == 0 {
			return f, false
		}
		f.Gates = []device.GatewayID{d.gates[d.rand.IntN(len(d.gates))]}
		f.Lasts = d.between(90*time.Minute, 14*time.Hour)
		return f, true
	case device.LampDim:
		suits, f.Severity = loads, d.severity(0.4, 0.65)
		if f.Cause == causeWater {
			f.Creeps = d.between(day, 3*day)
		}
		f.Lasts += 2 * day
	case device.LampFlicker:
		suits, f.Severity = loads, d.severity(0.4, 1)
	case device.LampDark:
		suits = loads
		if f.Cause == causeWater {
			f.Creeps = d.between(12*time.Hour, 36*time.Hour)
			f.Lasts += f.Creeps
		}
	case device.LampDayBurning:
		suits = loads
	case device.LightShort:
		f.Severity = d.severity(0.35, 0.7)
		suits = func(l *device.Lamp, v *vendor) bool {
			return loads(l, v) && l.Schedule.Known() && !l.Schedule.Motion
		}
	default:
		suits = d.slow(code, &f)
	}
	ok := d.lamp(&f, suits)
	return f, ok
}

// slow are the faults of battery, panel and word.
func (d *draw) slow(code device.Fault, f *Fault) func(*device.Lamp, *vendor) bool {
	const day = 24 * time.Hour
	switch code {
	case device.BatteryEmpty:
		f.Severity, f.Lasts = d.severity(0.6, 1), d.between(5*day, 10*day)
	case device.BatteryAging:
		f.From, f.Lasts, f.Severity = d.at(0.02, 0.3), d.long(), d.severity(0.5, 0.65)
		if f.Cause == causeFade {
			f.Creeps = d.between(day, 4*day)
		}
		return func(l *device.Lamp, v *vendor) bool {
			return v.voltage > 10 && v.method >= 0 && (f.Cause == causeFade || chemistryOf(l.BatteryChemistry).perKelvin > 0)
		}
	case device.BatteryOverheat:
		f.Severity, f.Lasts, f.Creeps = d.severity(0.5, 1), d.between(3*time.Hour, 12*time.Hour), d.between(0, time.Hour)
		return func(_ *device.Lamp, v *vendor) bool { return v.measures(device.BatteryTemp) }
	case device.BatteryOvervoltage:
		f.Severity = d.severity(0.4, 0.7)
	case device.PanelDead:
		f.Lasts = d.between(4*day, 9*day)
	case device.PanelLowYield:
		f.From, f.Lasts, f.Severity = d.at(0.05, 0.4), d.long(), d.severity(0.5, 0.75)
		if f.Cause != causeTurned {
			f.Creeps = d.between(3*day, 8*day)
		}
	case device.SensorSuspect:
		f.Lasts = d.between(3*day, 8*day)
	case device.ClockWrong:
		f.Lasts = d.between(6*time.Hour, 3*day)
		if f.Cause == causeAhead {
			f.Severity, f.Creeps = d.severity(0.3, 1), d.between(2*time.Hour, 12*time.Hour)
		}
	case device.Tampered:
		f.Severity = d.severity(0.1, 1)
		return func(_ *device.Lamp, v *vendor) bool { return f.Cause != causeTilt || v.leans }
	case device.LampSilent:
		f.Lasts = d.between(5*time.Hour, 4*day)
	}
	return nil
}
