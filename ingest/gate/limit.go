package gate

import (
	"sync"
	"time"
)

// Limits of one lamp, in readings. A gateway has those of all its lamps.
type Limits struct {
	PerSecond float64 // for ever; 0 takes DefaultLimits
	Burst     float64 // at once, for what was kept while the network was away
}

// DefaultLimits let a lamp send the backlog of two weeks at one reading a minute.
func DefaultLimits() Limits { return Limits{PerSecond: 10, Burst: 20_000} }

// window is how many messages of a lamp may be on their way to the disk at once. A
// neighbour's message waits behind so many of each lamp and no more.
const window = 16

// readingBytes is what a reading takes at least, to tell how many are in a message.
const readingBytes = 512

// patience is the longest that a message waits for its turn.
const patience = 20 * time.Second

// turnedAway is how long a lamp that broke a rule stays outside.
const turnedAway = 10 * time.Second

// buckets hold what each name may still send; they outlive its connections.
type buckets struct {
	limits Limits
	mu     sync.Mutex
	of     map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
	away   time.Time // outside until then
}

func newBuckets(l Limits) *buckets {
	if l.PerSecond == 0 {
		l = DefaultLimits()
	}
	return &buckets{limits: l, of: map[string]*bucket{}}
}

func (b *buckets) get(name string, lamps int, now time.Time) *bucket {
	one := b.of[name]
	if one == nil {
		one = &bucket{tokens: b.limits.Burst * float64(lamps), at: now}
		b.of[name] = one
	}
	return one
}

// take counts a message of so many bytes, and says how long it must wait for what
// was sent before it. However large, it waits patience at most, or its sender would
// give up and begin again for ever.
func (b *buckets) take(name string, lamps, bytes int, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.get(name, lamps, now)
	rate, most := b.limits.PerSecond*float64(lamps), b.limits.Burst*float64(lamps)
	tokens := min(most, one.tokens+rate*max(0, now.Sub(one.at).Seconds()))
	one.at = now
	one.tokens = max(tokens-float64(1+bytes/readingBytes), -rate*patience.Seconds())
	if tokens >= 0 {
		return 0
	}
	return time.Duration(-tokens / rate * float64(time.Second))
}

// banish keeps a name outside for a while.
func (b *buckets) banish(name string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.get(name, 1, now).away = now.Add(turnedAway)
}

func (b *buckets) banished(name string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.of[name]
	return one != nil && now.Before(one.away)
}
