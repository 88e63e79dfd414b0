package payload

import (
	"fmt"
	"testing"

	"github.com/yingguang/yingguang/device"
)

// Made-up codes fill no memory and push out nobody who goes on sending.
func TestClocksAreBounded(t *testing.T) {
	c := NewClocks()
	c.lamps.most, c.placed.most = 100, 100
	for n := range 10_000 {
		at := device.Millis(1767524400000 + n)
		behind := device.Reading{Lamp: device.LampID(fmt.Sprint("B", n)), SentTS: at - 3600_000, Received: at, TS: at - 3600_000}
		without := device.Reading{Lamp: device.LampID(fmt.Sprint("N", n)), Received: at, TS: at, Clock: device.ClockNone}
		own := device.Reading{Lamp: "JP-0001", Received: at, TS: at - at%40, Clock: device.ClockNone}
		for _, r := range []*device.Reading{&behind, &without, &own} {
			c.Place(r)
		}
		if c.lamps.len() > 100 || c.placed.len() > 100 {
			t.Fatalf("%d and %d codes after %d", c.lamps.len(), c.placed.len(), n)
		}
		if _, known := c.placed.get("JP-0001"); !known {
			t.Fatalf("a lamp that sends all the time is forgotten after %d", n)
		}
	}
	if got := c.Forgotten(); got < 19_000 || got > 20_000 {
		t.Errorf("%d codes forgotten of 20,000", got)
	}
}

func TestRecentDrops(t *testing.T) {
	m := recent[int]{most: 4}
	for n := range 3 {
		m.set(device.LampID(fmt.Sprint(n)), n)
	}
	m.drop("0")
	m.drop("2")
	if _, known := m.get("0"); known || m.len() != 1 {
		t.Errorf("%d codes after two of three were dropped", m.len())
	}
}
