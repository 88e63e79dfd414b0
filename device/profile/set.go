package profile

import (
	"slices"
	"strings"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// Set is the profiles of one system. It is never changed, and is safe for
// concurrent use.
type Set struct {
	list     []*Profile
	prefix   string
	expected func(device.LampID) string
}

// NewSet makes a set for a town's topic prefix. Expected gives the profile that
// the registry names for a lamp, or nothing; it may be nil. Where several
// profiles fit a topic, the lamp's own counts, else the first of the list.
func NewSet(list []*Profile, prefix string, expected func(device.LampID) string) *Set {
	if expected == nil {
		expected = func(device.LampID) string { return "" }
	}
	return &Set{list, prefix, expected}
}

// Named finds a profile, nil for a name that is none.
func (s *Set) Named(name string) *Profile {
	for _, p := range s.list {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// List is every profile, in order.
func (s *Set) List() []*Profile { return slices.Clone(s.list) }

// Filters are the MQTT filters of all profiles, each once, with the least quality
// of service that its profile can do with.
func (s *Set) Filters() map[string]byte {
	out := map[string]byte{}
	for _, p := range s.list {
		for _, t := range p.Topics {
			f := t.Filter()
			if have, twice := out[f]; !twice || p.QoS < have {
				out[f] = p.QoS
			}
		}
	}
	return out
}

// Decode decodes the messages of one topic.
type Decode = func(data []byte, received device.Millis, out *payload.Batch)

// Format is how messages on a topic are decoded; nil leaves them to wire format
// 1. Messages on a lamp's own topic of wire format 1 are decoded by the profile
// that the registry names for the lamp, if it names one. It looks into every
// profile: keep the answer for a while.
func (s *Set) Format(topic string) Decode {
	if rest, pushed := strings.CutPrefix(topic, "push/"); pushed {
		name, _, _ := strings.Cut(rest, "/")
		if p := s.Named(name); p != nil {
			return p.bound(Names{})
		}
		return nil
	}
	if t, err := payload.ParseTopic(s.prefix, topic); err == nil {
		if p := s.Named(s.expected(t.Lamp)); t.Lamp != "" && t.Part == payload.Telemetry && p != nil {
			return p.bound(Names{Lamp: string(t.Lamp)})
		}
		return nil
	}
	var first Decode
	for _, p := range s.list {
		for _, pattern := range p.Topics {
			names, ok := pattern.Match(topic)
			if !ok {
				continue
			}
			if lamp, named := p.lampOf(names); named && s.expected(lamp) == p.Name {
				return p.bound(names)
			}
			if first == nil {
				first = p.bound(names)
			}
		}
	}
	return first
}

// Owner is whose a profile's topic is: the lamp or the gateway that stands in it
// and that its readings are counted to. A topic whose messages name the lamp
// themselves is nobody's.
func (s *Set) Owner(topic string) (device.LampID, device.GatewayID) {
	for _, p := range s.list {
		for _, pattern := range p.Topics {
			names, ok := pattern.Match(topic)
			if !ok {
				continue
			}
			if names.Lamp != "" && (len(p.Lamp) == 0 || slices.Equal(p.Lamp[0], Path{"$lamp"})) {
				lamp, _ := p.lampOf(names)
				return lamp, ""
			}
			return "", names.Gateway
		}
	}
	return "", ""
}

// PushTopic stands in the journal for what a source pushes over HTTP.
func PushTopic(profile, source string) string { return "push/" + profile + "/" + source }

func (p *Profile) bound(names Names) Decode {
	return func(data []byte, received device.Millis, out *payload.Batch) { p.Decode(names, data, received, out) }
}

// lampOf is the lamp that a topic alone names.
func (p *Profile) lampOf(names Names) (device.LampID, bool) {
	var d device.Reading
	r := &reading{out: &d, names: names}
	return d.Lamp, p.name(r) == nil && d.Lamp != ""
}
