package payload

import (
	"fmt"

	"github.com/yingguang/yingguang/device"
)

// Limits of one message.
const (
	MaxReadings = 1000 // readings in one batch
	MaxDepth    = 16   // levels of objects and arrays within one field
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
	json  jsonSource
	cbor  cborSource
	value value
	one   device.Reading // of a message that is one reading
	alone item           // the same while it is being taken
	item  item           // of a batch
}

// Telemetry resets out and fills it with the readings of one message that came
// at received on t; what it cannot take becomes a Reject. Every message gives at
// least one of either. In a batch each reading stands or falls alone, but a
// message that is not JSON or CBOR throughout is one Reject.
func (d *Decoder) Telemetry(t Topic, payload []byte, received device.Millis, out *Batch) {
	out.Reset()
	d.Append(t, payload, received, out)
}

// Append is Telemetry for many messages after one another: it keeps the readings
// that are in out and appends its own. Rejects and Unknown are of this message.
func (d *Decoder) Append(t Topic, payload []byte, received device.Millis, out *Batch) {
	before := len(out.Readings)
	out.Rejects, out.Unknown = out.Rejects[:0], 0
	src, fault := d.source(payload)
	if fault == nil {
		fault = d.message(src, t, received, out)
	}
	if fault != nil {
		fault.Lamp = t.Lamp
		fault.Readings = max(1, len(out.Readings)-before+len(out.Rejects))
		out.Readings, out.Rejects, out.Unknown = out.Readings[:before], append(out.Rejects[:0], *fault), 0
	}
}

// source chooses by the first byte: JSON begins with { or a blank, a map in CBOR
// with 0xa0 to 0xbf, after the tag that says "this is CBOR" if there is one.
func (d *Decoder) source(payload []byte) (source, *Reject) {
	if len(payload) == 0 {
		return nil, &Reject{Reason: Empty, Text: "the message is empty: want one reading, or {\"readings\":[…]}"}
	}
	switch c := payload[0]; {
	case len(payload) > 3 && string(payload[:3]) == "\xd9\xd9\xf7":
		d.cbor.reset(payload[3:])
		return &d.cbor, nil
	case c == 0xef: // a byte order mark
		return nil, &Reject{Reason: BadJSON, Text: "the message begins with a byte order mark: send the JSON without it"}
	case c >= 0x80:
		d.cbor.reset(payload)
		return &d.cbor, nil
	}
	d.json.reset(payload)
	return &d.json, nil
}

// message takes a whole message: one reading, or an object with "readings".
func (d *Decoder) message(src source, t Topic, received device.Millis, out *Batch) *Reject {
	if !src.open(kindObject) {
		return d.notObject(src)
	}
	d.one = device.Reading{Gateway: t.Gateway, Received: received}
	d.alone = item{reading: &d.one, topic: t}
	fields, batches, before := 0, 0, len(out.Readings)
	var notList *Reject
	for src.next() {
		fields++
		key := src.key()
		if string(key) != "readings" {
			d.field(src, &d.alone, key)
			continue
		}
		batches++
		if src.open(kindList) {
			d.batch(src, t, received, out)
			continue
		}
		src.take(&d.value)
		notList = &Reject{Reason: WrongType, Text: fmt.Sprintf("readings %s: want a list of readings", src.show(d.value.raw))}
	}
	if fault := src.end(); fault != nil {
		return fault
	}
	switch {
	case batches > 1:
		return &Reject{Reason: DuplicateField, Text: "readings is there twice: send one list"}
	case notList != nil:
		return notList
	case batches == 1:
		out.Unknown = fields - 1
		if len(out.Readings) == before && len(out.Rejects) == 0 {
			return &Reject{Reason: Empty, Text: "readings is an empty list: send at least one reading, or nothing"}
		}
	case d.alone.finish():
		out.Readings = append(out.Readings, d.one)
	default:
		out.Rejects = append(out.Rejects, d.alone.reject())
	}
	return nil
}

// notObject says what a message is that is no object; if it is not even JSON or CBOR, that.
func (d *Decoder) notObject(src source) *Reject {
	src.take(&d.value)
	if fault := src.end(); fault != nil {
		return fault
	}
	return &Reject{Reason: WrongType, Text: fmt.Sprintf("the message is %s: want an object: one reading, or {\"readings\":[…]}", src.show(d.value.raw))}
}

// batch takes the list of readings, which src has entered.
func (d *Decoder) batch(src source, t Topic, received device.Millis, out *Batch) {
	it := &d.item
	n, surplusFrom := 0, 0
	for ; src.next(); n++ {
		start := src.position()
		if n >= MaxReadings {
			if n == MaxReadings {
				surplusFrom = start
			}
			src.take(&d.value)
			continue
		}
		out.Readings = append(out.Readings, device.Reading{Gateway: t.Gateway, Received: received})
		*it = item{reading: &out.Readings[len(out.Readings)-1], topic: t, inBatch: true, index: n}
		if src.open(kindObject) {
			for src.next() {
				d.field(src, it, src.key())
			}
		} else {
			src.take(&d.value)
			it.refuse(WrongType, "%s: want an object", src.show(d.value.raw))
		}
		if !it.finish() {
			out.Readings = out.Readings[:len(out.Readings)-1]
			reject := it.reject()
			reject.Item = src.between(start)
			out.Rejects = append(out.Rejects, reject)
		}
	}
	if n > MaxReadings {
		out.Rejects = append(out.Rejects, Reject{
			Reason: TooMany, Lamp: t.Lamp, Readings: n - MaxReadings, Item: src.between(surplusFrom),
			Text: fmt.Sprintf("readings holds %d: only the first %d are taken, send the others in messages of their own", n, MaxReadings),
		})
	}
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
