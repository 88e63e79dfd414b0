package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/series"
)

// ReplayRequest says which rejected messages to try again: those named, or all of
// a lamp or a reason.
type ReplayRequest struct {
	Seqs   []uint64      `json:"seqs"`
	Lamp   device.LampID `json:"lamp"`
	Reason string        `json:"reason"`
	All    bool          `json:"all"`
}

// ReplayAnswer is what became of them.
type ReplayAnswer struct {
	Replayed int           `json:"replayed"` // messages whose readings are in the journal now
	Readings int           `json:"readings"`
	Before   int           `json:"before"` // messages that were replayed before
	Still    []ReplayError `json:"still"`  // refused again
}

// ReplayError says why a message cannot be taken today either.
type ReplayError struct {
	Seq uint64 `json:"seq"`
	Why string `json:"why"`
}

// replayPage is how many rejected messages are read at once.
const replayPage = 500

// replay decodes rejected messages as if they came today, and journals what they
// give. The ledger counts each message once, whatever kills there are: the block
// names it.
func (a *App) replay(ctx context.Context, q ReplayRequest) (ReplayAnswer, error) {
	answer := ReplayAnswer{Still: []ReplayError{}}
	chosen, err := a.chosen(ctx, q, &answer)
	if err != nil {
		return answer, err
	}
	ids := make([]string, len(chosen))
	for i := range chosen {
		ids[i] = chosen[i].ID
	}
	known, err := a.rooms.ledger.Replayed(ctx, ids)
	if err != nil {
		return answer, err
	}
	decoder, clocks := ingest.NewDecoder(a.cfg.MQTT.Prefix, a.rooms.formats), payload.NewClocks()
	for i := range chosen {
		r := &chosen[i]
		if known[r.ID] {
			answer.Before++
			continue
		}
		block, err := a.replayBlock(decoder, clocks, r)
		if err != nil {
			answer.Still = append(answer.Still, ReplayError{r.Seq, err.Error()})
			continue
		}
		_, err = a.rooms.journal.Append(ctx, block)
		if errors.Is(err, journal.ErrTooLarge) { // of this message; the others go on
			answer.Still = append(answer.Still, ReplayError{r.Seq, "消息展开后过大 unpacked it is too large for one block: " + err.Error()})
			continue
		}
		if err != nil {
			return answer, fmt.Errorf("replay of message %d: %w", r.Seq, err)
		}
		answer.Replayed++
		answer.Readings += len(block.Readings)
	}
	return answer, nil
}

// chosen gives the messages to replay, the oldest first.
func (a *App) chosen(ctx context.Context, q ReplayRequest, answer *ReplayAnswer) ([]journal.Rejected, error) {
	var list []journal.Rejected
	if len(q.Seqs) > 0 {
		for _, seq := range q.Seqs {
			r, there, err := a.rooms.journal.RejectedMessage(ctx, seq)
			if err != nil {
				return nil, err
			}
			if !there {
				answer.Still = append(answer.Still, ReplayError{seq, "没有这条消息 it is not among the rejected: see `yingguang rejected list`"})
				continue
			}
			list = append(list, r)
		}
		return list, nil
	}
	if !q.All && q.Lamp == "" && q.Reason == "" {
		return nil, errors.New("name messages by number, or give --lamp, --reason or --all 请指明要重放的消息")
	}
	for before := uint64(0); ; {
		page, err := a.rooms.journal.RejectedList(ctx, before, replayPage)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if (q.Lamp == "" || r.Lamp == q.Lamp) && (q.Reason == "" || r.Reason == q.Reason) {
				list = append(list, r)
			}
			before = r.Seq
		}
		if len(page) < replayPage {
			slices.Reverse(list)
			return list, nil
		}
	}
}

// replayBlock is what a rejected message gives today. It is taken as a whole or not
// at all: what is still wrong with it stays among the rejected.
func (a *App) replayBlock(decoder *ingest.Decoder, clocks *payload.Clocks, r *journal.Rejected) (*journal.Block, error) {
	block := &journal.Block{Replay: &journal.Replay{
		ID: r.ID, Lamp: r.Lamp, Received: r.Received, Readings: uint32(max(r.Readings, 1)), Refused: r.Reason == series.ReasonRefused,
	}}
	if len(r.Encoded) > 0 {
		kept, err := journal.DecodeBlock(r.Encoded)
		if err != nil {
			return nil, err
		}
		block.Readings = kept.Readings
		return block, a.mayCome(block.Readings)
	}
	if r.Length > len(r.Payload) {
		return nil, fmt.Errorf("只保留了开头 only the first %d of its %d bytes are kept", len(r.Payload), r.Length)
	}
	var out payload.Batch
	if err := decoder.Decode(r.Topic, r.Payload, r.Received, &out); err != nil {
		return nil, err
	}
	if len(out.Rejects) > 0 {
		return nil, &out.Rejects[0]
	}
	if err := a.mayCome(out.Readings); err != nil {
		return nil, err
	}
	for i := range out.Readings {
		clocks.Place(&out.Readings[i])
	}
	block.Readings = slices.Clone(out.Readings)
	return block, nil
}

// mayCome holds what is replayed to what holds for all that comes: its lamp is
// registered, and whoever sent it may speak for it.
func (a *App) mayCome(readings []device.Reading) error {
	foreign := a.foreign()
	for i := range readings {
		r := &readings[i]
		switch {
		case !a.rooms.strangers.Known(r.Lamp):
			return fmt.Errorf("路灯未登记 lamp %s is not registered: add it first, see `yingguang lamp adopt --help`", r.Lamp)
		case r.Gateway != "" && foreign != nil && foreign(r.Gateway, r.Lamp):
			return fmt.Errorf("网关无权代表该路灯 gateway %s may not speak for lamp %s: name it in the lamp's column gateway and import first", r.Gateway, r.Lamp)
		}
	}
	return nil
}
