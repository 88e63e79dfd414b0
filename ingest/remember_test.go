package ingest

import (
	"net"
	"slices"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

const minute = device.Millis(60_000)

// place gives the flags of readings measured and received at the given minutes.
func place(pairs [][2]float64) []device.ClockFlag {
	s := newSteadyClocks()
	base := device.Millis(1767524400000)
	var flags []device.ClockFlag
	for _, p := range pairs {
		r := device.Reading{Lamp: "A", SentTS: base + device.Millis(p[0]*float64(minute)), Received: base + device.Millis(p[1]*float64(minute))}
		r.Place()
		s.place(&r)
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
	if n := count(place(zone), device.ClockSteady); n != 12-steadyReadings+1 {
		t.Errorf("a forgotten time zone: %d of 12 readings flagged, want all from the %dth on", n, steadyReadings)
	}
	for name, pairs := range map[string][][2]float64{"backfill": backfill, "delays that vary": delayed, "a slow way": slow} {
		if n := count(place(pairs), device.ClockSteady); n != 0 {
			t.Errorf("%s: %d readings flagged", name, n)
		}
	}
	mended := append(slices.Clone(zone), [2]float64{120, 120.1}, [2]float64{130 - 480, 130})
	if flags := place(mended); flags[12] != device.ClockOK || flags[13] != device.ClockOK {
		t.Errorf("after the clock was set right: %v", flags[12:])
	}
}

func TestRememberedIsBounded(t *testing.T) {
	m := newRemembered()
	for i := range uint64(3 * rememberedMost) {
		m.add(i, 1)
	}
	if n := len(m.young) + len(m.old); n > 2*rememberedMost {
		t.Errorf("%d hashes are remembered", n)
	}
	if !m.has(3*rememberedMost-1) || !m.has(2*rememberedMost+1) || m.has(1) {
		t.Error("the newest must be known, the oldest forgotten")
	}
}

// What came long ago is the ledger's to judge.
func TestRememberedForgets(t *testing.T) {
	const generation = device.Millis(rememberedFor / time.Millisecond)
	m := newRemembered()
	m.add(1, 1)
	m.add(2, generation+2)
	if !m.has(1) || !m.has(2) {
		t.Error("the last generation must be known")
	}
	m.add(3, 2*generation+3)
	if m.has(1) || !m.has(2) || !m.has(3) {
		t.Error("the one before it must be forgotten")
	}
}

// Small writes are joined, in order, and sent soon without another one.
func TestBufferedConn(t *testing.T) {
	near, far := pipe(t)
	c := buffered(near)
	defer c.Close()
	for _, s := range []string{"a", "b", "c"} {
		if _, err := c.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]byte, 3)
	if err := far.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 3; {
		m, err := far.Read(got[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += m
	}
	if string(got) != "abc" {
		t.Errorf("got %q", got)
	}
	far.Close()
	deadline := time.Now().Add(5 * time.Second)
	for {
		if _, err := c.Write(make([]byte, 20<<10)); err != nil {
			break // a broken connection shows at a later write
		}
		if time.Now().After(deadline) {
			t.Fatal("writes to a closed connection go on")
		}
	}
}

func pipe(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}
