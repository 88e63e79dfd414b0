package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/journal"
)

// A block is closed when it might outgrow journal.MaxBlockBytes. Sizes are upper
// bounds, cheap to add up.
const (
	maxWorkBytes = journal.MaxBlockBytes - 64<<10
	takeAtOnce   = 256
)

// work is what becomes durable together and is then acknowledged.
type work struct {
	block   journal.Block
	rejects []journal.Rejected
	msgs    []mqtt.Message // to acknowledge, in order of arrival
	bytes   int            // at most so large is the block encoded
	leftOut map[device.LampID]journal.LeftOut
}

func (w *work) empty() bool {
	return len(w.msgs) == 0 && !w.block.Observing
}

// decode turns arrivals into work. While the last work is being written, what
// arrives goes into one more, so that one flush serves many messages; when
// nothing is being written a single message goes at once.
func (in *Ingest) decode(ctx context.Context, full chan<- *work) {
	defer close(full)
	d := &decoding{ingest: in}
	var taken []arrival
	next := &work{}
	for {
		var out chan<- *work
		ready := in.queue.ready
		if !next.empty() {
			out = full
		}
		if next.bytes >= maxWorkBytes {
			ready = nil // it waits for the writer, and the broker for us
		}
		select {
		case <-ctx.Done():
			return
		case out <- next:
			next = &work{}
		case <-ready:
			taken = in.queue.take(taken[:0], takeAtOnce)
			in.waiting.Add(int64(len(taken)))
			for i, a := range taken {
				if next.bytes >= maxWorkBytes {
					select {
					case full <- next:
						next = &work{}
					case <-ctx.Done():
						in.waiting.Add(-int64(len(taken) - i))
						return
					}
				}
				d.add(next, a)
			}
			clear(taken)
		}
	}
}

// decoding is what one decode goroutine reuses from message to message.
type decoding struct {
	ingest  *Ingest
	decoder payload.Decoder
	batch   payload.Batch
}

func (d *decoding) add(w *work, a arrival) {
	if a.msg == nil {
		w.block.Observing = true
		w.block.At = a.at
		d.ingest.waiting.Add(-1)
		return
	}
	w.msgs = append(w.msgs, a.msg)
	data := a.msg.Payload()
	topic, err := payload.ParseTopic(d.ingest.cfg.Prefix, a.msg.Topic())
	switch {
	case err != nil:
		d.reject(w, a, asReject(err, topic))
	case len(data) > d.ingest.cfg.MaxPayload:
		d.reject(w, a, &payload.Reject{
			Reason: reasonTooLarge, Lamp: topic.Lamp, Readings: 1,
			Text: fmt.Sprintf("消息太大: the message has %d bytes, at most %d (ingest.max_payload): send smaller batches", len(data), d.ingest.cfg.MaxPayload),
		})
	case topic.Part == payload.Status:
		d.status(w, a, topic)
	default:
		d.telemetry(w, a, topic)
	}
}

func (d *decoding) status(w *work, a arrival, topic payload.Topic) {
	if len(a.msg.Payload()) == 0 {
		return // a retained status was removed from the broker
	}
	s, err := d.decoder.Status(topic, a.msg.Payload(), a.at)
	if err != nil {
		r := asReject(err, topic)
		d.reject(w, a, r)
		return
	}
	w.block.Statuses = append(w.block.Statuses, s)
	w.bytes += 64
}

func (d *decoding) telemetry(w *work, a arrival, topic payload.Topic) {
	d.decoder.Telemetry(topic, a.msg.Payload(), a.at, &d.batch)
	for i := range d.batch.Rejects {
		d.reject(w, a, &d.batch.Rejects[i])
	}
	for i := range d.batch.Readings {
		r := &d.batch.Readings[i]
		if r.Clock != device.ClockNone && d.ingest.seen.has(r.Hash()) {
			w.count(r.Lamp, 0, 1)
			d.ingest.metrics.duplicate.Inc()
			continue
		}
		d.ingest.steady.place(r)
		w.block.Readings = append(w.block.Readings, *r)
		w.bytes += readingBytes(r)
	}
	d.ingest.metrics.readings.Add(float64(len(d.batch.Readings)))
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
func (d *decoding) reject(w *work, a arrival, r *payload.Reject) {
	whole := a.msg.Payload()
	kept := whole
	if r.Item != nil {
		kept = r.Item
	}
	sum := sha256.Sum256(kept)
	w.rejects = append(w.rejects, journal.Rejected{
		Received: a.at, Topic: a.msg.Topic(), Lamp: r.Lamp, Reason: string(r.Reason), Text: r.Text,
		Payload: kept[:min(len(kept), journal.MaxRejectedPayload)], Length: len(kept), SHA256: hex.EncodeToString(sum[:]),
		Readings: r.Readings,
	})
	w.count(r.Lamp, r.Readings, 0)
	d.ingest.metrics.rejected.WithLabelValues(string(r.Reason)).Add(float64(r.Readings))
}

// count adds to what the block's header says was left out of it.
func (w *work) count(lamp device.LampID, rejected, duplicate int) {
	if w.leftOut == nil {
		w.leftOut = map[device.LampID]journal.LeftOut{}
	}
	l, known := w.leftOut[lamp]
	if !known {
		w.bytes += len(lamp) + 12
	}
	l.Lamp = lamp
	l.Rejected += uint32(rejected)
	l.Duplicate += uint32(duplicate)
	w.leftOut[lamp] = l
}
