package payload_test

import (
	"slices"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

const minute = device.Millis(60_000)

// place gives the flags of readings measured and received at the given minutes.
func place(pairs [][2]float64) []device.ClockFlag {
	s := payload.NewClocks()
	base := device.Millis(1767524400000)
	var flags []device.ClockFlag
	for _, p := range pairs {
		r := device.Reading{Lamp: "A", SentTS: base + device.Millis(p[0]*float64(minute)), Received: base + device.Millis(p[1]*float64(minute))}
		r.Place()
		s.Place(&r)
		if r.Clock == device.ClockSteady && r.TS != r.Received {
			panic("a steady clock's reading is not placed at its receipt")
		}
		flags = append(flags, r.Clock)
	}
	return flags
}

func count(flags []device.ClockFlag, f device.ClockFlag) (n int) {
	for _, g := range flags {
		if g == f {
			n++
		}
	}
	return n
}

func TestSteadyClock(t *testing.T) {
	var zone, backfill, delayed, slow [][2]float64
	for i := range 12 {
		at := float64(10 * i)
		zone = append(zone, [2]float64{at - 480, at + 0.1})                  // eight hours behind, every ten minutes
		backfill = append(backfill, [2]float64{at - 480, 0.05 * float64(i)}) // the same history in one go
		delayed = append(delayed, [2]float64{at - 30 + float64(i%3)*10, at}) // now so, now so
		slow = append(slow, [2]float64{at, at + 5})                          // five minutes on the way
	}
	if n := count(place(zone), device.ClockSteady); n != 12-4+1 {
		t.Errorf("a forgotten time zone: %d of 12 readings flagged, want all from the 4th on", n)
	}
	for name, pairs := range map[string][][2]float64{"backfill": backfill, "delays that vary": delayed, "a slow way": slow} {
		if n := count(place(pairs), device.ClockSteady); n != 0 {
			t.Errorf("%s: %d readings flagged", name, n)
		}
	}
	twice := slices.Clone(zone)
	for i := range twice {
		twice[i] = [2]float64{float64(10*(i/2)) - 480, float64(10*(i/2)) + 0.1 + 0.2*float64(i%2)}
	}
	if n := count(place(twice), device.ClockSteady); n != 12-2*3 {
		t.Errorf("six readings that each came twice: %d of 12 flagged, want all from the 4th on", n)
	}
	var seldom, halfHourly [][2]float64
	for i := range 4 {
		seldom = append(seldom, [2]float64{float64(30*i) - 480, float64(30*i) + 0.1})
		halfHourly = append(halfHourly, [2]float64{float64(30*i) - 30, float64(30 * i)}) // a gateway that sends each half hour what it had the last time
	}
	if n := count(place(seldom), device.ClockSteady); n != 3 {
		t.Errorf("eight hours behind, each half hour: %d of 4 readings flagged, want all from the 2nd on", n)
	}
	if flags := place(halfHourly); count(flags[:3], device.ClockSteady) != 0 {
		t.Errorf("always half an hour on the way: %v", flags)
	}
	mended := append(slices.Clone(zone), [2]float64{120, 120.1}, [2]float64{130 - 480, 130})
	if flags := place(mended); flags[12] != device.ClockOK || flags[13] != device.ClockOK {
		t.Errorf("after the clock was set right: %v", flags[12:])
	}
}

// Readings of one lamp that are placed at one receipt get a millisecond each, in their
// order; other lamps and believed clocks are left alone, and a clock of ours that was
// set back is followed.
func TestPlacedApart(t *testing.T) {
	const receipt = device.Millis(1_800_000_000_000)
	c := payload.NewClocks()
	place := func(lamp device.LampID, received, sent device.Millis) device.Reading {
		r := device.Reading{Lamp: lamp, Received: received, SentTS: sent}
		r.Place()
		c.Place(&r)
		return r
	}
	for i := range device.Millis(500) {
		if r := place("A", receipt, receipt.Add(time.Hour)+i); r.TS != receipt+i || r.Clock != device.ClockAhead || r.Received != receipt {
			t.Fatalf("reading %d is at %d, %v", i, r.TS-receipt, r.Clock)
		}
	}
	if r := place("A", receipt+100, 0); r.TS != receipt+500 {
		t.Errorf("one that came soon after is at %d", r.TS-receipt)
	}
	if r := place("A", receipt+1000, 0); r.TS != receipt+1000 {
		t.Errorf("one that came later is at %d", r.TS-receipt)
	}
	if r := place("A", receipt, receipt); r.TS != receipt || r.Clock != device.ClockOK {
		t.Errorf("a believed one is at %d, %v", r.TS-receipt, r.Clock)
	}
	if r := place("B", receipt, 0); r.TS != receipt {
		t.Errorf("another lamp's is at %d", r.TS-receipt)
	}
	if r := place("A", receipt.Add(-time.Hour), 0); r.TS != receipt.Add(-time.Hour) {
		t.Errorf("after our clock was set back it is at %d", r.TS-receipt)
	}
}
