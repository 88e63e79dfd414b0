package main

import (
	"bufio"
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

func TestTheSameSeedIsTheSameMonth(t *testing.T) {
	m := month{seed: 5, from: time.Date(2025, 6, 1, 12, 0, 0, 0, zone), days: 17, lamps: 24}
	text := func() string {
		var b bytes.Buffer
		w := bufio.NewWriter(&b)
		r := m.live()
		r.lines(w, m)
		for _, l := range r.labels {
			b.WriteString(l.String())
		}
		_ = w.Flush()
		return b.String()
	}
	one := text()
	if one != text() {
		t.Fatal("two runs of one seed differ")
	}
	if m.seed = 6; one == text() {
		t.Fatal("another seed gives the same month")
	}
}

func TestMessagesAreOfTheWireFormat(t *testing.T) {
	m := month{seed: 9, from: time.Date(2025, 1, 1, 12, 0, 0, 0, zone), days: 16, lamps: 80}
	r := m.live()
	var d payload.Decoder
	var batch payload.Batch
	readings := 0
	for _, one := range r.messages {
		topic, err := payload.ParseTopic("jiaping", one.topic)
		if err != nil {
			t.Fatal(err)
		}
		d.Telemetry(topic, one.payload, device.MillisOf(one.received), &batch)
		if len(batch.Rejects) > 0 {
			t.Fatalf("%s: %v", one.payload, batch.Rejects[0].Text)
		}
		readings += len(batch.Readings)
	}
	if readings < 80*16*24 {
		t.Fatalf("only %d readings", readings)
	}
	kinds := map[device.Fault]bool{}
	for _, l := range r.labels {
		kinds[l.code] = true
		if l.end.Before(l.start) || !strings.Contains(l.subject, ":") {
			t.Errorf("label %v", l)
		}
	}
	if len(kinds) < 8 {
		t.Errorf("only %d kinds of fault: %v", len(kinds), kinds)
	}
}

// The sun of Chongqing: at noon it stands at 90 − latitude ± 23.4 degrees at the solstices.
func TestSun(t *testing.T) {
	for day, want := range map[string]float64{"2025-06-21": 84.4, "2025-12-21": 37.6} {
		at, err := time.ParseInLocation(time.DateOnly, day, zone)
		if err != nil {
			t.Fatal(err)
		}
		highest := 0.0
		for m := range 24 * 60 {
			highest = max(highest, sunAt(at.Add(time.Duration(m)*time.Minute), 29, 106.3).elevation*180/math.Pi)
		}
		if math.Abs(highest-want) > 0.6 {
			t.Errorf("%s: the sun rises to %.1f degrees, want %.1f", day, highest, want)
		}
	}
}

func TestBatteryGivesWhatItTakes(t *testing.T) {
	for _, b := range []battery{{lithium: true, cells: 4, nominal: 50, capacity: 50, aged: 1, temp: 20}, {cells: 6, nominal: 50, capacity: 50, aged: 1, temp: 20}} {
		b.set(0.5)
		before := b.soc()
		for range 100 {
			b.take(-2, 0.1)
		}
		if got := before - b.soc(); math.Abs(got-0.4) > 0.01 {
			t.Errorf("20 Ah out of 50 moved the charge by %.2f", got)
		}
		if low := b.volts(-2); low >= b.open() || low < b.cells*1.7 {
			t.Errorf("%.2f V under load, %.2f V open", low, b.open())
		}
	}
}
