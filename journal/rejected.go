package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// Rejected messages that come together share a record, since each record costs a
// flush to disk: one that is alone is a JSON object, several are a list of them.
const (
	rejectedPerRecord = 1000 // Rejected.Seq is the record's sequence times this, plus its place in it
	rejectedBytes     = 512 << 10
)

// Reject keeps a message that could not be taken. A payload over
// MaxRejectedPayload is cut to its head: the caller sets Length and SHA256 of
// the whole. The oldest rejected messages go when their stream is full.
func (j *Journal) Reject(ctx context.Context, r Rejected) error {
	_, err := j.RejectAll(ctx, []Rejected{r})
	return err
}

// RejectAll is Reject for many, with one flush for hundreds. It returns how many
// are kept; after an error the others may be tried again.
func (j *Journal) RejectAll(ctx context.Context, list []Rejected) (kept int, err error) {
	for kept < len(list) {
		record, n, err := encodeRejected(list[kept:])
		if err == nil {
			err = j.keepRejected(ctx, record)
		}
		if err != nil {
			return kept, fmt.Errorf("keep rejected message: %w", err)
		}
		kept += n
	}
	return kept, nil
}

// encodeRejected makes one record of the first n of list.
func encodeRejected(list []Rejected) (record []byte, n int, err error) {
	for ; n < min(len(list), rejectedPerRecord); n++ {
		r := list[n]
		if r.Length == 0 {
			r.Length = len(r.Payload)
		}
		r.Payload = r.Payload[:min(len(r.Payload), MaxRejectedPayload)]
		text, err := json.Marshal(r)
		if err != nil {
			return nil, 0, err
		}
		if n > 0 && len(record)+len(text) > rejectedBytes {
			break
		}
		record = append(append(record, ','), text...)
	}
	if n == 1 {
		return record[1:], 1, nil
	}
	record[0] = '['
	return append(record, ']'), n, nil
}

func decodeRejected(seq uint64, record []byte) ([]Rejected, error) {
	list := make([]Rejected, 1)
	var err error
	if len(record) > 0 && record[0] == '[' {
		err = json.Unmarshal(record, &list)
	} else {
		err = json.Unmarshal(record, &list[0])
	}
	if err != nil {
		return nil, fmt.Errorf("rejected messages of record %d: %w", seq, err)
	}
	for i := range list {
		list[i].Seq = seq*rejectedPerRecord + uint64(i)
	}
	return list, nil
}

func (j *Journal) keepRejected(ctx context.Context, record []byte) error {
	if err := j.watch.room(); err != nil {
		return err
	}
	j.mu.RLock()
	defer j.mu.RUnlock()
	_, err := j.js.Publish(ctx, rejectedSubject, record, jetstream.WithRetryAttempts(0))
	if err != nil {
		j.watch.failed(ctx)
	}
	return err
}

// RejectedList returns at most limit rejected messages with a Seq below before,
// newest first; before 0 begins with the newest.
func (j *Journal) RejectedList(ctx context.Context, before uint64, limit int) ([]Rejected, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	info, err := j.rejected.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("list rejected messages: %w", err)
	}
	seq := info.State.LastSeq
	if before > 0 {
		seq = min(seq, (before-1)/rejectedPerRecord)
	} else {
		before = math.MaxUint64
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
		record, err := j.readRejected(seq, msg.Data)
		if err != nil {
			return nil, err
		}
		for _, r := range slices.Backward(record) {
			if r.Seq < before && len(list) < limit {
				list = append(list, r)
			}
		}
	}
	return list, nil
}

// RejectedMessage gives one of them by its Seq; false where it is not there any more.
func (j *Journal) RejectedMessage(ctx context.Context, seq uint64) (Rejected, bool, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	msg, err := j.rejected.GetMsg(ctx, seq/rejectedPerRecord)
	if errors.Is(err, jetstream.ErrMsgNotFound) || seq < rejectedPerRecord {
		return Rejected{}, false, nil
	}
	if err != nil {
		return Rejected{}, false, fmt.Errorf("rejected message %d: %w", seq, err)
	}
	record, err := j.readRejected(seq/rejectedPerRecord, msg.Data)
	if i := seq % rejectedPerRecord; err == nil && i < uint64(len(record)) {
		return record[i], true, nil
	}
	return Rejected{}, false, err
}

// readRejected decodes a record and names what is in it.
func (j *Journal) readRejected(seq uint64, data []byte) ([]Rejected, error) {
	record, err := decodeRejected(seq, data)
	for i := range record {
		record[i].ID = recordID("rejected", j.rejected, record[i].Seq)
	}
	return record, err
}
