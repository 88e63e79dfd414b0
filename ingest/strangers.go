package ingest

import (
	"context"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// Strangers takes the readings of lamps that nobody has registered. They wait there
// for the day that their lamp is, and count among the rejected until then.
type Strangers interface {
	// Known says whether a lamp is registered; it is asked for every reading.
	Known(device.LampID) bool
	// KeepUnknown keeps a block whose readings are all of one lamp until it is adopted.
	// journal.ErrTooLarge asks for it in halves.
	KeepUnknown(context.Context, *journal.Block) error
}

func (in *Ingest) stranger(lamp device.LampID) bool {
	return in.cfg.Strangers != nil && !in.cfg.Strangers.Known(lamp)
}

// setAside adds a reading to its lamp's block.
func setAside(unknown map[device.LampID]*journal.Block, r *device.Reading) map[device.LampID]*journal.Block {
	if unknown == nil {
		unknown = map[device.LampID]*journal.Block{}
	}
	b := unknown[r.Lamp]
	if b == nil {
		b = &journal.Block{}
		unknown[r.Lamp] = b
	}
	b.Readings = append(b.Readings, *r)
	return unknown
}

// sortOut takes the readings of strangers out of a block, and counts them there.
func (in *Ingest) sortOut(b *journal.Block) (unknown map[device.LampID]*journal.Block) {
	known := b.Readings[:0]
	for i := range b.Readings {
		if r := &b.Readings[i]; in.stranger(r.Lamp) {
			unknown = setAside(unknown, r)
		} else {
			known = append(known, *r)
		}
	}
	b.Readings = known
	for lamp, of := range unknown {
		b.LeftOut = append(b.LeftOut, journal.LeftOut{Lamp: lamp, Rejected: uint32(len(of.Readings))})
	}
	return unknown
}

// keepUnknown insists until what was set aside is kept, or ctx ends.
func (in *Ingest) keepUnknown(ctx context.Context, unknown map[device.LampID]*journal.Block) bool {
	for _, b := range unknown {
		b.At = in.now()
		if !in.halved(ctx, b, func(b *journal.Block) error { return in.cfg.Strangers.KeepUnknown(ctx, b) }) {
			return false
		}
		in.metrics.rejected.WithLabelValues(string(reasonUnknownLamp)).Add(float64(len(b.Readings)))
	}
	return true
}
