package main

import (
	"bytes"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/yingguang/yingguang/app"
)

func bytesOf(t *testing.T, p packets.ControlPacket) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func delivery(t *testing.T, m id, number uint16) []byte {
	t.Helper()
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Qos, p.MessageID = m.topic(), m.payload(1_800_000_000_000), 1, number
	return bytesOf(t, p)
}

func puback(t *testing.T, number uint16) []byte {
	t.Helper()
	p := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
	p.MessageID = number
	return bytesOf(t, p)
}

// Without a tmpfs the quota file must leave InfluxDB something before it is laid, and
// nothing to the journal after.
func TestQuotaLeavesRoomForInfluxDB(t *testing.T) {
	for _, free := range []int64{256 << 20, 1 << 30, 3 << 30, 20 << 30, 900 << 30} {
		reserve := quotaReserve(free)
		if floor := app.SeriesFloor(reserve); floor > free-free/10 && floor > free-(1<<30) {
			t.Errorf("of %d MB free, InfluxDB stops at %d MB", free>>20, floor>>20)
		}
		if left := reserve - reserveBytes/2; left <= 0 || left >= reserve {
			t.Errorf("of %d MB free, the quota file leaves %d MB of the reserve of %d MB", free>>20, left>>20, reserve>>20)
		}
	}
}

// A panic that is started again is no success, whatever the counts say.
func TestCrashIsBad(t *testing.T) {
	if r := (result{Acked: 1, Crashes: 1}); !r.bad() {
		t.Error("a run with a panic passes")
	}
}

// A loss is laid at the right door: only what ingest acknowledged counts as its
// promise, whatever pieces the stream comes in and whoever had a number before.
func TestPromises(t *testing.T) {
	one, two, three := id{1, 1}, id{2, 199}, id{3, 1} // the second is a bad one
	for piece := 1; piece < 40; piece++ {
		p := newPromises()
		up, down := p.tap()
		send := func(to interface{ Write([]byte) (int, error) }, b []byte) {
			for len(b) > 0 {
				n := min(piece, len(b))
				if _, err := to.Write(b[:n]); err != nil {
					t.Fatal(err)
				}
				b = b[n:]
			}
		}
		send(down, delivery(t, one, 7))
		send(down, delivery(t, three, 8))
		send(up, puback(t, 7))
		send(down, delivery(t, two, 7)) // the number goes round
		if !p.has(one) || p.has(two) || p.has(three) {
			t.Fatalf("in pieces of %d: %v %v %v, want only the first", piece, p.has(one), p.has(two), p.has(three))
		}
		send(up, puback(t, 7))
		if !p.has(two) || p.has(three) {
			t.Fatalf("in pieces of %d: the second %v, the third %v", piece, p.has(two), p.has(three))
		}
		up, _ = p.tap() // another connection knows nothing of the first one's numbers
		send(up, puback(t, 8))
		if p.has(three) {
			t.Fatal("an acknowledgement on another connection counts")
		}
	}
}

// Every message can be told by its payload, and what must be rejected is bad.
func TestMessages(t *testing.T) {
	bad := 0
	for seq := 1; seq <= 1000; seq++ {
		m := id{5, seq}
		got, ok := parse(m.payload(1_800_000_000_000))
		if !ok || got != m {
			t.Fatalf("%v reads as %v, %v", m, got, ok)
		}
		if m.bad() {
			bad++
		}
	}
	if bad != 10 {
		t.Errorf("%d of 1000 are bad, want one in a hundred", bad)
	}
}

func TestMissing(t *testing.T) {
	good, bad := id{1, 1}, id{1, 98}
	if good.bad() || !bad.bad() {
		t.Fatal("the test's messages are not what they should be")
	}
	f := &found{stored: map[id]int{}, rejected: map[id]bool{}}
	if !f.missing(good) || !f.missing(bad) {
		t.Error("what is nowhere is not missing")
	}
	f.stored[bad] = 1 // a bad one has no business there
	if !f.missing(bad) {
		t.Error("a bad message in InfluxDB counts as rejected")
	}
	f.stored[good], f.rejected[bad] = 1, true
	if f.missing(good) || f.missing(bad) {
		t.Error("what is there is missing")
	}
	if f.both() != 1 {
		t.Errorf("%d in both places, want the bad one", f.both())
	}
}

// What a lost connection had under way comes again first and in order.
func TestTakeBack(t *testing.T) {
	g := &group{acked: &acked{ids: map[id]struct{}{}}, open: map[uint16]*message{}, freed: make(chan struct{}, 1)}
	for i := range 20 {
		g.enter(&message{id: id{1, i}, order: i})
	}
	g.settle(3)
	g.takeBack()
	g.settle(4) // late, of the lost connection
	for i := range 20 {
		if i == 2 {
			continue
		}
		m := g.pick(t.Context())
		if m == nil || m.seq != i {
			t.Fatalf("%+v comes, want seq %d", m, i)
		}
		g.enter(m)
	}
	if len(g.acked.ids) != 1 || g.acked.sent.Load() != 19 {
		t.Errorf("%d acknowledged, %d sent again", len(g.acked.ids), g.acked.sent.Load())
	}
}
