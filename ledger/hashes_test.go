package ledger

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The set says what a map says, also of hashes that fall together.
func TestHashes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var set hashes
	want := map[uint64]bool{}
	for range 100_000 {
		hash := r.Uint64()
		switch r.IntN(4) {
		case 0:
			hash >>= 6 // all in one part
		case 1:
			hash |= 0x3f << 58
		}
		hash = max(hash, 1)
		if got := set.has(hash); got != want[hash] {
			t.Fatalf("has(%x) = %v", hash, got)
		}
		if got := set.add(hash); got == want[hash] {
			t.Fatalf("add(%x) = %v", hash, got)
		}
		want[hash] = true
	}
	if set.n != len(want) {
		t.Errorf("%d hashes, want %d", set.n, len(want))
	}
	for hash := range want {
		if !set.has(hash) {
			t.Fatalf("%x is lost", hash)
		}
	}
}

// Whoever sends without end fills no memory: a full generation ends at once, and the
// newest of what came is still known.
func TestMemoryIsBounded(t *testing.T) {
	s := newSeen()
	s.most = 1000
	s.turn(noon)
	next, ended := uint64(0), 0
	for minute := range 20 {
		if _, full := s.turn(noon.Add(time.Duration(minute) * time.Minute)); full {
			ended++
		}
		for range 700 {
			next++
			if !s.add(next * 0x9e3779b97f4a7c15) {
				t.Fatalf("hash %d was not there", next)
			}
		}
		if s.add((next - 699) * 0x9e3779b97f4a7c15) {
			t.Fatalf("a hash of this minute is forgotten")
		}
		if n := s.size(); n > generations*(s.most+700) {
			t.Fatalf("%d hashes are kept", n)
		}
	}
	if ended != 9 {
		t.Errorf("%d generations ended since they were full, want one for every second minute", ended)
	}
}

func BenchmarkSeen(b *testing.B) {
	s := newSeen()
	s.turn(noon)
	r := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		if s.set().n == 1<<20 {
			s = newSeen()
		}
		s.add(r.Uint64())
	}
}
