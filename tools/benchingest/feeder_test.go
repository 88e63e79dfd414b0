package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// pair is a client's wire to a feeder that sends n messages with a window.
func pair(t *testing.T, window, n int) (*wire, chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	fed := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			defer c.Close()
			_, err = feed(newWire(c), window, n, device.Millis(1_790_000_000_000))
		}
		fed <- err
	}()
	w, err := dial(l.Addr().String(), "test", true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	w.SetDeadline(time.Now().Add(time.Minute))
	w.packet(packetSubscribe, append(appendText([]byte{0, 7}, telemetry), 1))
	w.out.Flush()
	if kind, body, err := w.read(nil); err != nil || kind != packetSuback || string(body) != "\x00\x07\x01" {
		t.Fatalf("SUBACK is %x %x %v", kind, body, err)
	}
	return w, fed
}

// Of 50 messages never more than 20 come before an acknowledgement, and each is a
// reading that Yingguang takes.
func TestFeederKeepsItsWindow(t *testing.T) {
	const window, n = 20, 50
	w, fed := pair(t, window, n)
	var d payload.Decoder
	var batch payload.Batch
	seen := map[string]bool{}
	for got := 0; got < n; {
		var acks []byte
		for range min(window, n-got) {
			kind, body, err := w.read(nil)
			if err != nil || kind != packetPublish|2 {
				t.Fatalf("message %d: %x %v", got, kind, err)
			}
			size := int(body[0])<<8 | int(body[1])
			topic, err := payload.ParseTopic(prefix, string(body[2:2+size]))
			if err != nil {
				t.Fatal(err)
			}
			d.Telemetry(topic, body[4+size:], device.Millis(1_790_000_100_000), &batch)
			if len(batch.Readings) != 1 || seen[fmt.Sprint(batch.Readings[0].Hash())] {
				t.Fatalf("message %d: %+v", got, batch)
			}
			seen[fmt.Sprint(batch.Readings[0].Hash())] = true
			acks = puback(acks, uint16(body[2+size])<<8|uint16(body[3+size]))
			got++
		}
		// Nothing more may come before the acknowledgement: a ping comes back first.
		w.packet(packetPingreq, nil)
		w.out.Flush()
		if kind, _, err := w.read(nil); err != nil || kind != packetPingresp {
			t.Fatalf("after %d messages without an acknowledgement came %x %v", got, kind, err)
		}
		w.out.Write(acks)
		w.out.Flush()
	}
	if err := <-fed; err != nil {
		t.Error(err)
	}
}

func TestFeederChecksTheOrder(t *testing.T) {
	w, fed := pair(t, 20, 50)
	w.out.Write(puback(puback(nil, 2), 1))
	w.out.Flush()
	if err := <-fed; err == nil || !strings.Contains(err.Error(), "order") {
		t.Errorf("acknowledged in the wrong order: %v", err)
	}
}

func TestFleetIsTaken(t *testing.T) {
	f := newFleet(1_790_000_000_000)
	var d payload.Decoder
	var batch payload.Batch
	for n := 0; n < 3*lamps*1440; n += 997 {
		topic, text := f.message(n)
		parsed, err := payload.ParseTopic(prefix, topic)
		if err != nil {
			t.Fatal(err)
		}
		if d.Telemetry(parsed, text, 1_800_000_000_000, &batch); len(batch.Readings) != 1 || len(text) < 390 {
			t.Fatalf("message %d %s: %+v", n, text, batch.Rejects)
		}
	}
}

func TestGrouped(t *testing.T) {
	for in, want := range map[float64]string{0.254: "0.254", 999: "999", 1000: "1,000", 1234567: "1,234,567", 52.34: "52.34"} {
		if got := grouped(in); got != want {
			t.Errorf("%v is written %s, want %s", in, got, want)
		}
	}
}
