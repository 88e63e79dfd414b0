package payload

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// A clock is steadily off when this many readings in a row are behind by the
// same amount and arrive as far apart as they say they were measured. Backfill
// is not that: its readings arrive faster than they were measured. Of lamps that
// report seldom two must do, half an hour apart, where they are behind by more
// than any way takes.
const (
	steadyReadings  = 4
	steadyBehind    = 15 * time.Minute
	steadyTolerance = time.Minute
	steadyFor       = 28 * time.Minute
	steadyFar       = 2 * time.Hour
)

// spreadMost is how far behind the last one a receipt may lie and still get the next
// millisecond: room for ten thousand readings in one message. Further back, our own
// clock was set.
const spreadMost = 10 * time.Second

// clocksMost bounds the codes that are remembered. Ever new ones, which somebody makes
// up, would fill the memory; a town has fewer. Beyond it those that were not heard of for
// longest are forgotten, and judged anew when they come again, as after a restart.
const clocksMost = 100_000

// Clocks finds the lamps whose clock runs, but shows another time: the eight
// hours of a forgotten zone. It also gives every reading that is placed at its
// receipt a millisecond of its own. Readings must be shown to it in the order of
// their receipt. It is for one goroutine.
type Clocks struct {
	lamps  recent[steadyClock]
	placed recent[device.Millis] // TS of the last reading that was placed at its receipt
}

type steadyClock struct {
	first, received, sent device.Millis
	behind                time.Duration
	times                 int
}

func (c *steadyClock) steady() bool {
	pause := c.received.Sub(c.first) / time.Duration(max(1, c.times-1))
	return c.times >= steadyReadings || c.times >= 2 && c.received.Sub(c.first) >= steadyFor && c.behind >= max(steadyFar, 4*pause)
}

// NewClocks makes one that has seen nothing.
func NewClocks() *Clocks {
	return &Clocks{recent[steadyClock]{most: clocksMost}, recent[device.Millis]{most: clocksMost}}
}

// Forgotten is how many codes were forgotten since there were too many.
func (c *Clocks) Forgotten() uint64 { return c.lamps.forgotten + c.placed.forgotten }

// Place puts a reading of a steadily wrong clock at its receipt, and those of a lamp
// that came together apart: a backlog of a lamp without a clock comes hundreds to the
// millisecond, and two of them might fall on one point in InfluxDB.
func (c *Clocks) Place(r *device.Reading) {
	c.judge(r)
	if r.Clock == device.ClockOK {
		return
	}
	if last, known := c.placed.get(r.Lamp); known && r.TS <= last && last.Sub(r.TS) < spreadMost {
		r.TS = last + 1
	}
	c.placed.set(r.Lamp, r.TS)
}

// judge marks a reading of a steadily wrong clock. One that comes twice is no evidence
// either way.
func (c *Clocks) judge(r *device.Reading) {
	if r.Clock != device.ClockOK {
		return
	}
	behind := r.Received.Sub(r.SentTS)
	last, known := c.lamps.get(r.Lamp)
	if behind < steadyBehind {
		if known {
			c.lamps.drop(r.Lamp)
		}
		return
	}
	now := steadyClock{first: r.Received, received: r.Received, sent: r.SentTS, behind: behind, times: 1}
	switch {
	case known && r.SentTS == last.sent:
		now = last
	case known && (behind-last.behind).Abs() <= steadyTolerance && r.Received.Sub(last.received) > steadyTolerance/2 && r.SentTS > last.sent:
		now.first, now.behind, now.times = last.first, last.behind, last.times+1
	}
	c.lamps.set(r.Lamp, now)
	if now.steady() {
		r.TS, r.Clock = r.Received, device.ClockSteady
	}
}
