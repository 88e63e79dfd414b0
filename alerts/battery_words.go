package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Battery is what can be said of a lamp's battery, as values for people; it decides nothing. What the engine
// cannot know is NaN, and a Need says what it takes.
type Battery struct {
	Lamp  device.LampID
	At    device.Millis // when this was reckoned
	Known string        // how the charge is known: gauge, counted, rough, or empty

	LeftPct    float64 // %, of what it can give until the light ends
	NightsLeft float64 // whole nights that it lasts without any sun
	LeftNeeds  Need

	HealthPct    float64 // %, of what a new one gives, at most 100
	HealthBy     string  // gauge, or cycle: a discharge from full until the light ended
	HealthNeeds  Need
	HealthNights int     // of NeedNights: how many more it takes
	Resistance   float64 // times that of the first nights
}

// Need is what it takes to know something.
type Need string

// The needs.
const (
	NeedNothing  Need = ""
	NeedCapacity Need = "capacity" // the register does not say what the battery holds
	NeedCharge   Need = "charge"   // no gauge that can be trusted, and it was not seen full yet
	NeedUse      Need = "use"      // a night of its light was not watched yet
	NeedNights   Need = "nights"   // further nights with a gauge
	NeedCycle    Need = "cycle"    // a night that takes it from full to empty
)

// batteryPause is how often the batteries are told of.
const batteryPause = time.Hour

// Batteries gives what there is to say of those batteries that were heard since they were last told of, by lamp.
// It is asked for by who has pages, so that a run over recordings pays nothing for it.
func (e *Engine) Batteries() []Battery {
	if e.town.now.Sub(e.told) < batteryPause {
		return nil
	}
	var out []Battery
	for _, l := range e.order {
		if l.energy.at > e.told {
			out = append(out, e.batteryOf(l))
		}
	}
	e.told = e.town.now
	return out
}

func (e *Engine) batteryOf(l *lampState) Battery {
	m, nan := &l.energy, math.NaN()
	b := Battery{Lamp: l.id, At: e.town.now, Known: m.how.Word(), LeftPct: nan, NightsLeft: nan, HealthPct: nan, Resistance: nan}
	if a := &l.aging; a.first.known() && a.lately.known() {
		now, _ := a.lately.ohms()
		first, _ := a.first.ohms()
		b.Resistance = now / first
	}
	usable := m.usable(&l.known)
	switch {
	case usable == 0:
		b.LeftNeeds, b.HealthNeeds = NeedCapacity, NeedCapacity
		return b
	case m.how == known0 || math.IsNaN(float64(m.lacks)):
		b.LeftNeeds = NeedCharge
	default:
		b.LeftPct = 100 * max(usable-float64(m.lacks), 0) / usable
		whole, darkness := e.darkHours(l, e.town.now)
		if f, ok := e.forecast(l, whole, darkness); ok {
			b.NightsLeft = f.DarkNights
		} else {
			b.LeftNeeds = NeedUse
		}
	}
	l.health(&b)
	return b
}

// gaugePctEnough is how much of a gauge's fall, %, fading from night to night, tells the health.
const gaugePctEnough = 15

// health tells how much of a new battery's energy it still gives: by a BMS's own gauge, or by
// what was counted from full until the light ended.
func (l *lampState) health(b *Battery) {
	a, m := &l.aging, &l.book
	switch whole := l.wholeWh(); {
	case a.gaugePct >= gaugePctEnough && whole > 0:
		b.HealthPct, b.HealthBy = min(10000*float64(a.gaugeWh)/float64(a.gaugePct)/whole, 100), "gauge"
	case m.cycleWh > 0:
		usual := leadUsable
		if l.known.lithium {
			usual = lithiumUsable
		}
		b.HealthPct, b.HealthBy = min(100*float64(m.cycleWh)/(l.known.capacity()*usual), 100), "cycle"
	case l.battery.gauge == gaugeBMS && whole > 0:
		b.HealthNeeds, b.HealthNights = gaugeNights(float64(a.gaugePct), float64(m.falls[1]))
	default:
		b.HealthNeeds = NeedCycle
	}
}

// gaugeNights is how many more nights like the last one a gauge needs; where they take too little of the battery, a whole discharge.
func gaugeNights(have, fall float64) (Need, int) {
	if fall == 0 {
		fall = 10 // of a night that was not seen yet: the usual of a battery built for several
	}
	for n := 1; n <= 9; n++ {
		if fall >= 5 {
			have = 0.6*have + fall
		}
		if have >= gaugePctEnough {
			return NeedNights, n
		}
	}
	return NeedCycle, 0
}
