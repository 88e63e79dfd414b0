package main

import (
	"math"
	"math/rand/v2"
	"time"
)

// The sun here follows Cooper (1969) for the declination and Spencer (1971) for the
// equation of time, and the clear sky is Adnot's (1979) 951.39·cos(z)^1.15 W/m²: none of
// them is what the project's own simulator uses.
type sun struct{ elevation, azimuth float64 } // radians, azimuth from south, west positive

func sunAt(t time.Time, lat, lon float64) sun {
	u := t.UTC()
	day := float64(u.YearDay()) + float64(u.Hour())/24
	b := 2 * math.Pi * (day - 1) / 365
	equation := 229.18 * (0.000075 + 0.001868*math.Cos(b) - 0.032077*math.Sin(b) - 0.014615*math.Cos(2*b) - 0.04089*math.Sin(2*b))
	minutes := float64(u.Hour()*60+u.Minute()) + float64(u.Second())/60 + 4*lon + equation
	hour := (minutes/4 - 180) * math.Pi / 180
	tilt := 23.45 * math.Pi / 180 * math.Sin(2*math.Pi*(284+day)/365)
	phi := lat * math.Pi / 180
	sinE := math.Sin(phi)*math.Sin(tilt) + math.Cos(phi)*math.Cos(tilt)*math.Cos(hour)
	elevation := math.Asin(min(max(sinE, -1), 1))
	azimuth := math.Atan2(math.Sin(hour), math.Cos(hour)*math.Sin(phi)-math.Tan(tilt)*math.Cos(phi))
	return sun{elevation, azimuth}
}

// clear is the irradiance on level ground without clouds, W/m².
func (s sun) clear() float64 {
	if s.elevation <= 0 {
		return 0
	}
	return 951.39 * math.Pow(math.Sin(s.elevation), 1.15)
}

// climate is the town's sky by month: how likely a day is dull, mixed or clear.
var climate = [12][3]float64{
	{.78, .18, .04},
	{.72, .22, .06},
	{.52, .33, .15},
	{.42, .38, .20},
	{.40, .38, .22},
	{.42, .36, .22},
	{.22, .36, .42},
	{.18, .34, .48},
	{.42, .36, .22},
	{.68, .24, .08},
	{.70, .22, .08},
	{.80, .16, .04},
}

// sky is the weather of the town: one clearness each step, a little apart in each village.
type sky struct {
	from    time.Time
	through [][]float64 // by village and step: share of the clear sky's light
	ambient []float64   // °C by step
}

// step is how finely everything lives.
const step = 150 * time.Second

const dull = 0

// newSky draws the weather. rain makes every day dull.
func newSky(r *rand.Rand, from time.Time, steps, villages int, rain bool) *sky {
	s := &sky{from: from, through: make([][]float64, villages), ambient: make([]float64, steps)}
	for v := range s.through {
		s.through[v] = make([]float64, steps)
	}
	kind, level, warm := dull, 0.2, 0.0
	local := make([]float64, villages)
	for i := range steps {
		t := from.Add(time.Duration(i) * step)
		l := t.In(zone)
		if l.Hour() == 0 && l.Minute() == 0 && l.Second() < 150 || i == 0 {
			if r.Float64() > 0.45 || i == 0 { // a day is often like the day before
				kind = drawKind(r, climate[l.Month()-1])
			}
			if rain {
				kind = dull
			}
			warm = 0.7*warm + 2.2*r.NormFloat64()
		}
		target, swing := [...]float64{0.20, 0.52, 0.93}[kind], [...]float64{0.05, 0.30, 0.06}[kind]
		level += (target-level)*0.06 + swing*0.26*r.NormFloat64()
		level = min(max(level, 0.05), 1.04)
		fog := 1.0
		if kind == 1 && l.Hour() < 10 && l.Month() >= 10 {
			fog = 0.35
		}
		for v := range local {
			local[v] += -0.03*local[v] + 0.012*r.NormFloat64()
			s.through[v][i] = min(max(level*fog*(1+local[v]), 0.03), 1.06)
		}
		hour := float64(l.Hour()) + float64(l.Minute())/60
		month := float64(l.YearDay()) / 365
		s.ambient[i] = 18.5 - 10.5*math.Cos(2*math.Pi*(month-0.055)) + warm + (1.5+2.5*level)*math.Cos(2*math.Pi*(hour-15)/24)
	}
	return s
}

func drawKind(r *rand.Rand, share [3]float64) int {
	switch u := r.Float64(); {
	case u < share[0]:
		return 0
	case u < share[0]+share[1]:
		return 1
	}
	return 2
}

// onPanel is the irradiance in a panel's plane, W/m²: Orgill and Hollands (1977) split
// the light, the direct part goes by the angle of incidence, the rest by the sky seen.
func onPanel(s sun, through, tilt, azimuth, horizon float64) (plane, ground float64) {
	ground = s.clear() * through
	if ground <= 0 {
		return 0, 0
	}
	k := 0.76 * through
	diffuse := 0.177
	switch {
	case k < 0.35:
		diffuse = 1 - 0.249*k
	case k < 0.75:
		diffuse = 1.557 - 1.84*k
	}
	incidence := math.Sin(s.elevation)*math.Cos(tilt) + math.Cos(s.elevation)*math.Sin(tilt)*math.Cos(s.azimuth-azimuth)
	beam := ground * (1 - diffuse) / max(math.Sin(s.elevation), 0.08) * max(incidence, 0)
	if s.elevation < horizon {
		beam = 0
	}
	return beam + ground*diffuse*(1+math.Cos(tilt))/2, ground
}
