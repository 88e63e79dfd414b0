package profile

import (
	"fmt"
	"strings"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// name finds whose reading it is: by the first thing that names the lamp, which
// is looked up among the device ids and else is the code itself. A code that the
// town does not know is listed for adoption like any other.
func (p *Profile) name(r *reading) *payload.Reject {
	paths := p.Lamp
	if len(paths) == 0 {
		paths = []Path{{"$lamp"}, {"$device"}}
	}
	for _, path := range paths {
		text, ok := textOf(r.at(path))
		if text = strings.TrimSpace(text); !ok || text == "" {
			continue
		}
		if lamp, known := p.Devices[strings.ToLower(text)]; known {
			r.out.Lamp = lamp
			return nil
		}
		switch p.LampCase {
		case Upper:
			text = strings.ToUpper(text)
		case Lower:
			text = strings.ToLower(text)
		}
		if !device.ValidCode(text) {
			return &payload.Reject{Reason: payload.BadLamp, Text: fmt.Sprintf(
				"device %s is no lamp code and not in devices.csv: add the line %s,JP-…", shown(text), shorten(text, 64))}
		}
		r.out.Lamp = device.LampID(text)
		return nil
	}
	return &payload.Reject{Reason: payload.BadLamp, Text: "nothing in it names the lamp: see lamp in the profile"}
}

// Devices is the table of a town that names lamps by their vendors' device ids.
type Devices map[string]device.LampID

// WithDevices is the profile with the town's table beside its own; where both know
// an id, the town's counts.
func (p *Profile) WithDevices(d Devices) *Profile {
	if len(d) == 0 {
		return p
	}
	out := *p
	out.Devices = make(map[string]device.LampID, len(p.Devices)+len(d))
	for id, lamp := range p.Devices {
		out.Devices[id] = lamp
	}
	for id, lamp := range d {
		out.Devices[strings.ToLower(id)] = lamp
	}
	return &out
}
