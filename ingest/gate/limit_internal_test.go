package gate

import (
	"testing"
	"time"
)

// A burst goes at once, then so many a second; what was saved up is never more than
// the burst, and a message is never held up longer than its sender has patience.
func TestRateLimit(t *testing.T) {
	now := time.Date(2026, 1, 4, 18, 0, 0, 0, time.UTC)
	b := newBuckets(Limits{PerSecond: 10, Burst: 100})
	for i := range 100 {
		if wait := b.take("JP-0001", 1, 400, now); wait != 0 {
			t.Fatalf("message %d of the burst waits %v", i, wait)
		}
	}
	if b.take("JP-0001", 1, 400, now) != 0 {
		t.Error("the bucket is empty, not below")
	}
	if wait := b.take("JP-0001", 1, 400, now); wait != 100*time.Millisecond {
		t.Errorf("the next waits %v, want 100ms", wait)
	}
	if wait := b.take("JP-0002", 1, 400, now); wait != 0 {
		t.Errorf("another lamp waits %v", wait)
	}
	later := now.Add(24 * time.Hour)
	for range 101 {
		b.take("JP-0001", 1, 0, later)
	}
	if b.take("JP-0001", 1, 0, later) == 0 {
		t.Error("a day of silence saved up more than the burst")
	}
	for range 100 {
		if wait := b.take("JP-0001", 1, MaxPacket, later); wait > patience {
			t.Fatalf("a large message waits %v", wait)
		}
	}
	for i := range 20 * 100 { // a gateway of twenty lamps
		if wait := b.take("GW-01", 20, 400, now); wait != 0 {
			t.Fatalf("message %d of the gateway waits %v", i, wait)
		}
	}
	b.banish("JP-0003", now)
	if !b.banished("JP-0003", now.Add(turnedAway-1)) || b.banished("JP-0003", now.Add(turnedAway)) || b.banished("JP-0004", now) {
		t.Error("who broke a rule stays outside for a while, and others do not")
	}
}

// FuzzBucket: whatever is sent when, the wait is neither negative nor beyond patience.
func FuzzBucket(f *testing.F) {
	f.Add(int64(0), 1, 400)
	f.Add(int64(-1<<40), 20, MaxPacket)
	f.Add(int64(1)<<60, 1, 0)
	f.Fuzz(func(t *testing.T, later int64, lamps, bytes int) {
		if lamps < 1 || lamps > 10_000 || bytes < 0 || bytes > MaxPacket {
			return
		}
		now := time.Date(2026, 1, 4, 18, 0, 0, 0, time.UTC)
		b := newBuckets(Limits{PerSecond: 10, Burst: 10})
		for _, at := range []time.Time{now, now.Add(time.Duration(later)), now, now.Add(time.Duration(later) * 2)} {
			if wait := b.take("x", lamps, bytes, at); wait < 0 || wait > patience {
				t.Fatalf("it waits %v", wait)
			}
		}
	})
}
