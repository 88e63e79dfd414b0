package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/journal"
)

// decode turns arrivals into work. While the last work is being written, what
// arrives goes into one more, so that one flush serves many messages; when
// nothing is being written what has come goes at once.
func (in *Ingest) decode(ctx context.Context, full chan<- *work, written <-chan *work) {
	defer close(full)
	d := newDecoding(in)
	var taken []*delivery
	for {
		var out chan<- *work
		ready := in.queue.ready
		if !d.work.empty() {
			out = full
		}
		if d.work.bytes >= maxWorkBytes {
			ready = nil // it waits for the writer, and the broker for us
		}
		select {
		case <-ctx.Done():
			return
		case w := <-written:
			d.again(w)
		case out <- d.work:
			d.next(written)
		case <-ready:
			var n int
			taken, n = in.queue.take(taken[:0])
			in.waiting.Add(int64(n))
			for _, t := range taken {
				if !d.delivery(ctx, t, full, written) {
					return
				}
			}
			clear(taken)
		}
	}
}

// decoding is what the one decode goroutine keeps from message to message.
type decoding struct {
	in      *Ingest
	decoder payload.Decoder
	batch   payload.Batch
	foreign payload.Batch // of messages that are not plain wire format 1
	routes  *routes
	forgot  forgot
	work    *work // being filled
	spare   []*work
}

func newDecoding(in *Ingest) *decoding {
	d := &decoding{in: in, routes: newRoutes(in.cfg.Prefix, in.cfg.Formats)}
	for range works {
		d.spare = append(d.spare, &work{leftOut: map[device.LampID]journal.LeftOut{}})
	}
	d.next(nil)
	return d
}

// again takes a work that is journaled: from now on its readings are known, and its memory is free.
func (d *decoding) again(w *work) {
	now := d.in.now()
	for _, h := range w.hashes {
		d.in.seen.add(h, now)
	}
	w.reset()
	d.spare = append(d.spare, w)
	d.in.tellForgot(&d.forgot, d.in.clocks, d.in.strange)
}

// next begins another work.
func (d *decoding) next(written <-chan *work) {
	for len(d.spare) == 0 {
		d.again(<-written) // of three works one is with the writer and one on its way at most
	}
	n := len(d.spare) - 1
	d.work, d.spare = d.spare[n], d.spare[:n]
}

// delivery adds the messages of one read, handing full works on; false once ctx has ended.
func (d *decoding) delivery(ctx context.Context, t *delivery, full chan<- *work, written <-chan *work) bool {
	defer t.done()
	for len(written) > 0 {
		d.again(<-written)
	}
	if t.tap == nil {
		d.work.block.Observing = true
		d.work.block.At = t.at
		d.work.messages++
		return true
	}
	for i := range t.messages {
		if d.work.bytes >= maxWorkBytes {
			select {
			case full <- d.work:
				d.next(written)
			case <-ctx.Done():
				return false
			}
		}
		d.message(t, &t.messages[i])
	}
	if len(d.spare) == 0 {
		return true
	}
	select {
	case full <- d.work: // the writer has nothing to do
		d.next(written)
	default:
	}
	return true
}

func (d *decoding) message(t *delivery, m *message) {
	d.work.messages++
	if m.ack {
		d.work.acknowledge(t.tap, m.id)
	}
	route := d.routes.of(m.topic, t.at)
	topic, err := route.topic, route.err
	switch {
	case err != nil:
		d.reject(t, m, asReject(err, topic))
	case m.length() > d.in.cfg.MaxPayload:
		d.reject(t, m, &payload.Reject{
			Reason: reasonTooLarge, Lamp: topic.Lamp, Readings: 1,
			Text: fmt.Sprintf("消息太大: the message has %d bytes, at most %d (ingest.max_payload): send smaller batches", m.length(), d.in.cfg.MaxPayload),
		})
	case topic.Part == payload.Status:
		d.status(t, m, topic)
	default:
		d.telemetry(t, m, &route)
	}
}

func (d *decoding) status(t *delivery, m *message, topic payload.Topic) {
	if len(m.payload) == 0 {
		return // a retained status was removed from the broker
	}
	s, err := d.decoder.Status(topic, m.payload, t.at)
	if err != nil {
		d.reject(t, m, asReject(err, topic))
		return
	}
	d.work.block.Statuses = append(d.work.block.Statuses, s)
	d.work.bytes += 64
}

