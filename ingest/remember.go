package ingest

import (
	"sync"
	"time"

	"github.com/yingguang/yingguang/device"
)

// rememberedMost bounds each of the two generations of hashes: some 2 MB.
const rememberedMost = 50_000

// rememberedFor is how long a generation grows at most. Redelivery takes seconds;
// remembering for days would judge what the ledger no longer calls a duplicate.
const rememberedFor = 10 * time.Minute

// remembered knows the readings that were journaled lately, so that what the
// broker delivers again after a lost connection need not be journaled again. It
// only spares work: the ledger is who judges duplicates.
type remembered struct {
	mu    sync.Mutex
	young map[uint64]struct{}
	old   map[uint64]struct{}
	since device.Millis // when young began
}

func newRemembered() *remembered { return &remembered{young: map[uint64]struct{}{}} }

func (m *remembered) has(hash uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, young := m.young[hash]
	_, old := m.old[hash]
	return young || old
}

// add is called once the journal has the reading, never before.
func (m *remembered) add(hash uint64, now device.Millis) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= rememberedMost || now.Sub(m.since) > rememberedFor {
		m.young, m.old, m.since = map[uint64]struct{}{}, m.young, now
	}
	m.young[hash] = struct{}{}
}

// A clock is steadily off when this many readings in a row are behind by the
// same amount and arrive as far apart as they say they were measured. Backfill
// is not that: its readings arrive faster than they were measured.
const (
	steadyReadings  = 4
	steadyBehind    = 15 * time.Minute
	steadyTolerance = time.Minute
)

// steadyClocks finds the lamps whose clock runs, but shows another time: the
// eight hours of a forgotten zone. It is for one goroutine.
type steadyClocks struct{ lamps map[device.LampID]steadyClock }

type steadyClock struct {
	received, sent device.Millis
	behind         time.Duration
	times          int
}

func newSteadyClocks() *steadyClocks { return &steadyClocks{map[device.LampID]steadyClock{}} }

// place puts a reading of a steadily wrong clock at its receipt.
func (s *steadyClocks) place(r *device.Reading) {
	if r.Clock != device.ClockOK {
		return
	}
	behind := r.Received.Sub(r.SentTS)
	last, known := s.lamps[r.Lamp]
	if behind < steadyBehind {
		if known {
			delete(s.lamps, r.Lamp)
		}
		return
	}
	now := steadyClock{received: r.Received, sent: r.SentTS, behind: behind, times: 1}
	if known && (behind-last.behind).Abs() <= steadyTolerance && r.Received.Sub(last.received) > steadyTolerance/2 && r.SentTS > last.sent {
		now.behind, now.times = last.behind, last.times+1
	}
	s.lamps[r.Lamp] = now
	if now.times >= steadyReadings {
		r.TS, r.Clock = r.Received, device.ClockSteady
	}
}
