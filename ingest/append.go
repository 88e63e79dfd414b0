package ingest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/yingguang/yingguang/journal"
)

// append makes each work durable and then acknowledges its messages, in the
// order of their arrival.
func (in *Ingest) append(ctx context.Context, full <-chan *work, written chan<- *work) {
	for w := range full {
		if !in.write(ctx, w) {
			return // not acknowledged: the broker keeps it for the next start
		}
		for i := range w.acks {
			w.acks[i].tap.ack(w.acks[i].ids)
		}
		in.waiting.Add(-int64(w.messages))
		in.metrics.messages.Add(float64(w.messages))
		written <- w // has room for all works there are
	}
}

// write tries until the journal has the work, or ctx ends.
func (in *Ingest) write(ctx context.Context, w *work) bool {
	for _, l := range w.leftOut {
		w.block.LeftOut = append(w.block.LeftOut, l)
	}
	slices.SortFunc(w.block.LeftOut, func(a, b journal.LeftOut) int { return strings.Compare(string(a.Lamp), string(b.Lamp)) })
	rejects := w.rejects
	kept := in.insist(ctx, func() error {
		n, err := in.cfg.Journal.RejectAll(ctx, rejects)
		rejects = rejects[n:]
		return err
	})
	if !kept {
		return false
	}
	if !in.keepUnknown(ctx, w.unknown) {
		return false
	}
	if len(w.block.Readings) == 0 && len(w.block.Statuses) == 0 && len(w.block.LeftOut) == 0 && !w.block.Observing {
		return true
	}
	if w.block.At == 0 {
		w.block.At = in.now()
	}
	return in.put(ctx, &w.block)
}

func (in *Ingest) put(ctx context.Context, b *journal.Block) bool {
	return in.halved(ctx, b, func(b *journal.Block) error {
		_, err := in.cfg.Journal.Append(ctx, b)
		return err
	})
}

// halved insists on writing a block, in halves where it is too large: sizes are known
// only once it is encoded, and one that no try can write must not hold up the others.
func (in *Ingest) halved(ctx context.Context, b *journal.Block, write func(*journal.Block) error) bool {
	large := false
	ok := in.insist(ctx, func() error {
		err := write(b)
		if large = errors.Is(err, journal.ErrTooLarge) && len(b.Readings) > 1; large {
			return nil
		}
		return err
	})
	if !ok || !large {
		return ok
	}
	half := len(b.Readings) / 2
	first := journal.Block{At: b.At, Readings: b.Readings[:half]}
	rest := *b
	rest.Readings = b.Readings[half:]
	return in.halved(ctx, &first, write) && in.halved(ctx, &rest, write)
}

// insist repeats a write that the journal refuses, with jittered back-off, and
// tells of it once.
func (in *Ingest) insist(ctx context.Context, write func() error) bool {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := write()
		if err == nil {
			if in.failing.Swap(nil) != nil {
				in.log.Info("the journal takes readings again")
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		words := err.Error()
		if in.failing.Swap(&words) == nil {
			in.log.Error("the journal refuses readings: they wait at the broker, nothing is acknowledged", "error", err)
		}
		in.metrics.held.Inc()
		if in.cfg.Clock.Sleep(ctx, wait/2+rand.N(wait/2)) != nil {
			return false
		}
	}
}
