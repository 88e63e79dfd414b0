package device

import (
	"math/rand/v2"
	"testing"
)

func hashed() Reading {
	r := Reading{Lamp: "JP-0001", TS: 1767225600000, SentTS: 1767225600000, Received: 1767225600500, HasSeq: true, Boot: 1, Seq: 2, Firmware: "1.0", Faults: []string{"a", "b"}}
	r.Set(BatteryV, 12.8)
	r.Set(LampOn, 1)
	return r
}

// The digest is stored (by the ledger) and decides times in InfluxDB: it must not change.
func TestHashStaysTheSame(t *testing.T) {
	r := hashed()
	if got, want := r.Hash(), uint64(0x46ba4678f19969b6); got != want {
		t.Errorf("hash %#x, want %#x", got, want)
	}
}

func TestHashTellsContentFromDelivery(t *testing.T) {
	base := hashed()
	same := map[string]func(*Reading){
		"gateway":  func(r *Reading) { r.Gateway = "GW-01" },
		"received": func(r *Reading) { r.Received++ },
		"placing":  func(r *Reading) { r.TS, r.Clock = 5, ClockAhead },
		"unknown":  func(r *Reading) { r.Unknown = 7 },
	}
	for name, change := range same {
		r := hashed()
		if change(&r); r.Hash() != base.Hash() {
			t.Errorf("%s is how it came, and changes the hash", name)
		}
	}
	other := map[string]func(*Reading){
		"lamp":           func(r *Reading) { r.Lamp = "JP-0002" },
		"sent":           func(r *Reading) { r.SentTS++ },
		"boot":           func(r *Reading) { r.Boot++ },
		"seq":            func(r *Reading) { r.Seq++ },
		"no seq":         func(r *Reading) { r.HasSeq = false },
		"value":          func(r *Reading) { r.Set(BatteryV, 12.81) },
		"one field less": func(r *Reading) { r.Clear(LampOn) },
		"another field":  func(r *Reading) { r.Clear(LampOn); r.Set(DimPct, 1) },
		"firmware":       func(r *Reading) { r.Firmware = "1.1" },
		"fault":          func(r *Reading) { r.Faults = []string{"a", "c"} },
		"fault order":    func(r *Reading) { r.Faults = []string{"b", "a"} },
		"fault joined":   func(r *Reading) { r.Faults = []string{"ab"} },
		"fault moved":    func(r *Reading) { r.Firmware, r.Faults = "1.0a", []string{"b"} },
		"fault, empty":   func(r *Reading) { r.Faults = []string{"a", "b", ""} },
	}
	for f := range NumFields {
		if !base.Has(f) {
			other[Fields[f].Name] = func(r *Reading) { r.Set(f, 0) }
		}
	}
	seen := map[uint64]string{base.Hash(): "the reading itself"}
	for name, change := range other {
		r := hashed()
		change(&r)
		if before, ok := seen[r.Hash()]; ok {
			t.Errorf("%s gives the hash of %s", name, before)
		}
		seen[r.Hash()] = name
	}
}

func TestPointNanosStaysInItsMillisecond(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	spread := map[int64]bool{}
	for range 10000 {
		reading := hashed()
		reading.Seq = r.Uint32()
		at := reading.PointNanos()
		if at/1_000_000 != int64(reading.TS) {
			t.Fatalf("%d ns is not in millisecond %d", at, reading.TS)
		}
		again := reading
		again.Received, again.Gateway = 1, "GW-01"
		if again.PointNanos() != at {
			t.Fatal("the same reading, delivered again, has another point")
		}
		spread[at] = true
	}
	if len(spread) < 9900 { // some 50 of 10,000 in 1,000,000 meet by chance
		t.Errorf("10,000 readings of one millisecond fall on %d points", len(spread))
	}
}

func TestHashAllocatesNothing(t *testing.T) {
	r := hashed()
	if n := testing.AllocsPerRun(100, func() { r.Hash() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkHash(b *testing.B) {
	r := hashed()
	for f := range NumFields {
		r.Set(f, 1)
	}
	for b.Loop() {
		r.Hash()
	}
}
