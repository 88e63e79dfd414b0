package alerts

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// kin is what the batteries of one kind in the town have in common.
type kin struct {
	day    uint16
	ohmAh  float64 // of a cell in its first nights, times its capacity; 0 while too few are known
	season float64 // by how much that has grown since; 0 while too few are known
	warmth float64 // °C, the median of all thermometers on batteries; NaN without any
}

// enoughKin is how many batteries make a median.
const enoughKin = 8

// kinOf reckons what is common to the batteries of a kind, once a day.
func (e *Engine) kinOf(lithium bool, noon device.Millis) kin {
	of := &e.kin[0]
	if lithium {
		of = &e.kin[1]
	}
	if day := dayOf(noon); of.day != day {
		*of = e.reckonKin(lithium, noon)
		of.day = day
		e.dirty[kinKey] = true
	}
	return *of
}

func (e *Engine) reckonKin(lithium bool, noon device.Millis) (of kin) {
	var firsts, grown, temps []float64
	for _, l := range e.order {
		m := &l.aging
		if t := float64(l.battery.temp); t == t && noon.Sub(l.lastTS) < 24*time.Hour {
			temps = append(temps, t)
		}
		if l.known.lithium != lithium || l.known.batteryAh == 0 || !m.first.known() {
			continue
		}
		first, _ := m.first.ohms()
		firsts = append(firsts, first*l.known.batteryAh)
		if now, _ := m.lately.ohms(); m.lately.known() {
			grown = append(grown, now/first)
		}
	}
	if len(firsts) >= enoughKin {
		of.ohmAh = median(firsts)
	}
	if len(grown) >= enoughKin {
		of.season = min(max(median(grown), 0.5), 2)
	}
	of.warmth = median(temps)
	return of
}

// kin is stored, since after a restart in the middle of a day it would be another.
func (w *writer) kin(all *[2]kin) {
	for i := range all {
		of := &all[i]
		w.uint(uint64(of.day))
		w.double(of.ohmAh)
		w.double(of.season)
		w.double(of.warmth)
	}
}

func (r *reader) kin(all *[2]kin) {
	for i := range all {
		all[i] = kin{day: uint16(r.uint()), ohmAh: r.double(), season: r.double(), warmth: r.double()}
	}
}
