package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// PositionError says that a reader cannot go on from where it stood: records are
// missing, the stream is another one, or it ends before the position. Going on
// would lose readings in silence, so somebody must look.
type PositionError struct {
	At     Position // where the reader stood
	Found  Position // what the journal has instead
	Reason string
}

func (e *PositionError) Error() string {
	return fmt.Sprintf("journal position %d: %s (the journal has %d): restore the data folder as one piece, or remove the consumer's position to begin anew",
		e.At.Seq, e.Reason, e.Found.Seq)
}

// Reader reads records in order. It is for one goroutine.
type Reader struct {
	journal  *Journal
	at       Position // the last record handed out
	names    names
	messages jetstream.MessagesContext
}

// Reader begins with the record after the given position; the zero Position
// begins with the oldest record kept.
func (j *Journal) Reader(ctx context.Context, after Position) (*Reader, error) {
	s, err := j.Status(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case after == (Position{}):
		after = Position{j.created, s.First.Seq - 1}
	case after.Created != j.created:
		return nil, &PositionError{after, s.Last, "it belongs to another journal"}
	case after.Seq > s.Last.Seq:
		return nil, &PositionError{after, s.Last, "it is past the journal's end"}
	case after.Seq+1 < s.First.Seq:
		return nil, &PositionError{after, s.First, "the records after it are gone"}
	}
	return &Reader{journal: j, at: after, names: names{}}, nil
}

// Tail begins after the newest record.
func (j *Journal) Tail(ctx context.Context) (*Reader, error) {
	s, err := j.Status(ctx)
	if err != nil {
		return nil, err
	}
	return &Reader{journal: j, at: s.Last, names: names{}}, nil
}

// Position is the last record that Next returned, or where the reader began.
func (r *Reader) Position() Position { return r.at }

// Next waits for the next record. Where ctx ends first it returns ctx's error and
// the record comes with a later call. A *PositionError is final.
func (r *Reader) Next(ctx context.Context) (Position, *Block, error) {
	b := &Block{}
	at, err := r.NextInto(ctx, b)
	if err != nil {
		return Position{}, nil, err
	}
	return at, b, nil
}

// NextInto is Next into a block whose memory is used again: its readings are good
// until then.
func (r *Reader) NextInto(ctx context.Context, b *Block) (Position, error) {
	for {
		if k, err := r.fromMemory(ctx); err != nil {
			return Position{}, err
		} else if k != nil {
			err := decodeBlock(b, k.data, r.names)
			r.journal.recent.giveBack(k)
			return r.reached(r.at.Seq+1, err)
		}
		msg, err := r.next(ctx)
		if err != nil {
			return Position{}, err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return Position{}, fmt.Errorf("journal record: %w", err)
		}
		seq := meta.Sequence.Stream
		if seq <= r.at.Seq {
			continue // the ordered consumer was made anew and repeats itself
		}
		if seq != r.at.Seq+1 {
			return Position{}, &PositionError{r.at, Position{r.at.Created, seq}, "the records after it are gone"}
		}
		return r.reached(seq, decodeBlock(b, msg.Data(), r.names))
	}
}

// reached notes that the record was read, unless it could not be.
func (r *Reader) reached(seq uint64, err error) (Position, error) {
	if err != nil {
		return Position{}, fmt.Errorf("journal record %d: %w", seq, err)
	}
	r.at.Seq = seq
	return r.at, nil
}

// fromMemory gives the next record where memory has it, and waits for it where the
// journal is known to end here; neither, where the server below must be asked.
func (r *Reader) fromMemory(ctx context.Context) (*kept, error) {
	for {
		k, more := r.journal.recent.take(r.at)
		if k == nil && more == nil {
			return nil, nil
		}
		r.Close() // what the server sends now is behind us
		if k != nil {
			return k, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// next fetches a message, opening or re-opening the consumer where needed.
func (r *Reader) next(ctx context.Context) (jetstream.Msg, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if r.messages == nil {
			if err := r.open(ctx); err != nil {
				return nil, err
			}
		}
		msg, err := r.messages.Next(jetstream.NextContext(ctx))
		switch {
		case err == nil:
			return msg, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, jetstream.ErrMsgIteratorClosed), errors.Is(err, jetstream.ErrOrderedConsumerReset),
			errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, jetstream.ErrNoHeartbeat), errors.Is(err, jetstream.ErrConsumerDeleted):
			r.Close() // the server below was restarted: begin again where we stood
			if err := r.journal.cfg.Clock.Sleep(ctx, 100*time.Millisecond); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("read journal: %w", err)
		}
	}
}

func (r *Reader) open(ctx context.Context) error {
	r.journal.mu.RLock()
	defer r.journal.mu.RUnlock()
	if r.at.Created != r.journal.created {
		return &PositionError{r.at, Position{r.journal.created, 0}, "it belongs to another journal"}
	}
	consumer, err := r.journal.blocks.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: r.at.Seq + 1,
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	// Blocks are up to 512 KB: a few in hand keep the reader busy, more only fill memory.
	r.messages, err = consumer.Messages(jetstream.PullMaxMessages(8), jetstream.PullExpiry(30*time.Second))
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	return nil
}

// Close lets the consumer go. The Reader can be used again and then goes on
// where it stood.
func (r *Reader) Close() {
	if r.messages != nil {
		r.messages.Stop()
		r.messages = nil
	}
}
