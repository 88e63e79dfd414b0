package payload

import (
	"github.com/yingguang/yingguang/device"
)

// Limits of one message.
const (
	MaxReadings = 1000 // readings in one batch
	MaxDepth    = 16   // levels of objects and arrays, those of unknown fields included
)

// Batch is what one message gave. It is reused between calls; the readings in it
// are values that may be kept, the rejects' Item points into the payload.
type Batch struct {
	Readings []device.Reading // in the payload's order
	Rejects  []Reject         // in the payload's order
	Unknown  int              // fields beside "readings", which are not kept
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Readings, b.Rejects, b.Unknown = b.Readings[:0], b.Rejects[:0], 0
}

// Decoder turns payloads into readings. The zero Decoder is ready; it keeps
// strings that come again and again, and is not safe for concurrent use.
type Decoder struct {
	names interned
}

// Telemetry resets out and fills it with the readings of one message that came
// at received on t; what it cannot take becomes a Reject. Every message gives at
// least one of either. In a batch each reading stands or falls alone, but a
// message that is not JSON or CBOR throughout is one Reject.
func (d *Decoder) Telemetry(t Topic, payload []byte, received device.Millis, out *Batch) {
	out.Reset()
	out.Rejects = append(out.Rejects, Reject{Reason: BadJSON, Lamp: t.Lamp, Readings: 1})
}

// Status decodes an online or offline message; a last will has no ts. The error
// is a *Reject. An empty payload, with which a retained status is removed from a broker,
// gives the reason Empty.
func (d *Decoder) Status(t Topic, payload []byte, received device.Millis) (device.Status, error) {
	return device.Status{}, &Reject{Reason: BadJSON, Lamp: t.Lamp, Readings: 1}
}

// interned keeps one copy of each short string that comes again and again: lamp
// codes, firmware, fault names.
type interned map[string]string

const maxInterned = 8192

func (n *interned) of(b []byte) string {
	if s, ok := (*n)[string(b)]; ok {
		return s
	}
	if *n == nil || len(*n) >= maxInterned {
		*n = make(interned) // one sender's ever new strings must not fill the memory
	}
	s := string(b)
	(*n)[s] = s
	return s
}
