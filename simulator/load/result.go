package load

import (
	"cmp"
	"slices"
	"time"
)

// Second is what happened in about one second.
type Second struct {
	At         float64 `json:"at"` // s since the beginning
	Phase      string  `json:"phase"`
	Lamps      int64   `json:"lamps"`
	Connected  int64   `json:"connected"`
	Sent       int64   `json:"sent"`
	Acked      int64   `json:"acked"`
	Failures   int64   `json:"failures"`
	Reconnects int64   `json:"reconnects"`
	Acks       Tally   `json:"acks"`
}

// P50 and P99 are the times from PUBLISH to PUBACK of this second.
func (s *Second) P50() time.Duration { return s.Acks.quantile(0.5) }

// P99 is the time that one in a hundred exceeds.
func (s *Second) P99() time.Duration { return s.Acks.quantile(0.99) }

// Result is all that one process counted, in a form that adds up with others.
type Result struct {
	Phases    []PhaseResult    `json:"phases"`
	Seconds   []Second         `json:"seconds"`
	Offered   float64          `json:"offered"` // readings that were due
	Unacked   int64            `json:"unacked"` // in the end
	Failures  map[string]int64 `json:"failures"`
	Queryable Tally            `json:"queryable"`
	Unseen    int64            `json:"unseen"`
	Processes int              `json:"processes"`
}

// PhaseResult is what one phase counted.
type PhaseResult struct {
	Sent       int64 `json:"sent"`
	Acked      int64 `json:"acked"`
	Again      int64 `json:"again"`
	Reconnects int64 `json:"reconnects"`
	Acks       Tally `json:"acks"`
	Back       Tally `json:"back"`
}

// snapshot is the sums at one moment.
type snapshot struct {
	Second

	acks Tally
}

func (t *test) snapshot() snapshot {
	var s snapshot
	s.Lamps, s.Connected = t.lamps.Load(), t.connected.Load()
	for i := range t.meters {
		m := &t.meters[i]
		s.Sent += m.sent.Load()
		s.Acked += m.acked.Load()
		s.Reconnects += m.reconnects.Load()
		s.acks.merge(m.ack.tally())
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.failures {
		s.Failures += n
	}
	return s
}

// since is what happened after an earlier snapshot.
func (s *snapshot) since(earlier *snapshot, at time.Duration, phase string) Second {
	return Second{
		At: at.Seconds(), Phase: phase, Lamps: s.Lamps, Connected: s.Connected, Sent: s.Sent - earlier.Sent, Acked: s.Acked - earlier.Acked,
		Failures: s.Failures - earlier.Failures, Reconnects: s.Reconnects - earlier.Reconnects, Acks: s.acks.minus(earlier.acks),
	}
}

func (t *test) result(log []Second) Result {
	r := Result{Seconds: log, Offered: t.offered, Unacked: t.waiting(), Failures: map[string]int64{}, Processes: 1}
	for i := range t.meters {
		m := &t.meters[i]
		r.Phases = append(r.Phases, PhaseResult{
			m.sent.Load(), m.acked.Load(), m.again.Load(), m.reconnects.Load(), m.ack.tally(), m.back.tally(),
		})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for kind, n := range t.failures {
		r.Failures[kind] = n
	}
	return r
}

// Merge adds what another process of the same test counted.
func (r *Result) Merge(o Result) {
	for len(r.Phases) < len(o.Phases) {
		r.Phases = append(r.Phases, PhaseResult{})
	}
	for i := range o.Phases {
		p, q := &r.Phases[i], &o.Phases[i]
		p.Sent, p.Acked, p.Again, p.Reconnects = p.Sent+q.Sent, p.Acked+q.Acked, p.Again+q.Again, p.Reconnects+q.Reconnects
		p.Acks.merge(q.Acks)
		p.Back.merge(q.Back)
	}
	r.mergeSeconds(o.Seconds)
	if r.Failures == nil {
		r.Failures = map[string]int64{}
	}
	for kind, n := range o.Failures {
		r.Failures[kind] += n
	}
	r.Offered, r.Unacked, r.Unseen, r.Processes = r.Offered+o.Offered, r.Unacked+o.Unacked, r.Unseen+o.Unseen, r.Processes+o.Processes
	r.Queryable.merge(o.Queryable)
}

// mergeSeconds adds second by second; a process that was held up may lack some.
func (r *Result) mergeSeconds(other []Second) {
	index := map[int]int{}
	for i := range r.Seconds {
		index[int(r.Seconds[i].At)] = i
	}
	for _, o := range other {
		i, known := index[int(o.At)]
		if !known {
			r.Seconds = append(r.Seconds, Second{At: o.At, Phase: o.Phase})
			i = len(r.Seconds) - 1
		}
		r.Seconds[i].Add(o)
	}
	slices.SortFunc(r.Seconds, func(a, b Second) int { return cmp.Compare(a.At, b.At) })
}

// Add adds the same second of another process.
func (s *Second) Add(o Second) {
	s.Lamps, s.Connected, s.Sent, s.Acked = s.Lamps+o.Lamps, s.Connected+o.Connected, s.Sent+o.Sent, s.Acked+o.Acked
	s.Failures, s.Reconnects = s.Failures+o.Failures, s.Reconnects+o.Reconnects
	s.Acks.merge(o.Acks)
}
