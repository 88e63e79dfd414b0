package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
)

// strangers are the lamps that send and that nobody has registered. Their readings
// wait in the journal, and go their ordinary way once the registry has the lamp.
type strangers struct {
	registry *registry.DB
	journal  *journal.Journal
}

func (s *strangers) Known(lamp device.LampID) bool { return s.registry.Registered(lamp) }

func (s *strangers) KeepUnknown(ctx context.Context, b *journal.Block) error {
	return s.journal.KeepUnknown(ctx, b)
}

// deliverEvery is how often is looked whether readings came in beside an adoption.
const deliverEvery = time.Minute

// openStrangers delivers what waits for lamps that are registered by now.
func (a *App) openStrangers(context.Context) error {
	a.rooms.strangers = &strangers{a.rooms.registry, a.rooms.journal}
	a.goRun("unknown lamps", func(ctx context.Context) error {
		changed, stop := a.rooms.registry.Watch()
		defer stop()
		for {
			if _, err := a.rooms.strangers.deliverAll(ctx); err != nil && ctx.Err() == nil {
				a.log.Warn("readings of adopted lamps could not be delivered, trying on", "error", err)
			}
			wait, cancel := context.WithCancel(ctx)
			go func() {
				_ = clock.Real{}.Sleep(wait, deliverEvery)
				cancel()
			}()
			select {
			case <-changed:
			case <-wait.Done():
			}
			cancel()
			if ctx.Err() != nil {
				return nil
			}
		}
	})
	return nil
}

// deliverAll delivers what waits of every lamp that is registered, and says how many
// readings those were.
func (s *strangers) deliverAll(ctx context.Context) (int, error) {
	codes, err := s.journal.UnknownCodes(ctx)
	if err != nil {
		return 0, err
	}
	var errs []error // of one lamp, which must not hold up the others
	sum := 0
	for _, lamp := range codes {
		if !s.Known(lamp) {
			continue
		}
		n, err := s.deliver(ctx, lamp)
		sum += n
		errs = append(errs, err)
	}
	return sum, errors.Join(errs...)
}

// deliver journals what waits of a lamp, each block once: the ledger knows it by its
// name if a kill makes it come again.
func (s *strangers) deliver(ctx context.Context, lamp device.LampID) (readings int, err error) {
	var last uint64
	for {
		seq, id, kept, err := s.journal.Unknown(ctx, lamp, last)
		if err != nil {
			return readings, err
		}
		if kept == nil {
			break
		}
		if err := s.append(ctx, id, lamp, kept.Readings); err != nil {
			return readings, fmt.Errorf("deliver readings of %s: %w", lamp, err)
		}
		readings += len(kept.Readings)
		last = seq
	}
	if last == 0 {
		return 0, nil
	}
	return readings, s.journal.ForgetUnknown(ctx, lamp, last)
}

// replayHead is more than what a block has besides its readings.
const replayHead = 1 << 10

// append journals readings under a name, in halves with names of their own where one
// block might not hold them: with At 0 they take the most bytes that they can, so that
// a kill brings the same halves again.
func (s *strangers) append(ctx context.Context, id string, lamp device.LampID, readings []device.Reading) error {
	n := len(readings)
	if n > 1 && len(journal.EncodeBlock(nil, &journal.Block{Readings: readings})) > journal.MaxBlockBytes-replayHead {
		if err := s.append(ctx, id+"/1", lamp, readings[:n/2]); err != nil {
			return err
		}
		return s.append(ctx, id+"/2", lamp, readings[n/2:])
	}
	_, err := s.journal.Append(ctx, &journal.Block{Readings: readings, Replay: &journal.Replay{
		ID: id, Lamp: lamp, Received: readings[0].Received, Readings: uint32(n),
	}})
	return err
}

// AdoptRequest registers an unknown lamp like another one: at its place, with its
// make, its own code. Without Like it only lists who waits.
type AdoptRequest struct {
	Lamp device.LampID `json:"lamp"`
	Like device.LampID `json:"like"`
}

// AdoptAnswer says who waits, or how many readings were delivered.
type AdoptAnswer struct {
	Waiting []UnknownLamp `json:"waiting,omitempty"`
	Place   string        `json:"place,omitempty"`
}

// UnknownLamp is one that waits to be adopted.
type UnknownLamp struct {
	Lamp   device.LampID `json:"lamp"`
	Blocks uint64        `json:"blocks"` // of readings that wait
	Last   device.Millis `json:"last"`   // receipt of the newest
}

// adopt answers the verb lamp adopt. Delivery follows in the background.
func (a *App) adopt(ctx context.Context, q AdoptRequest) (AdoptAnswer, error) {
	if q.Lamp != "" {
		lamp, err := a.rooms.registry.Adopt(ctx, q.Lamp, q.Like)
		return AdoptAnswer{Place: string(lamp.Place.ID)}, err
	}
	lamps, err := a.rooms.journal.UnknownLamps(ctx)
	answer := AdoptAnswer{Waiting: make([]UnknownLamp, len(lamps))}
	for i, u := range lamps {
		answer.Waiting[i] = UnknownLamp{u.Lamp, u.Blocks, u.Last.Received}
	}
	return answer, err
}
