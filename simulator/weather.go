package simulator

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// climate is Chongqing's by month, January first.
// Sun: share of possible sunshine, after the normals 1981–2010 of Shapingba
// (China Meteorological Administration): some 1,000 hours a year, 8 % in December
// and January, 48 % in August. Temperature: monthly means of the same station, °C.
var climate = [12]struct{ sun, temperature float64 }{
	{0.08, 7.9},
	{0.12, 10.0},
	{0.20, 13.8},
	{0.28, 18.6},
	{0.27, 22.6},
	{0.28, 25.1},
	{0.44, 28.3},
	{0.48, 28.3},
	{0.28, 24.1},
	{0.15, 18.6},
	{0.13, 14.1},
	{0.08, 9.3},
}

// weather is the sky over the town. It keeps no state: every moment follows from
// the seed alone, so that any time can be asked in any order.
type weather struct {
	seed uint64
	zone *time.Location
}

// sky is the weather of one place at one moment.
type sky struct {
	cloud   float64 // cover, 0 clear to 1 closed
	ambient float64 // °C
}

// at gives the sky over a village. Days hang together for three or four days,
// as fronts do; villages share most of it.
func (w weather) at(t time.Time, village device.Village) sky {
	local := t.In(w.zone)
	hours := float64(t.Unix()) / 3600
	place := hashString(string(village))
	// The hour's sun: a standard normal value, of the front, the day's course and the village.
	z := 0.80*w.noise(hours/60, 1) + 0.50*w.noise(hours/7, 2) + 0.33*w.noise(hours/2, 3^place)
	share := monthly(local, func(m int) float64 { return climate[m].sun })
	// Sunny where the value is among the share's most sunny.
	edge := math.Sqrt2 * math.Erfinv(1-2*share)
	// Soft over a broken sky; at the edge 0.86 is covered, which leaves an eighth of the clear
	// beam: the 120 W/m² that a sunshine recorder counts from (WMO-No. 8, chapter 8).
	cloud := 1 / (1 + math.Exp(4*(z-edge)-1.8))
	ambient := monthly(local, func(m int) float64 { return climate[m].temperature }) +
		2.5*w.noise(hours/80, 4) +
		(5-3.5*cloud)*math.Cos(2*math.Pi*(float64(local.Hour())+float64(local.Minute())/60-15)/24)
	return sky{cloud: cloud, ambient: ambient}
}

// through is the share of clear-sky irradiance that a cloud cover lets through:
// Kasten and Czeplak (1980), 1 − 0.75 n^3.4.
func (s sky) through() float64 { return 1 - 0.75*math.Pow(s.cloud, 3.4) }

// monthly goes smoothly from the middle of one month to that of the next.
func monthly(t time.Time, of func(month int) float64) float64 {
	at := float64(t.Month()) - 1 + (float64(t.Day())-15)/30
	from := math.Floor(at)
	share := at - from
	m := (int(from) + 12) % 12
	return of(m)*(1-share) + of((m+1)%12)*share
}

// noise is a smooth random curve with mean 0 and a standard deviation of about 1,
// different for each seed and channel: values at whole x, joined by a cosine and
// scaled so that the middle between two varies as much as they do.
func (w weather) noise(x float64, channel uint64) float64 {
	whole := math.Floor(x)
	share := (1 - math.Cos(math.Pi*(x-whole))) / 2
	a := normal(w.seed, channel, uint64(int64(whole)))
	b := normal(w.seed, channel, uint64(int64(whole)+1))
	return (a*(1-share) + b*share) / math.Hypot(1-share, share)
}

// normal is a standard normal value that follows from three numbers.
func normal(a, b, c uint64) float64 {
	u := (float64(mix(a, b, c)>>11) + 0.5) / (1 << 53)
	return math.Sqrt2 * math.Erfinv(2*u-1)
}

// uniform is a value from 0 to 1 that follows from three numbers.
func uniform(a, b, c uint64) float64 { return float64(mix(a, b, c)>>11) / (1 << 53) }

// mix scrambles three numbers into one: the finaliser of SplitMix64 (Steele, Lea
// and Flood 2014) after each.
func mix(a, b, c uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, v := range [...]uint64{a, b, c} {
		h += v + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

func hashString(s string) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
