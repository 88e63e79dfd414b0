package ingest

import (
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/device/profile"
)

// Formats knows how messages are decoded that are not in wire format 1.
type Formats interface {
	// Filters are the topic filters to subscribe to beside those of wire format 1, with
	// the least quality of service that does for each.
	Filters() map[string]byte
	// Format gives the decoder of a topic's messages; nil leaves them to wire format 1.
	Format(topic string) profile.Decode
}

// A route is kept for so long: then the registry may name another profile for the lamp.
const (
	routeKept = time.Minute
	maxRoutes = 16384
)

// route is what a topic says of its messages.
type route struct {
	topic  payload.Topic
	err    error          // it is no topic of ours
	format profile.Decode // nil for wire format 1
	until  device.Millis
}

// routes finds the route of a topic, once a minute for each that comes again and
// again. It is for one goroutine.
type routes struct {
	prefix  string
	formats Formats // nil for wire format 1 alone
	known   map[string]route
}

func newRoutes(prefix string, formats Formats) *routes {
	return &routes{prefix, formats, map[string]route{}}
}

func (r *routes) of(topic []byte, now device.Millis) route {
	if known, ok := r.known[string(topic)]; ok && now < known.until {
		return known
	}
	return r.find(string(topic), now)
}

func (r *routes) find(topic string, now device.Millis) route {
	out := route{until: now.Add(routeKept)}
	out.topic, out.err = payload.ParseTopic(r.prefix, topic)
	if r.formats != nil {
		if out.format = r.formats.Format(topic); out.format != nil {
			out.err = nil
			out.topic.Part = payload.Telemetry
		}
	}
	if len(r.known) >= maxRoutes {
		clear(r.known) // ever new topics must not fill the memory
	}
	r.known[topic] = out
	return out
}

// plain says that the readings are wire format 1 as it stands.
func (r *route) plain(data []byte) bool { return r.format == nil && !profile.Gzipped(data) }

// telemetry decodes one message's readings, by the topic's profile or as wire
// format 1; gzip around it is taken off.
func (r *route) telemetry(d *payload.Decoder, data []byte, at device.Millis, out *payload.Batch) {
	if r.format != nil {
		r.format(data, at, out)
		return
	}
	if profile.Gzipped(data) {
		inflated, err := profile.Inflate(data)
		if err != nil {
			out.Reset()
			reject := asReject(err, r.topic)
			reject.Lamp = r.topic.Lamp
			out.Rejects = append(out.Rejects, *reject)
			return
		}
		data = inflated
	}
	d.Telemetry(r.topic, data, at, out)
}

// Decoder decodes stored messages again, as they would be decoded if they came
// today: for what was rejected, once its profile is mended. It is not safe for
// concurrent use.
type Decoder struct {
	routes  *routes
	decoder payload.Decoder
}

// NewDecoder makes a decoder; formats may be nil.
func NewDecoder(prefix string, formats Formats) *Decoder {
	return &Decoder{routes: newRoutes(prefix, formats)}
}

// Decode resets out and fills it with what a message gives now that came on topic
// at received. A message that is a status, or of a topic that nobody knows, is
// the error, a *payload.Reject.
func (d *Decoder) Decode(topic string, data []byte, received device.Millis, out *payload.Batch) error {
	out.Reset()
	r := d.routes.find(topic, received) // never from what is remembered: a profile may have been mended
	switch {
	case r.err != nil:
		return asReject(r.err, r.topic)
	case r.topic.Part != payload.Telemetry:
		return &payload.Reject{Reason: payload.BadTopic, Text: topic + " brings no readings", Lamp: r.topic.Lamp, Readings: 1}
	}
	r.telemetry(&d.decoder, data, received, out)
	return nil
}
