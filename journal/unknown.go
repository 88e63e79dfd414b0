package journal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/yingguang/yingguang/device"
)

// Readings of lamps that nobody has registered wait in a stream of their own, each
// code with a quota: one stranger cannot push out what others sent, and none what was
// rejected of the town's own lamps. Thousands of made-up codes push out the oldest.
const (
	unknownStream  = "YINGGUANG_UNKNOWN"
	unknownSubject = "yingguang.unknown."
	unknownPerLamp = 2000 // records; a day of readings at one a minute fits
	unknownShown   = 1000 // codes in a list
)

// UnknownLamp is a code that sends readings and is not registered.
type UnknownLamp struct {
	Lamp   device.LampID
	Blocks uint64         // records that wait for its adoption
	Last   device.Reading // the newest of them
}

func (j *Journal) unknownConfig(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: unknownStream, Subjects: []string{unknownSubject + "*"}, Storage: jetstream.FileStorage,
		Discard: jetstream.DiscardOld, MaxBytes: max(j.cfg.RejectedMaxBytes/2, 1<<20), MaxMsgsPerSubject: unknownPerLamp,
		MaxAge: j.cfg.RejectedMaxAge, Replicas: replicas, AllowDirect: true,
	}
}

// KeepUnknown keeps a block whose readings are all of one lamp, until it is adopted.
// Like Append it gives ErrTooLarge where no try will keep the block.
func (j *Journal) KeepUnknown(ctx context.Context, b *Block) error {
	record := EncodeBlock(nil, b)
	if len(record) > MaxBlockBytes {
		return ErrTooLarge
	}
	if err := j.watch.room(); err != nil {
		return err
	}
	j.mu.RLock()
	defer j.mu.RUnlock()
	if _, err := j.js.Publish(ctx, unknownSubject+string(b.Readings[0].Lamp), record, jetstream.WithRetryAttempts(0)); err != nil {
		j.watch.failed(ctx)
		return fmt.Errorf("keep readings of an unknown lamp: %w", err)
	}
	return nil
}

// UnknownCodes are all codes whose readings wait, in order.
func (j *Journal) UnknownCodes(ctx context.Context) ([]device.LampID, error) {
	waiting, err := j.waiting(ctx)
	codes := slices.Sorted(maps.Keys(waiting))
	return codes, err
}

// waiting is how many records wait of each code.
func (j *Journal) waiting(ctx context.Context) (map[device.LampID]uint64, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	info, err := j.unknown.Info(ctx, jetstream.WithSubjectFilter(unknownSubject+"*"))
	if err != nil {
		return nil, fmt.Errorf("list unknown lamps: %w", err)
	}
	out := make(map[device.LampID]uint64, len(info.State.Subjects))
	for subject, n := range info.State.Subjects {
		out[device.LampID(strings.TrimPrefix(subject, unknownSubject))] = n
	}
	return out, nil
}

// UnknownLamps lists the codes whose readings wait, the first thousand by code.
func (j *Journal) UnknownLamps(ctx context.Context) ([]UnknownLamp, error) {
	waiting, err := j.waiting(ctx)
	if err != nil {
		return nil, err
	}
	j.mu.RLock()
	defer j.mu.RUnlock()
	var list []UnknownLamp
	for _, code := range slices.Sorted(maps.Keys(waiting)) {
		if len(list) == unknownShown {
			break
		}
		msg, err := j.unknown.GetLastMsgForSubject(ctx, unknownSubject+string(code))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // it went meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("list unknown lamps: %w", err)
		}
		b, err := DecodeBlock(msg.Data)
		if err != nil {
			return nil, fmt.Errorf("unknown lamp's record %d: %w", msg.Sequence, err)
		}
		list = append(list, UnknownLamp{code, waiting[code], b.Readings[len(b.Readings)-1]})
	}
	return list, nil
}

// Unknown gives the oldest block of an unknown lamp after a sequence, with its own
// sequence and an ID for ever; a nil block where there is none.
func (j *Journal) Unknown(ctx context.Context, lamp device.LampID, after uint64) (seq uint64, id string, b *Block, err error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	msg, err := j.unknown.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(unknownSubject+string(lamp)))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, "", nil, nil
	}
	if err == nil {
		b, err = DecodeBlock(msg.Data)
	}
	if err != nil {
		return 0, "", nil, fmt.Errorf("readings of unknown lamp %s: %w", lamp, err)
	}
	return msg.Sequence, recordID("unknown", j.unknown, msg.Sequence), b, nil
}

// ForgetUnknown removes the blocks of a lamp up to and including a sequence.
func (j *Journal) ForgetUnknown(ctx context.Context, lamp device.LampID, upTo uint64) error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if err := j.unknown.Purge(ctx, jetstream.WithPurgeSubject(unknownSubject+string(lamp)), jetstream.WithPurgeSequence(upTo+1)); err != nil {
		return fmt.Errorf("forget readings of lamp %s: %w", lamp, err)
	}
	return nil
}

// recordID names a record for ever: a stream made anew gives other names.
func recordID(kind string, s jetstream.Stream, seq uint64) string {
	return fmt.Sprintf("%s/%s/%d", kind, s.CachedInfo().Created.UTC().Format(time.RFC3339Nano), seq)
}
