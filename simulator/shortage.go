package simulator

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Shares of a village's lamps that must be low at dusk for a shortage to begin and
// to go on, and what low is.
const (
	shortShare    = 0.5
	stillShare    = 0.3
	perhapsShare  = 0.2
	lowCharge     = 0.30
	perhapsCharge = 0.40
)

// dusks counts the lamps of a village at one dusk.
type dusks struct {
	lamps, low, perhaps int
}

// shortages are the labels of weather_shortage.
func (rec *recording) shortages() []Label {
	nights := int(rec.until.Sub(rec.from)/(24*time.Hour)) + 2
	counts := make([][]dusks, len(rec.villages))
	start := device.Millis(0)
	for v := range counts {
		counts[v] = make([]dusks, nights)
	}
	for _, s := range rec.speakers {
		for i, p := range s.poles {
			w := &s.watches[i]
			if start == 0 || w.firstDusk != 0 && w.firstDusk < start {
				start = w.firstDusk
			}
			for k, charge := range w.evenings {
				if k < nights {
					counts[p.village][k].add(charge)
				}
			}
		}
	}
	dusk := func(night int) device.Millis { return start.Add(time.Duration(night)*24*time.Hour + 5*time.Hour) } // five in the afternoon
	var all []Label
	town := make([]int, nights)
	for v := range counts {
		subject := device.Subject(device.KindVillage + ":" + string(rec.villages[v].name))
		short := false
		sure := func(k int) bool {
			share := counts[v][k].share(counts[v][k].low)
			short = share >= shortShare || short && share >= stillShare
			return short
		}
		perhaps := func(k int) bool { return counts[v][k].share(counts[v][k].perhaps) >= perhapsShare }
		all = append(all, runs(nights, sure, dusk, subject, false)...)
		all = append(all, runs(nights, perhaps, dusk, subject, true)...)
		for k := range nights {
			if perhaps(k) {
				town[k]++
			}
		}
	}
	half := func(k int) bool { return 2*town[k] >= len(rec.villages) }
	all = append(all, runs(nights, half, dusk, device.Subject(device.KindTown+":"+rec.Prefix), true)...)
	for i := range all {
		all[i].End = min(all[i].End, rec.until)
	}
	return all
}

func (d *dusks) add(charge float64) {
	if math.IsNaN(charge) { // it has a fault of its own
		return
	}
	d.lamps++
	if charge < lowCharge {
		d.low++
	}
	if charge < perhapsCharge {
		d.perhaps++
	}
}

func (d *dusks) share(n int) float64 {
	if d.lamps < 3 {
		return 0
	}
	return float64(n) / float64(d.lamps)
}

// runs makes a label of each run of nights that have something; a single night
// between two is taken in. An optional one reaches a night further at both ends.
func runs(nights int, has func(int) bool, dusk func(int) device.Millis, subject device.Subject, optional bool) []Label {
	var all []Label
	last := -9
	for k := range nights {
		if !has(k) {
			continue
		}
		l := Label{subject, device.WeatherShortage, dusk(k), dusk(k + 1), optional}
		if optional {
			l.Start, l.End = dusk(k-1), dusk(k+2)
		}
		if n := len(all) - 1; k-last <= 2 {
			all[n].End = l.End
		} else {
			all = append(all, l)
		}
		last = k
	}
	return all
}
