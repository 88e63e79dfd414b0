package alerts

import "testing"

// The first version kept the ends of thirty nights in a ring: the newest of them are
// in their places of the smaller ring, whatever was kept.
func TestEndsOfTheFirstVersion(t *testing.T) {
	for _, kept := range []uint16{0, 1, 7, 8, 9, 29, 30, 31, 100} {
		var w writer
		var ring [30]uint16
		for night := range kept {
			ring[night%30] = 400 + night // minutes from noon
		}
		for i := range min(int(kept), len(ring)) {
			w.uint(uint64(ring[i]))
		}
		m := lightMemory{kept: kept}
		r := reader{b: w.b}
		m.loadEnds(&r, 1)
		if r.bad || len(r.b) != 0 {
			t.Fatalf("%d nights kept: bad %t, %d bytes left", kept, r.bad, len(r.b))
		}
		for i := range min(kept, uint16(len(m.ends))) {
			night := kept - 1 - i
			if got := m.ends[night%uint16(len(m.ends))]; got != 400+night {
				t.Errorf("%d nights kept: night %d ended at %d, want %d", kept, night, got, 400+night)
			}
		}
	}
}
