// Package night says when it is dark: sunset and sunrise at a lamp, and the
// night, from local noon to the next local noon, that a moment belongs to. It
// promises times within a minute of NOAA's solar calculator (in fact within
// seconds, outside the polar circles), for the years 0 to 9999.
package night

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// Night is one night at one place. It is named by the date on which it begins.
type Night struct {
	Date     string        // YYYY-MM-DD of Noon, in the town's zone
	Noon     device.Millis // 12:00 by the town's clocks: it begins
	NextNoon device.Millis // 12:00 the next day: it is over
	Dusk     device.Millis // sunset, the sun's centre at −0.833°
	Dawn     device.Millis // the sunrise after it; equal to Dusk where the sun does not set
}

// Holds says whether t falls in the night, from Noon to before NextNoon.
func (n *Night) Holds(t device.Millis) bool { return t >= n.Noon && t < n.NextNoon }

// Dark says whether t is between sunset and sunrise of this night.
func (n *Night) Dark(t device.Millis) bool { return t >= n.Dusk && t < n.Dawn }

// DarkFor is how long it is dark in this night.
func (n *Night) DarkFor() time.Duration { return n.Dawn.Sub(n.Dusk) }

// At computes the night at lat, lon (degrees, north and east positive) that t
// belongs to, in the town's zone. Where the sun does not set in that night Dusk
// and Dawn are both Noon; where it does not rise they are Noon and NextNoon. It takes
// some 15 µs: ask a Calendar for many.
func At(t device.Millis, lat, lon float64, zone *time.Location) Night {
	suns := memory[int64, sun]{most: 8}
	return remembering(&suns).night(dayOf(t, zone), lat, lon)
}

// Elevation is the height of the sun's centre above the horizon at lat, lon
// (degrees, north and east positive) at t, in degrees and without refraction.
func Elevation(t device.Millis, lat, lon float64) float64 {
	return almanac(sunAtMidnight).elevation(clamp(t), lat, lon)
}

// earliest and latest bound the moments that are computed: 0000-01-02 and
// 9999-12-30. A lamp's clock may claim anything.
const (
	earliest = device.Millis(-62167132800000)
	latest   = device.Millis(253402128000000)
)

func clamp(t device.Millis) device.Millis { return max(earliest, min(latest, t)) }

// day is a local date by the noons that bound its night.
type day struct {
	noon, next time.Time
}

func (d day) holds(t device.Millis) bool {
	return int64(t) >= d.noon.UnixMilli() && int64(t) < d.next.UnixMilli()
}

func dayOf(t device.Millis, zone *time.Location) day {
	local := time.UnixMilli(int64(clamp(t))).In(zone)
	year, month, date := local.Date()
	if local.Hour() < 12 {
		date--
	}
	return day{
		noon: time.Date(year, month, date, 12, 0, 0, 0, zone),
		next: time.Date(year, month, date+1, 12, 0, 0, 0, zone),
	}
}

func (a almanac) night(d day, lat, lon float64) Night {
	n := Night{
		Date:     d.noon.Format(time.DateOnly),
		Noon:     device.Millis(d.noon.UnixMilli()),
		NextNoon: device.Millis(d.next.UnixMilli()),
	}
	dusk, evening := a.event(lat, lon, d.noon, +1)
	dawn, morning := a.event(lat, lon, d.next, -1)
	switch {
	case evening == 0 && morning == 0:
		n.Dusk, n.Dawn = n.Noon, n.NextNoon
	case evening == 0.5 && morning == 0.5 || dusk >= dawn:
		n.Dusk, n.Dawn = n.Noon, n.Noon
	default:
		n.Dusk, n.Dawn = dusk, dawn
	}
	return n
}
