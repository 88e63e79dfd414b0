package ruletest

import (
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// Jiaping is where the lamps of a script stand.
const (
	jiapingLat = 29.0
	jiapingLon = 106.3
)

// Script is one parsed test.
type Script struct {
	Name     string
	zone     *time.Location
	lamps    map[device.LampID]device.Lamp
	arrivals []arrival
	blind    []interval
	ignored  []device.Fault
	changes  []wantChange
	nights   []wantNight
	from, to time.Time
}

// arrival is a reading or a status at its receipt.
type arrival struct {
	at      time.Time
	reading *device.Reading
	status  *device.Status
}

type interval struct{ from, to time.Time }

type wantChange struct {
	line     int
	when     interval // both included
	state    alerts.State
	fault    device.Fault
	subject  device.Subject
	quiet    bool
	original string
}

type wantNight struct {
	line     int
	lamp     device.LampID
	night    string
	lit      *time.Duration
	observed *time.Duration
	expected *time.Duration
	switches *int
	none     bool
}

// Lamp answers from the script, so that it is the engine's roster.
func (s *Script) Lamp(id device.LampID) (device.Lamp, bool) {
	l, ok := s.lamps[id]
	return l, ok
}
