package score

import (
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
	sun "github.com/yingguang/yingguang/device/night"
)

// Jiaping is where a lamp stands that no roster tells of.
const jiapingLat, jiapingLon = 29.0, 106.3

// Town is what scoring needs of the lamps: where they belong, how often they
// report, when they are to be lit.
type Town struct {
	zone  *time.Location
	lamps map[device.LampID]device.Lamp
	every time.Duration // the longest interval of any lamp, for subjects that are none
}

// NewTown makes a town of its lamps; without them, gateways and villages explain
// nothing, and limits are those of lamps that report every ten minutes.
func NewTown(lamps []device.Lamp, zone *time.Location) *Town {
	t := &Town{zone, make(map[device.LampID]device.Lamp, len(lamps)), 0}
	for _, l := range lamps {
		t.lamps[l.ID] = l
		if l.Reports() {
			t.every = max(t.every, l.Interval)
		}
	}
	return t
}

func (t *Town) lamp(s device.Subject) (device.Lamp, bool) {
	if s.Kind() != device.KindLamp {
		return device.Lamp{Lat: jiapingLat, Lon: jiapingLon, Interval: t.every}, false
	}
	l, ok := t.lamps[device.LampID(s.Code())]
	if !ok {
		l = device.Lamp{Lat: jiapingLat, Lon: jiapingLon}
	}
	return l, ok
}

// covers says whether what is wrong with cause is wrong with s too: itself, a
// lamp behind its gateway or in its village or place, or either way round for
// towns and villages, whose weather is one.
func (t *Town) covers(cause, s device.Subject) bool {
	if cause == s || cause.Kind() == device.KindTown || s.Kind() == device.KindTown && cause.Kind() == device.KindVillage {
		return true
	}
	l, ok := t.lamp(s)
	if !ok {
		return false
	}
	return cause == device.GatewaySubject(l.Gateway) ||
		cause == device.Subject(device.KindVillage+":"+string(l.Place.Village)) ||
		cause == device.Subject(device.KindPlace+":"+string(l.Place.ID))
}

// visible is the first moment at or after start at which a fault can be seen: one
// of the light in promised hours, burning by day after sunrise.
func (t *Town) visible(f device.Fault, s device.Subject, start device.Millis) device.Millis {
	seen := seenIn(f)
	if seen == always {
		return start
	}
	l, _ := t.lamp(s)
	const step, margin = 5 * time.Minute, 25 * time.Minute
	for at := start; at < start.Add(48*time.Hour); at = at.Add(step) {
		n := sun.At(at, l.Lat, l.Lon, t.zone)
		if seen == byDay {
			if !n.Dark(at) {
				return at
			}
			at = n.Dawn.Add(-step)
			continue
		}
		if !n.Dark(at.Add(-margin)) {
			if at < n.Dusk {
				at = max(at, n.Dusk.Add(margin-step))
			}
			continue
		}
		if !l.Schedule.Known() || l.Schedule.Level(at.Time(), n.Dusk.Time(), n.Dawn.Time()) > 0 {
			return at
		}
	}
	return start
}

// limit is how long after it can be seen a fault may take to be found.
func (t *Town) limit(f device.Fault, s device.Subject) time.Duration {
	l, known := t.lamp(s)
	if known && l.Interval == 0 {
		l.Interval = usualInterval
	}
	entry, _ := alerts.Find(f)
	return max(entry.Limit, 2*l.Interval)
}

// usualInterval is how often a lamp reports that the roster says nothing of.
const usualInterval = 10 * time.Minute

// part is the part of the day that a fault needs to be seen in.
type part uint8

const (
	always  part = iota
	byNight      // from the end of twilight on, while light is promised
	byDay        // from sunrise on
)

func seenIn(f device.Fault) part {
	switch f {
	case device.LampDark, device.LampDim, device.LampFlicker, device.LightShort:
		return byNight
	case device.LampDayBurning:
		return byDay
	}
	return always
}
