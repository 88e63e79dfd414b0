package series

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

var sameNaN = cmp.Comparer(func(a, b float64) bool {
	return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b)
})

func TestLampSeries(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		const minute = device.Millis(60_000)
		from := device.Millis(1767225600000) // 2026-01-01T00:00:00Z
		var block journal.Block
		for i := range device.Millis(60) { // an hour, each minute
			r := simple("JP-0001", from+i*minute, 12+float64(i)/100)
			r.Set(device.LitS, float64(1000+i))
			r.Set(device.LampOn, float64(i%2))
			r.Set(device.ChargeState, float64(i/20))
			if i >= 30 {
				r.Set(device.PanelW, 50)
			}
			block.Readings = append(block.Readings, r, simple("JP-0002", r.TS, 80))
		}
		h.append(&block)
		h.written(c)

		fields := []device.Field{device.BatteryV, device.PanelW, device.LitS, device.LampOn, device.ChargeState}
		got, step, err := c.Lamp(t.Context(), LampQuery{Lamp: "JP-0001", From: from, To: from + 60*minute, Fields: fields, Points: 4})
		if err != nil {
			t.Fatal(err)
		}
		want := []Point{
			{from, []float64{12.07, math.NaN(), 1014, 0, 0}},
			{from + 15*minute, []float64{12.22, math.NaN(), 1029, 1, 1}},
			{from + 30*minute, []float64{12.37, 50, 1044, 0, 2}},
			{from + 45*minute, []float64{12.52, 50, 1059, 1, 2}},
		}
		if diff := cmp.Diff(want, got, sameNaN); diff != "" || step != 15*time.Minute {
			t.Errorf("step %v (-want +got):\n%s", step, diff)
		}

		// A range that does not begin on a step, and fields of one kind.
		got, step, err = c.Lamp(t.Context(), LampQuery{
			Lamp: "JP-0001", From: from + 7*minute, To: from + 19*minute, Fields: []device.Field{device.BatteryV}, Points: 3,
		})
		want = []Point{
			{from + 5*minute, []float64{12.07}}, {from + 10*minute, []float64{12.12}}, {from + 15*minute, []float64{12.165}},
		}
		if diff := cmp.Diff(want, got, sameNaN); err != nil || diff != "" || step != 5*time.Minute {
			t.Errorf("%v, step %v (-want +got):\n%s", err, step, diff)
		}

		for _, q := range []LampQuery{
			{Lamp: "JP-9999", From: from, To: from + 60*minute, Fields: fields},                             // no such lamp
			{Lamp: "JP-0001", From: from - 600*minute, To: from, Fields: fields},                            // nothing then
			{Lamp: "JP-0001", From: from, To: from + 60*minute, Fields: []device.Field{device.BatteryTemp}}, // never measured
		} {
			if got, _, err := c.Lamp(t.Context(), q); err != nil || len(got) != 0 {
				t.Errorf("%+v: %d points, %v, want none", q, len(got), err)
			}
		}
	})
}

func TestCounts(t *testing.T) {
	onBoth(t, func(t *testing.T, s *testServer) {
		c := s.client(t, 0)
		h := newHouse(t)
		ts := stamp()
		h.append(&journal.Block{Readings: []device.Reading{
			simple("JP-0001", ts, 1), simple("JP-0001", ts+1, 1), simple("JP-0001", ts+2, 1), simple("JP-0002", ts+1, 1),
		}})
		h.written(c)
		for _, q := range []struct {
			lamp     device.LampID
			from, to device.Millis
			want     int64
		}{
			{"", 0, farFuture, 4}, {"", ts, ts + 2, 3}, {"", ts, ts, 0}, {"JP-0001", 0, farFuture, 3}, {"JP-0001", ts + 1, ts + 2, 1}, {"JP-0003", 0, farFuture, 0},
		} {
			if n, err := c.Count(t.Context(), q.lamp, q.from, q.to); err != nil || n != q.want {
				t.Errorf("Count(%q, %d, %d) is %d, %v, want %d", q.lamp, q.from-ts, q.to-ts, n, err, q.want)
			}
		}
		got, err := c.CountByLamp(t.Context(), ts+1, farFuture)
		if diff := cmp.Diff(map[device.LampID]int64{"JP-0001": 2, "JP-0002": 1}, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestSteps(t *testing.T) {
	const hour = device.Millis(3600_000)
	cases := []struct {
		from, to device.Millis
		points   int
		want     time.Duration
	}{
		{0, hour, 60, time.Minute},
		{1, hour, 60, time.Minute},
		{0, hour + 1, 60, 2 * time.Minute}, // 61 minutes are touched
		{0, 24 * hour, 288, 5 * time.Minute},
		{0, 7 * 24 * hour, 500, 30 * time.Minute},
		{0, 10, 1, time.Second},
		{999, 1001, 1, 5 * time.Second}, // the second changes between
		{0, 365 * 24 * hour, 500, 24 * time.Hour},
	}
	for _, c := range cases {
		q := LampQuery{From: c.from, To: c.to, Points: c.points}
		if got := q.step(); got != c.want {
			t.Errorf("%d to %d in %d: step %v, want %v", c.from, c.to, c.points, got, c.want)
		}
	}
	q := LampQuery{From: 0, To: farFuture, Points: 1}
	if got := q.count(q.step()); got != 1 {
		t.Errorf("all time in one point: %d steps", got)
	}
}

func TestQueriesAreChecked(t *testing.T) {
	c, err := New(Server{URL: "http://127.0.0.1:1", Bucket: "b"})
	if err != nil {
		t.Fatal(err)
	}
	fields := []device.Field{device.BatteryV}
	for _, q := range []LampQuery{
		{Lamp: `X") or true or (r.lamp == "`, From: 1, To: 2, Fields: fields},
		{Lamp: "A", From: 2, To: 2, Fields: fields},
		{Lamp: "A", From: -1, To: 2, Fields: fields},
		{Lamp: "A", From: 1, To: 2},
		{Lamp: "A", From: 1, To: 2, Fields: []device.Field{device.NumFields}},
		{Lamp: "A", From: 1, To: 2, Fields: fields, Points: MaxPoints + 1},
	} {
		if _, _, err := c.Lamp(t.Context(), q); err == nil || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%+v: %v, want it refused before it is sent", q, err)
		}
	}
	if _, err := c.Nights(t.Context(), `"`, 1, 2); err == nil || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("Nights: %v", err)
	}
	if _, err := c.Count(t.Context(), `"`, 1, 2); err == nil || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("Count: %v", err)
	}
	if _, err := c.Count(t.Context(), "", 1, 2); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("Count without a server: %v, want its address", err)
	}
}
