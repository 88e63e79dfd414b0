package night

import (
	"fmt"
	"math"
	"time"

	"github.com/hablullah/go-sampa"

	"github.com/yingguang/yingguang/device"
)

// horizon is where the sun's centre stands when its upper edge is seen to touch
// the horizon: half its width and the usual refraction below, in degrees.
const horizon = -0.833

const dayMs = 24 * 60 * 60 * 1000

// sun is where the sun stands over the Earth, in degrees: between two midnights
// both change so evenly that a straight line errs by less than a second.
type sun struct {
	declination    float64
	equationOfTime float64 // how far it is ahead of the mean sun
}

// sunAtMidnight asks the library, which follows NREL's solar position algorithm
// (to 0.0003°), for the sun at 0:00 UTC on the day counted from 1970. The library's own sunset
// is as good but takes 27 µs for every lamp and night; this is shared by all lamps.
func sunAtMidnight(day int64) sun {
	p, err := sampa.GetSunPosition(time.Unix(day*dayMs/1000, 0).UTC(), sampa.Location{}, nil)
	if err != nil {
		panic(fmt.Sprintf("night: the sun of day %d: %v", day, err)) // it knows no year before 4713 BC; clamp keeps those out
	}
	return sun{
		declination:    p.GeocentricDeclination,
		equationOfTime: math.Remainder(p.ApparentSiderealTime-p.GeocentricRightAscension-180, 360),
	}
}

// almanac gives the sun at the midnight that begins a UTC day.
type almanac func(day int64) sun

// at is the sun at a moment in days since 1970.
func (a almanac) at(days float64) sun {
	begin := math.Floor(days)
	share := days - begin
	from, to := a(int64(begin)), a(int64(begin)+1)
	turn := math.Remainder(to.equationOfTime-from.equationOfTime, 360)
	return sun{
		declination:    from.declination + share*(to.declination-from.declination),
		equationOfTime: from.equationOfTime + share*turn,
	}
}

// event is the sunset (side +1) or sunrise (side −1) of one date, and how far
// from the meridian it is, as a share of the day: 0 where the sun does not rise
// and 0.5 where it does not set.
func (a almanac) event(lat, lon float64, date time.Time, side float64) (at device.Millis, hourAngle float64) {
	year, month, day := date.Date()
	meanNoon := float64(time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Unix())/86400 - lon/360
	when := meanNoon
	for range 3 {
		s := a.at(when)
		hourAngle = s.hourAngle(lat)
		when = meanNoon - s.equationOfTime/360 + side*hourAngle
	}
	return device.Millis(math.Round(when * dayMs)), hourAngle
}

// hourAngle is how far from the meridian the sun meets the horizon, as a share of the day.
func (s sun) hourAngle(lat float64) float64 {
	sinLat, cosLat := math.Sincos(radians(lat))
	sinDecl, cosDecl := math.Sincos(radians(s.declination))
	cos := (math.Sin(radians(horizon)) - sinLat*sinDecl) / (cosLat * cosDecl)
	return math.Acos(max(-1, min(1, cos))) / (2 * math.Pi)
}

func (a almanac) elevation(t device.Millis, lat, lon float64) float64 {
	days := float64(t) / dayMs
	s := a.at(days)
	sinLat, cosLat := math.Sincos(radians(lat))
	sinDecl, cosDecl := math.Sincos(radians(s.declination))
	hour := 2*math.Pi*(days-math.Floor(days)-0.5) + radians(s.equationOfTime+lon)
	sin := sinLat*sinDecl + cosLat*cosDecl*math.Cos(hour)
	return math.Asin(max(-1, min(1, sin))) * 180 / math.Pi
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }
