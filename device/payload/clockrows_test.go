package payload_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// The rows of the table in docs/ingest.md, "A lamp's clock": what is done with
// a reading whose time is wrong. Each row sends readings, `ours` being our clock and
// `theirs` the lamp's, and looks at the last.
func TestClockRows(t *testing.T) {
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, time.UTC)
	type sent struct{ ours, theirs time.Time }
	every := func(n int, step time.Duration, off time.Duration) []sent {
		var all []sent
		for i := range n {
			at := noon.Add(time.Duration(i) * step)
			all = append(all, sent{at, at.Add(off)})
		}
		return all
	}
	for _, row := range []struct {
		name string
		sent []sent
		flag device.ClockFlag
		ours bool // counts from receipt
	}{
		{"right", every(1, 0, -2*time.Second), device.ClockOK, false},
		{"ahead by up to 5 minutes", every(1, 0, 5*time.Minute), device.ClockOK, false},
		{"ahead by more than 5 minutes", every(1, 0, 5*time.Minute+time.Second), device.ClockAhead, true},
		{"years ahead", every(1, 0, 11*365*24*time.Hour), device.ClockAhead, true},
		{"before 2020", every(1, 0, -7*365*24*time.Hour), device.ClockAncient, true},
		{"reset to 1970 by a reboot", []sent{{noon, noon}, {noon.Add(time.Minute), time.Unix(0, 0)}}, device.ClockAncient, true},
		{"reset to 2000 by a reboot", []sent{{noon, noon}, {noon.Add(time.Minute), time.Date(2000, 1, 1, 0, 0, 40, 0, time.UTC)}}, device.ClockAncient, true},
		{"jumps back by minutes", []sent{{noon, noon}, {noon.Add(time.Minute), noon.Add(-4 * time.Minute)}}, device.ClockOK, false},
		{"jumps back by hours, the first", []sent{{noon, noon}, {noon.Add(time.Minute), noon.Add(-3 * time.Hour)}}, device.ClockOK, false},
		{"jumps back by hours and runs on", append([]sent{{noon.Add(-time.Minute), noon.Add(-time.Minute)}}, every(4, 10*time.Minute, -3*time.Hour)...), device.ClockSteady, true},
		{"steadily eight hours behind", every(4, 10*time.Minute, -8*time.Hour), device.ClockSteady, true},
		{"steadily eight hours ahead", every(4, 10*time.Minute, 8*time.Hour), device.ClockAhead, true},
		{"steadily off, then set right", append(every(4, 10*time.Minute, -8*time.Hour), sent{noon.Add(time.Hour), noon.Add(time.Hour)}), device.ClockOK, false},
		{"a backlog, as fast as it can be sent", []sent{
			{noon, noon.Add(-5 * time.Hour)},
			{noon.Add(time.Second), noon.Add(-4*time.Hour - 50*time.Minute)},
			{noon.Add(2 * time.Second), noon.Add(-4*time.Hour - 40*time.Minute)},
			{noon.Add(3 * time.Second), noon.Add(-4*time.Hour - 30*time.Minute)},
			{noon.Add(4 * time.Second), noon.Add(-4*time.Hour - 20*time.Minute)},
		}, device.ClockOK, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			var d payload.Decoder
			clocks := payload.NewClocks()
			var r device.Reading
			for i, s := range row.sent {
				var out payload.Batch
				text := fmt.Sprintf(`{"ts":%d,"battery_v":12.%d}`, s.theirs.UnixMilli(), i)
				d.Telemetry(payload.Topic{Lamp: "JP-0001", Part: payload.Telemetry}, []byte(text), device.MillisOf(s.ours), &out)
				if len(out.Readings) != 1 {
					t.Fatalf("%s gave %+v", text, out.Rejects)
				}
				r = out.Readings[0]
				clocks.Place(&r)
			}
			last := row.sent[len(row.sent)-1]
			counts := device.MillisOf(last.theirs)
			if row.ours {
				counts = device.MillisOf(last.ours)
			}
			// 1970's zero becomes 1 ms: a time was sent, though a wrong one.
			sentTS := max(device.Millis(last.theirs.UnixMilli()), 1)
			if last.theirs.Year() < 1970 {
				sentTS = device.Millis(last.theirs.UnixMilli())
			}
			if r.Clock != row.flag || r.TS != counts || r.SentTS != sentTS || r.Received != device.MillisOf(last.ours) {
				t.Errorf("flag %d, counts %v, sent %v, received %v; want flag %d, counts %v and both clocks kept",
					r.Clock, r.TS.Time(), r.SentTS.Time(), r.Received.Time(), row.flag, counts.Time())
			}
		})
	}
}
