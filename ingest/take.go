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
	attempts attempts

	mu      sync.Mutex
	decoder *Decoder
	batch   payload.Batch
	clocks  *payload.Clocks
	strange *payload.Clocks
	forgot  forgot
}

// Take takes one message that came on another way than MQTT, topic standing for
// that way, and returns once the journal has its readings and the rejected
// stream what could not be taken. The error is ErrHeld when ctx ends before; the same
// message then goes on where it stopped, so that what was rejected of it is kept and
// counted once however often it is sent.
func (in *Ingest) Take(ctx context.Context, topic string, data []byte) (Taken, error) {
	key := attemptKey(topic, data)
	one := in.pushed.attempts.find(key)
	if one.wait(ctx) != nil {
		return Taken{}, ErrHeld
	}
	defer in.pushed.attempts.end(key, one)
	if one.taken == nil && !in.takeOn(ctx, one, topic, data) {
		return Taken{}, ErrHeld
	}
	return *one.taken, nil
}

// takeOn does what is still to be done with a message; false where ctx ended before.
func (in *Ingest) takeOn(ctx context.Context, one *attempt, topic string, data []byte) bool {
	at := in.now()
	block, rejects := in.pushed.decode(in, topic, data, at)
	unknown := in.sortOut(&block)
	out := Taken{Readings: len(block.Readings)}
	if len(rejects) > 0 {
		out.Reason, out.Text = rejects[0].Reason, rejects[0].Text
	}
	for one.rejected < len(rejects) {
		if !in.insist(ctx, func() error {
			n, err := in.cfg.Journal.RejectAll(ctx, rejects[one.rejected:])
			one.rejected += n
			return err
		}) {
			return false
		}
	}
	if !one.unknown && !in.keepUnknown(ctx, unknown) {
		return false
	}
	one.unknown = true
	for _, b := range unknown {
		out.Rejected += len(b.Readings)
		out.Reason, out.Text = string(reasonUnknownLamp), "路灯未登记 the lamp is not registered: its readings wait until the office adopts it"
	}
	if len(block.Readings)+len(block.LeftOut) > 0 && !in.put(ctx, &block) {
		return false
	}
	for i := range rejects {
		out.Rejected += rejects[i].Readings
		in.metrics.rejected.WithLabelValues(rejects[i].Reason).Add(float64(rejects[i].Readings))
	}
	in.metrics.readings.Add(float64(out.Readings))
	one.taken = &out
	return true
}

// decode gives the block and what is rejected of one message.
func (p *pushed) decode(in *Ingest, topic string, data []byte, at device.Millis) (journal.Block, []journal.Rejected) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.decoder.Decode(topic, data, at, &p.batch); err != nil {
		p.batch.Reset()
		p.batch.Rejects = append(p.batch.Rejects, *asReject(err, payload.Topic{}))
	}
	block := journal.Block{At: at, Readings: append([]device.Reading(nil), p.batch.Readings...)}
	for i := range block.Readings {
		clocks := p.clocks
		if in.stranger(block.Readings[i].Lamp) {
			clocks = p.strange
		}
		clocks.Place(&block.Readings[i])
	}
	in.tellForgot(&p.forgot, p.clocks, p.strange)
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
