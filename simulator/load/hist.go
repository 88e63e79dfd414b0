package load

import (
	"math"
	"sync/atomic"
	"time"
)

// Buckets of a histogram: each is 4 % wider than the one before, from 10 µs to some
// 30 minutes, so that a percentile is right within 4 %.
const (
	buckets  = 485
	smallest = 10 * time.Microsecond
	growth   = 1.04
)

// hist counts durations. It is safe for concurrent use.
type hist struct {
	counts [buckets]atomic.Int64
	most   atomic.Int64 // the longest, ns
}

var logGrowth = math.Log(growth)

func (h *hist) add(d time.Duration) {
	i := 0
	if d > smallest {
		i = min(buckets-1, 1+int(math.Log(float64(d)/float64(smallest))/logGrowth))
	}
	h.counts[i].Add(1)
	for {
		old := h.most.Load()
		if int64(d) <= old || h.most.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// Tally is a histogram at rest, as processes hand it to each other.
type Tally struct {
	Counts map[int]int64 `json:"counts,omitempty"` // by bucket
	Most   int64         `json:"most,omitempty"`   // ns
}

func (h *hist) tally() Tally {
	t := Tally{Counts: map[int]int64{}, Most: h.most.Load()}
	for i := range h.counts {
		if n := h.counts[i].Load(); n > 0 {
			t.Counts[i] = n
		}
	}
	return t
}

func (t *Tally) merge(o Tally) {
	if t.Counts == nil {
		t.Counts = map[int]int64{}
	}
	for i, n := range o.Counts {
		t.Counts[i] += n
	}
	t.Most = max(t.Most, o.Most)
}

// minus is what came since an earlier tally of the same histogram.
func (t Tally) minus(earlier Tally) Tally {
	out := Tally{Counts: map[int]int64{}, Most: t.Most}
	for i, n := range t.Counts {
		if n -= earlier.Counts[i]; n > 0 {
			out.Counts[i] = n
		}
	}
	return out
}

func (t *Tally) total() (n int64) {
	for _, c := range t.Counts {
		n += c
	}
	return n
}

// quantile is the duration below which a share q of them lies, 0 if there are none.
func (t *Tally) quantile(q float64) time.Duration {
	want := int64(math.Ceil(q * float64(t.total())))
	if want == 0 {
		return 0
	}
	var seen int64
	for i := range buckets {
		if seen += t.Counts[i]; seen >= want {
			upper := time.Duration(float64(smallest) * math.Pow(growth, float64(i)))
			return min(upper, time.Duration(t.Most))
		}
	}
	return time.Duration(t.Most)
}

// Percentiles are a tally for people, in milliseconds.
type Percentiles struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

func (t *Tally) percentiles() Percentiles {
	ms := func(d time.Duration) float64 { return math.Round(float64(d)/1e3) / 1e3 }
	return Percentiles{t.total(), ms(t.quantile(0.5)), ms(t.quantile(0.9)), ms(t.quantile(0.99)), ms(time.Duration(t.Most))}
}
