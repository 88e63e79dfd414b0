package series

import (
	"context"
	"errors"
	"time"

	"github.com/yingguang/yingguang/journal"
)

// How batches are cut. InfluxDB takes 10,000 readings in some 150 ms; a batch costs
// it work for each of its series, so half as many readings cost 5 % more each.
const (
	batchReadings = 10_000
	batchBytes    = 16 << 20               // of text at most, below InfluxDB's limit of 25 MB
	batchDelay    = 200 * time.Millisecond // after the first record, so that a reading shows soon
	senders       = 2                      // at once; one keeps InfluxDB waiting for us
)

// record is one block of the journal.
type record struct {
	at         journal.Position
	block      *journal.Block
	duplicates []byte // a bit for each reading that is left out
}

// read takes records from the journal, from after on.
func (w *Writer) read(ctx context.Context, after journal.Position, records chan<- record) error {
	var reader *journal.Reader
	defer func() {
		if reader != nil {
			reader.Close()
		}
	}()
	for {
		r := record{block: w.block()}
		err := w.again(ctx, "read the journal", isFinal, func(ctx context.Context) (err error) {
			if reader == nil {
				if reader, err = w.cfg.Journal.Reader(ctx, after); err != nil {
					reader = nil
					return err
				}
			}
			r.at, err = reader.NextInto(ctx, r.block)
			return err
		})
		if err != nil {
			return err
		}
		if w.cfg.Verdicts != nil && len(r.block.Readings) > 0 {
			if r.duplicates, err = w.cfg.Verdicts.Duplicates(ctx, r.at); err != nil {
				return err
			}
		}
		select {
		case records <- r:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// block is one whose batch is done with it, or a new one.
func (w *Writer) block() *journal.Block {
	select {
	case b := <-w.blocks:
		return b
	default:
		return &journal.Block{}
	}
}

// recycle empties a batch and gives its blocks back.
func (w *Writer) recycle(b *batch) {
	for _, block := range b.blocks {
		select {
		case w.blocks <- block:
		default:
		}
	}
	b.reset()
}

// isFinal tells what no second try mends: going on would lose readings in silence.
func isFinal(err error) bool {
	_, position := errors.AsType[*journal.PositionError](err)
	return position || errors.Is(err, journal.ErrCorrupt)
}

// gather fills batches and hands each to a sender once it is full or the delay is
// over, and in the same order to the committer. While no sender is free the batch
// goes on growing up to its limit.
func (w *Writer) gather(ctx context.Context, records <-chan record, free <-chan *batch, batches, order chan<- *batch) error {
	e := newEncoder()
	for {
		var b *batch
		select {
		case b = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := w.fill(ctx, e, b, records, batches); err != nil {
			return err
		}
		order <- b // has room for all batches there are
	}
}

// fill returns when b is with a sender, or needs none. A full one is encoded here,
// while the senders wait for InfluxDB.
func (w *Writer) fill(ctx context.Context, e *encoder, b *batch, records <-chan record, batches chan<- *batch) error {
	var out chan<- *batch // nil until b may go
	var due <-chan struct{}
	in := records
	for {
		select {
		case r := <-in:
			b.add(r)
			if due == nil {
				due = w.after(ctx, batchDelay)
			}
			if b.readings >= batchReadings || b.size >= batchBytes {
				b.encode(e)
				in, out = nil, batches
			}
		case <-due:
			if len(b.items) == 0 { // marks and statuses: only the position moves
				close(b.sent)
				return nil
			}
			due, out = nil, batches
		case out <- b:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// after is closed when d of our clock is over.
func (w *Writer) after(ctx context.Context, d time.Duration) <-chan struct{} {
	c := make(chan struct{})
	go func() {
		if w.cfg.Clock.Sleep(ctx, d) == nil {
			close(c)
		}
	}()
	return c
}
