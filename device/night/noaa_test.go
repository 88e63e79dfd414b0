package night

import (
	"math"
	"time"
)

// noaaEvent is NOAA's solar calculator (gml.noaa.gov/grad/solcalc, after Meeus,
// Astronomical Algorithms), written here from its published spreadsheet as the
// measure for the package: sunrise or sunset of one UTC date at lat, lon.
func noaaEvent(date time.Time, lat, lon float64, rising bool) time.Time {
	at := date.Add(12 * time.Hour)
	for range 3 {
		declination, equationOfTime := noaaSun(at)
		cos := cosd(90.833)/(cosd(lat)*cosd(declination)) - tand(lat)*tand(declination)
		hourAngle := math.Acos(cos) * 180 / math.Pi
		if !rising {
			hourAngle = -hourAngle
		}
		minutes := 720 - 4*(lon+hourAngle) - equationOfTime
		at = date.Add(time.Duration(minutes * float64(time.Minute)))
	}
	return at
}

// noaaElevation is the calculator's elevation without refraction, in degrees.
func noaaElevation(at time.Time, lat, lon float64) float64 {
	declination, equationOfTime := noaaSun(at)
	minutes := float64(at.UnixMilli()%dayMs) / 60000
	hourAngle := (minutes+equationOfTime+4*lon)/4 - 180
	sin := sind(lat)*sind(declination) + cosd(lat)*cosd(declination)*cosd(hourAngle)
	return math.Asin(sin) * 180 / math.Pi
}

// noaaSun gives the declination in degrees and the equation of time in minutes.
func noaaSun(at time.Time) (declination, equationOfTime float64) {
	julian := float64(at.UnixMilli())/86400000 + 2440587.5
	c := (julian - 2451545) / 36525
	meanLongitude := math.Mod(280.46646+c*(36000.76983+c*0.0003032), 360)
	anomaly := 357.52911 + c*(35999.05029-0.0001537*c)
	eccentricity := 0.016708634 - c*(0.000042037+0.0000001267*c)
	center := sind(anomaly)*(1.914602-c*(0.004817+0.000014*c)) +
		sind(2*anomaly)*(0.019993-0.000101*c) + sind(3*anomaly)*0.000289
	node := 125.04 - 1934.136*c
	longitude := meanLongitude + center - 0.00569 - 0.00478*sind(node)
	obliquity := 23 + (26+(21.448-c*(46.815+c*(0.00059-c*0.001813)))/60)/60 + 0.00256*cosd(node)
	declination = math.Asin(sind(obliquity)*sind(longitude)) * 180 / math.Pi
	y := tand(obliquity/2) * tand(obliquity/2)
	equationOfTime = 4 * 180 / math.Pi * (y*sind(2*meanLongitude) - 2*eccentricity*sind(anomaly) +
		4*eccentricity*y*sind(anomaly)*cosd(2*meanLongitude) -
		0.5*y*y*sind(4*meanLongitude) - 1.25*eccentricity*eccentricity*sind(2*anomaly))
	return declination, equationOfTime
}

func sind(x float64) float64 { return math.Sin(x * math.Pi / 180) }
func cosd(x float64) float64 { return math.Cos(x * math.Pi / 180) }
func tand(x float64) float64 { return math.Tan(x * math.Pi / 180) }
