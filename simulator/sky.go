package simulator

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// slotMillis is how far apart sun and weather are computed; between two slots they
// are joined by straight lines, which the sun leaves by less than 0.03 %.
const slotMillis = 10 * 60 * 1000

// moment is the sun and the weather of a village at one time.
type moment struct {
	sky

	sun   position
	clear float64 // irradiance on the horizontal if there were no cloud, W/m²
}

// skies is the sky over every village. It keeps what was computed last, since all
// the lamps of a village ask for the same, and so is for one goroutine.
type skies struct {
	weather  weather
	villages []village
	rings    []ring
}

// village is a name and where it lies.
type village struct {
	name     device.Village
	lat, lon float64
}

// ring keeps the last slots of a village.
type ring struct {
	keys  [128]int64
	slots [128]moment
}

// villagesOf lists the villages of some lamps in their order, each where its first
// lamp stands, and gives the index of each.
func villagesOf(lamps []device.Lamp) ([]village, map[device.Village]int) {
	index := map[device.Village]int{}
	var all []village
	for i := range lamps {
		l := &lamps[i]
		if _, known := index[l.Place.Village]; !known {
			index[l.Place.Village] = len(all)
			all = append(all, village{l.Place.Village, l.Lat, l.Lon})
		}
	}
	return all, index
}

func newSkies(w weather, villages []village) *skies {
	return &skies{weather: w, villages: villages, rings: make([]ring, len(villages))}
}

// at is the sky over a village at t.
func (s *skies) at(v int, t device.Millis) moment {
	key := int64(t) / slotMillis
	a, b := s.slot(v, key), s.slot(v, key+1)
	share := float64(int64(t)%slotMillis) / slotMillis
	between := func(x, y float64) float64 { return x + (y-x)*share }
	return moment{
		sky: sky{
			cloud: between(a.cloud, b.cloud), ambient: between(a.ambient, b.ambient),
			through: between(a.through, b.through), rain: between(a.rain, b.rain),
		},
		sun:   position{between(a.sun.east, b.sun.east), between(a.sun.north, b.sun.north), between(a.sun.up, b.sun.up)},
		clear: between(a.clear, b.clear),
	}
}

func (s *skies) slot(v int, key int64) *moment {
	r := &s.rings[v]
	m := &r.slots[key&127]
	if r.keys[key&127] == key && key != 0 {
		return m
	}
	t := time.UnixMilli(key * slotMillis)
	place := &s.villages[v]
	m.sun = sunAt(t, place.lat, place.lon)
	m.clear = clearSky(m.sun)
	m.sky = s.weather.at(t, place.name)
	r.keys[key&127] = key
	return m
}