// foreignLamp is a reading of a lamp that is not the gateway's.
func foreignLamp(r *device.Reading) *payload.Reject {
	return &payload.Reject{
		Reason: reasonForeign, Lamp: r.Lamp, Readings: 1, Item: payload.AppendBatchJSON(nil, []device.Reading{*r}),
		Text: fmt.Sprintf("网关无权代表该路灯 gateway %s may not speak for lamp %s: if it should, name the gateway in the lamp's column gateway and import, then replay the message", r.Gateway, r.Lamp),
	}
}

// telemetry decodes into the block itself, and takes out again what is known.
func (d *decoding) telemetry(t *delivery, m *message, route *route) {
	w := d.work
	n := len(w.block.Readings)
	var all []device.Reading
	var rejects []payload.Reject
	if route.plain(m.payload) {
		d.batch.Readings = w.block.Readings
		d.decoder.Append(route.topic, m.payload, t.at, &d.batch)
		all, rejects = d.batch.Readings, d.batch.Rejects
	} else {
		route.telemetry(&d.decoder, m.payload, t.at, &d.foreign)
		w.block.Readings = append(w.block.Readings, d.foreign.Readings...)
		all, rejects = w.block.Readings, d.foreign.Rejects
	}
	for i := range rejects {
		d.reject(t, m, &rejects[i])
	}
	d.in.metrics.readings.Add(float64(len(all) - n))
	kept := n
	for i := n; i < len(all); i++ {
		r := &all[i]
		if r.Gateway != "" && d.in.cfg.Foreign != nil && d.in.cfg.Foreign(r.Gateway, r.Lamp) {
			d.reject(t, m, foreignLamp(r))
			// As it is, since its message may have been any profile's.
			w.rejects[len(w.rejects)-1].Encoded = journal.EncodeBlock(nil, &journal.Block{At: r.Received, Readings: []device.Reading{*r}})
			continue
		}
		if r.Clock != device.ClockNone {
			hash := r.Hash()
			if d.in.seen.has(hash) {
				w.count(r.Lamp, 0, 1)
				d.in.metrics.duplicate.Inc()
				continue
			}
			w.hashes = append(w.hashes, hash)
		}
		w.bytes += readingBytes(r)
		if d.in.stranger(r.Lamp) {
			d.in.strange.Place(r)
			w.unknown = setAside(w.unknown, r)
			w.count(r.Lamp, 1, 0)
			continue
		}
		d.in.clocks.Place(r)
		if kept != i {
			all[kept] = *r
		}
		kept++
	}
	w.block.Readings = all[:kept]
}

// readingBytes is at least what the reading takes encoded.
func readingBytes(r *device.Reading) int {
	n := 96 + len(r.Lamp) + len(r.Gateway) + len(r.Firmware) + 8*int(device.NumFields)
	for _, f := range r.Faults {
		n += 2 + len(f)
	}
	return n
}

// reject keeps the message, or the item of it, with the reason, and counts it.
func (d *decoding) reject(t *delivery, m *message, r *payload.Reject) {
	kept := m.payload
	if r.Item != nil {
		kept = r.Item
	}
	length, digest := len(kept), ""
	if m.large != nil {
		length, digest = m.large.length, m.large.digest()
	} else {
		sum := sha256.Sum256(kept)
		digest = hex.EncodeToString(sum[:])
	}
	d.work.rejects = append(d.work.rejects, journal.Rejected{
		Received: t.at, Topic: string(m.topic), Lamp: r.Lamp, Reason: string(r.Reason), Text: r.Text,
		Payload: bytes.Clone(kept[:min(len(kept), journal.MaxRejectedPayload)]), Length: length, SHA256: digest,
		Readings: r.Readings,
	})
	d.work.count(r.Lamp, r.Readings, 0)
	d.work.bytes += len(d.work.rejects[len(d.work.rejects)-1].Payload) + len(r.Text) + 200 // memory, while the journal takes nothing
	d.in.metrics.rejected.WithLabelValues(string(r.Reason)).Add(float64(r.Readings))
}

// asReject finds the decoder's verdict in its error.
func asReject(err error, topic payload.Topic) *payload.Reject {
	if r, ok := errors.AsType[*payload.Reject](err); ok {
		return r
	}
	return &payload.Reject{Reason: payload.BadJSON, Text: err.Error(), Lamp: topic.Lamp, Readings: 1}
}
