package simulator

import (
	"math"
	"time"
)

// position is where the sun stands for a place: a unit vector east, north and up.
type position struct{ east, north, up float64 }

// sunAt follows the Astronomical Almanac's low-precision formulas as given by
// Michalsky, "The Astronomical Almanac's algorithm for approximate solar position"
// (Solar Energy 40, 1988); good to 0.01°, without refraction.
func sunAt(t time.Time, lat, lon float64) position {
	const degree = math.Pi / 180
	n := float64(t.UnixMilli())/86_400_000 - 10957.5 // days since J2000.0
	anomaly := (357.528 + 0.9856003*n) * degree
	longitude := (280.460 + 0.9856474*n + 1.915*math.Sin(anomaly) + 0.020*math.Sin(2*anomaly)) * degree
	obliquity := (23.439 - 0.0000004*n) * degree
	sinDec := math.Sin(obliquity) * math.Sin(longitude)
	cosDec := math.Sqrt(1 - sinDec*sinDec)
	ascension := math.Atan2(math.Cos(obliquity)*math.Sin(longitude), math.Cos(longitude))
	angle := (280.46062+360.98564737*n+lon)*degree - ascension // local hour angle
	sinLat, cosLat := math.Sincos(lat * degree)
	return position{
		east:  -cosDec * math.Sin(angle),
		north: cosLat*sinDec - sinLat*cosDec*math.Cos(angle),
		up:    sinLat*sinDec + cosLat*cosDec*math.Cos(angle),
	}
}

// clearSky is the global horizontal irradiance under a cloudless sky, W/m²:
// Haurwitz (1945), found among the best of the simple models by Reno, Hansen and
// Stein (Sandia report SAND2012-2389).
func clearSky(p position) float64 {
	if p.up <= 0 {
		return 0
	}
	return 1098 * p.up * math.Exp(-0.057/p.up)
}

// plane is how a panel stands: tilted from the horizontal, facing azimuth
// (degrees from north over east).
type plane struct{ tilt, azimuth float64 }

// on is the irradiance on the panel, W/m², of ghi on the horizontal under a
// cloud cover of 0 to 1. The diffuse part is taken as even over the sky (Liu and
// Jordan 1963); of a clear sky it is 15 %, of a closed one all. The ground gives
// back 0.2. A hill hides the sun below its edge, trees take a share of the beam
// where they stand; branch is how much a new branch takes around noon.
func (s *site) on(p position, ghi, cloud, branch float64) float64 {
	if p.up <= 0 || ghi <= 0 {
		return 0
	}
	const degree = math.Pi / 180
	diffuse := ghi * (0.15 + 0.85*cloud*cloud)
	sinTilt, cosTilt := math.Sincos(s.tilt * degree)
	sinAz, cosAz := math.Sincos(s.azimuth * degree)
	incidence := p.up*cosTilt + sinTilt*(p.east*sinAz+p.north*cosAz)
	// Near the horizon the ratio would grow without bound; the beam is weak there.
	beam := (ghi - diffuse) * max(0, incidence) / max(p.up, 0.05)
	if beam > 0 {
		beam *= s.passes(p, branch)
	}
	return beam + s.open*diffuse*(1+cosTilt)/2 + 0.2*ghi*(1-cosTilt)/2
}

// passes is the share of the beam that neither hill nor leaves take.
func (s *site) passes(p position, branch float64) float64 {
	if p.east > 0 && p.up < s.east || p.east <= 0 && p.up < s.west {
		return 0
	}
	share := 1.0
	if s.crown > 0 {
		// Leaves stand 40° to either side of their azimuth and up to 60° high.
		sin, cos := math.Sincos(s.crownAt * math.Pi / 180)
		if flat := math.Hypot(p.east, p.north); p.up < 0.87 && p.east*sin+p.north*cos > 0.77*flat {
			share -= s.crown
		}
	}
	if branch > 0 && math.Abs(p.east) < 0.6 {
		share *= 1 - branch
	}
	return share
}
