package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/journal"
)

// Taken says what became of one message: readings in the journal, readings in
// the rejected stream, and why the first of these is there.
type Taken struct {
	Readings int    `json:"readings"`
	Rejected int    `json:"rejected"`
	Reason   string `json:"reason,omitempty"`
	Text     string `json:"text,omitempty"`
}

// ErrHeld says that the journal did not take a message in time. It may have
// taken it nevertheless: send it again, a duplicate is told by its content.
var ErrHeld = errors.New("the journal takes no readings now: send it again later")

// pushed is what messages that come over HTTP share.
type pushed struct {
	mu      sync.Mutex
	decoder *Decoder
	batch   payload.Batch
	clocks  *payload.Clocks
}

// Take takes one message that came on another way than MQTT, topic standing for
// that way, and returns once the journal has its readings and the rejected
// stream what could not be taken. The error is ErrHeld when ctx ends before.
func (in *Ingest) Take(ctx context.Context, topic string, data []byte) (Taken, error) {
	at := in.now()
	block, rejects := in.pushed.decode(topic, data, at)
	unknown := in.sortOut(&block)
	out := Taken{Readings: len(block.Readings)}
	if len(rejects) > 0 {
		out.Reason, out.Text = rejects[0].Reason, rejects[0].Text
	}
	rest := rejects
	if len(rejects) > 0 && !in.insist(ctx, func() error {
		n, err := in.cfg.Journal.RejectAll(ctx, rest)
		rest = rest[n:]
		return err
	}) {
		return Taken{}, ErrHeld
	}
	if !in.keepUnknown(ctx, unknown) {
		return Taken{}, ErrHeld
	}
	for _, b := range unknown {
		out.Rejected += len(b.Readings)
		out.Reason, out.Text = string(reasonUnknownLamp), "路灯未登记 the lamp is not registered: its readings wait until the office adopts it"
	}
	if len(block.Readings)+len(block.LeftOut) > 0 && !in.put(ctx, &block) {
		return Taken{}, ErrHeld
	}
	for i := range rejects {
		out.Rejected += rejects[i].Readings
		in.metrics.rejected.WithLabelValues(rejects[i].Reason).Add(float64(rejects[i].Readings))
	}
	in.metrics.readings.Add(float64(out.Readings))
	return out, nil
}

// decode gives the block and what is rejected of one message.
func (p *pushed) decode(topic string, data []byte, at device.Millis) (journal.Block, []journal.Rejected) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.decoder.Decode(topic, data, at, &p.batch); err != nil {
		p.batch.Reset()
		p.batch.Rejects = append(p.batch.Rejects, *asReject(err, payload.Topic{}))
	}
	block := journal.Block{At: at, Readings: append([]device.Reading(nil), p.batch.Readings...)}
	for i := range block.Readings {
		p.clocks.Place(&block.Readings[i])
	}
	var rejects []journal.Rejected
	left := map[device.LampID]int{}
	for i := range p.batch.Rejects {
		r := &p.batch.Rejects[i]
		kept := data
		if r.Item != nil {
			kept = r.Item
		}
		sum := sha256.Sum256(kept)
		rejects = append(rejects, journal.Rejected{
			Received: at, Topic: topic, Lamp: r.Lamp, Reason: string(r.Reason), Text: r.Text,
			Payload: kept[:min(len(kept), journal.MaxRejectedPayload)], Length: len(kept), SHA256: hex.EncodeToString(sum[:]),
			Readings: r.Readings,
		})
		left[r.Lamp] += r.Readings
	}
	for lamp, n := range left {
		block.LeftOut = append(block.LeftOut, journal.LeftOut{Lamp: lamp, Rejected: uint32(n)})
	}
	return block, rejects
}
