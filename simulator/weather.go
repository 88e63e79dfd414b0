package simulator

import (
	"math"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// climate is Chongqing's by month, January first.
// Sun: share of possible sunshine, after the normals 1981–2010 of Shapingba
// (China Meteorological Administration): some 1,000 hours a year, 8 % in December
// and January, 48 % in August. Temperature: monthly means of the same station, °C.
// Fog: days with fog, of 104 a year, most of them in winter (the city's own
// figures).
var climate = [12]struct{ sun, temperature, fog float64 }{
	{0.08, 7.9, 14},
	{0.12, 10.0, 10},
	{0.20, 13.8, 8},
	{0.28, 18.6, 6},
	{0.27, 22.6, 5},
	{0.28, 25.1, 4},
	{0.44, 28.3, 3},
	{0.48, 28.3, 3},
	{0.28, 24.1, 7},
	{0.15, 18.6, 12},
	{0.13, 14.1, 15},
	{0.08, 9.3, 17},
}

// weather is the sky over the town. It keeps no state: every moment follows from
// the seed alone, so that any time can be asked in any order.
type weather struct {
	seed   uint64
	zone   *time.Location
	spells []spell
}

// spell is a time without sun that somebody asked for.
type spell struct {
	villages    []device.Village // empty for all
	from, until device.Millis
	depth       float64 // 0 to 1
}

// sky is the weather of one place at one moment.
type sky struct {
	cloud   float64 // cover, 0 clear to 1 closed
	ambient float64 // °C
	through float64 // share of the clear sky's irradiance that arrives
	rain    float64 // mm/h
}

// at gives the sky over a village. Days hang together for three or four days,
// as fronts do; villages share most of it.
func (w weather) at(t time.Time, v device.Village) sky {
	local := t.In(w.zone)
	hours := float64(t.Unix()) / 3600
	place := hashString(string(v))
	// The hour's sun: a standard normal value, of the front, the day's course and the village.
	z := 0.80*w.noise(hours/60, 1) + 0.50*w.noise(hours/7, 2) + 0.33*w.noise(hours/2, 3^place)
	share := monthly(local, func(m int) float64 { return climate[m].sun })
	// Sunny where the value is among the share's most sunny.
	edge := math.Sqrt2 * math.Erfinv(1-2*share)
	// Soft over a broken sky; at the edge 0.86 is covered, which leaves an eighth of the clear
	// beam: the 120 W/m² that a sunshine recorder counts from (WMO-No. 8, chapter 8).
	s := sky{cloud: 1 / (1 + math.Exp(4*(z-edge)-1.8))}
	s.cloud = max(s.cloud, w.fog(local, place))
	s.through = through(s.cloud)
	w.rains(&s, z, hours)
	w.darken(&s, device.MillisOf(t), v)
	s.ambient = monthly(local, func(m int) float64 { return climate[m].temperature }) +
		2.5*w.noise(hours/80, 4) +
		(5-3.5*s.cloud)*math.Cos(2*math.Pi*(float64(local.Hour())+float64(local.Minute())/60-15)/24)
	return s
}

// through is the share of clear-sky irradiance that a cloud cover lets through:
// Kasten and Czeplak (1980), 1 − 0.75 n^3.4.
func through(cloud float64) float64 { return 1 - 0.75*math.Pow(cloud, 3.4) }

// fog is the cover that radiation fog gives a village in the morning, on as many
// days as the climate has; it lifts between nine and half past eleven.
func (w weather) fog(local time.Time, place uint64) float64 {
	hour := float64(local.Hour()) + float64(local.Minute())/60
	if hour > 12 {
		return 0
	}
	day := uint64(local.Year()*400 + local.YearDay())
	if uniform(w.seed, 21, day) > climate[local.Month()-1].fog/30 {
		return 0
	}
	lifts := 9 + 2*uniform(w.seed, 22, day) + 0.5*uniform(w.seed, 23^place, day)
	return 1 / (1 + math.Exp(8*(hour-lifts)))
}

// rains lets it rain from the darkest skies: some 1,100 mm and 150 days a year. Rain
// clouds are thicker than a closed sky: they take up to half of what it lets through.
func (w weather) rains(s *sky, z, hours float64) {
	if wet := -1.3 - z + 0.5*w.noise(hours/3, 5); wet > 0 {
		s.rain = 1.9 * wet
		s.through *= 1 - 0.5*min(1, wet)
	}
}

// darken is what the spells do.
func (w weather) darken(s *sky, t device.Millis, v device.Village) {
	for _, spell := range w.spells {
		if t < spell.from || t >= spell.until || len(spell.villages) > 0 && !slices.Contains(spell.villages, v) {
			continue
		}
		s.cloud = max(s.cloud, 0.9+0.1*spell.depth)
		s.through = min(s.through, 0.3-0.2*spell.depth)
		s.rain = max(s.rain, 0.4*spell.depth)
	}
}

// monthly goes smoothly from the middle of one month to that of the next.
func monthly(t time.Time, of func(month int) float64) float64 {
	at := float64(t.Month()) - 1 + (float64(t.Day())-15)/30
	from := math.Floor(at)
	share := at - from
	m := (int(from) + 12) % 12
	return of(m)*(1-share) + of((m+1)%12)*share
}
