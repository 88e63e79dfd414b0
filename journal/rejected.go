package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Reject keeps a message that could not be taken. A payload over
// MaxRejectedPayload is cut to its head: the caller sets Length and SHA256 of
// the whole. The oldest rejected messages go when their stream is full.
func (j *Journal) Reject(ctx context.Context, r Rejected) error {
	if r.Length == 0 {
		r.Length = len(r.Payload)
	}
	r.Payload = r.Payload[:min(len(r.Payload), MaxRejectedPayload)]
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep rejected message: %w", err)
	}
	if err := j.watch.room(); err != nil {
		return err
	}
	j.mu.RLock()
	defer j.mu.RUnlock()
	if _, err := j.js.Publish(ctx, rejectedSubject, data, jetstream.WithRetryAttempts(0)); err != nil {
		j.watch.failed(ctx)
		return fmt.Errorf("keep rejected message: %w", err)
	}
	return nil
}

// RejectedList returns at most limit rejected messages older than sequence
// before, newest first; before 0 begins with the newest.
func (j *Journal) RejectedList(ctx context.Context, before uint64, limit int) ([]Rejected, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	info, err := j.rejected.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("list rejected messages: %w", err)
	}
	seq := info.State.LastSeq
	if before > 0 && before-1 < seq {
		seq = before - 1
	}
	var list []Rejected
	for ; seq >= info.State.FirstSeq && seq > 0 && len(list) < limit; seq-- {
		msg, err := j.rejected.GetMsg(ctx, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list rejected messages: %w", err)
		}
		var r Rejected
		if err := json.Unmarshal(msg.Data, &r); err != nil {
			return nil, fmt.Errorf("rejected message %d: %w", seq, err)
		}
		r.Seq = seq
		list = append(list, r)
	}
	return list, nil
}
