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

// on is the irradiance on the plane, W/m², of ghi on the horizontal under a
// cloud cover of 0 to 1. The diffuse part is taken as even over the sky (Liu and
// Jordan 1963); of a clear sky it is 15 %, of a closed one all. The ground gives
// back 0.2.
func (pl plane) on(p position, ghi, cloud float64) float64 {
	if p.up <= 0 || ghi <= 0 {
		return 0
	}
	diffuse := ghi * (0.15 + 0.85*cloud*cloud)
	sinTilt, cosTilt := math.Sincos(pl.tilt * math.Pi / 180)
	sinAz, cosAz := math.Sincos(pl.azimuth * math.Pi / 180)
	incidence := p.up*cosTilt + sinTilt*(p.east*sinAz+p.north*cosAz)
	// Near the horizon the ratio would grow without bound; the beam is weak there.
	beam := (ghi - diffuse) * max(0, incidence) / max(p.up, 0.05)
	return beam + diffuse*(1+cosTilt)/2 + 0.2*ghi*(1-cosTilt)/2
}
