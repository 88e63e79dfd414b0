package alerts

import (
	"math"
	"testing"
)

// What the first version kept of a panel is read; what it counted of a day in Wh begins anew.
func TestPanelOfTheFirstVersion(t *testing.T) {
	m := panelMemory{full: true, watts: 12, darkFor: 30}
	m.level, m.recent, m.days, m.low, m.got, m.want = 0.9, 0.8, 7, 2, 0.3, 0.34
	m.usual[sunLight][4] = habitOf(0.7, 5)
	var now, tail writer
	m.store(&now)
	tail.float(m.even)
	tail.b = append(tail.b, m.evenHours)
	tail.flag(m.stated)
	tail.b = append(tail.b, m.step)
	first := now.b[:len(now.b)-len(tail.b)]
	first[0] = 1

	var got panelMemory
	r := reader{b: first}
	got.load(&r)
	if r.bad || len(r.b) != 0 {
		t.Fatalf("bad %t, %d bytes left", r.bad, len(r.b))
	}
	m.got, m.want = 0, 0
	if got != m {
		t.Errorf("read %+v, want %+v", got, m)
	}

	m.even, m.evenHours, m.stated, m.want, m.step = 0.6, 12, true, 0.4, 10
	now = writer{}
	m.store(&now)
	r = reader{b: now.b}
	got = panelMemory{}
	if got.load(&r); r.bad || len(r.b) != 0 || got != m {
		t.Errorf("read %+v, want %+v", got, m)
	}
}

// Those at either end, a faulty lamp or one behind a wall, say nothing of how far the others reach.
func TestLogSpread(t *testing.T) {
	for _, c := range []struct {
		sorted []float64
		want   float64
	}{
		{[]float64{0, 0.1, 0.2, 0.9}, math.Log(2)},
		{[]float64{0.01, 1, 1, 1, 1, 1, 7}, 0},
		{[]float64{0.1, 0.1, 0.5, 0.6, 0.6, 0.7, 0.7, 0.8, 0.8, 0.9, 0.9, 0.9, 0.9, 1, 1, 1, 1, 1, 3, 3}, math.Log(2)},
	} {
		if got := logSpread(c.sorted, 0.1); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("logSpread(%v) = %g, want %g", c.sorted, got, c.want)
		}
	}
}
