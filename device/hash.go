package device

import (
	"encoding/binary"
	"math"

	"github.com/cespare/xxhash/v2"
)

// Hash is a 64-bit digest of what the lamp sent: its code, time, counters and
// values, but not how or when it reached us. Two deliveries of one message have
// the same Hash; it is how duplicates are told.
func (r *Reading) Hash() uint64 {
	var room [512]byte
	b := append(room[:0], r.Lamp...)
	b = append(b, 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.SentTS))
	mask := r.has
	if r.HasSeq {
		mask |= 1 << 31 // so that counters never read as values
	}
	b = binary.LittleEndian.AppendUint32(b, mask)
	if r.HasSeq {
		b = binary.LittleEndian.AppendUint32(b, r.Boot)
		b = binary.LittleEndian.AppendUint32(b, r.Seq)
	}
	for f := Field(0); f < NumFields; f++ {
		if v, ok := r.Get(f); ok {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	b = append(b, r.Firmware...)
	for _, s := range r.Faults {
		b = append(b, 0)
		b = append(b, s...)
	}
	return xxhash.Sum64(b)
}

// PointNanos is the time of the reading's points in InfluxDB, in Unix
// nanoseconds: TS plus 0 to 999,999 ns taken from Hash. So two different
// readings of one lamp with one ts are both kept, and a reading that comes twice
// falls on its own points again, whatever the order.
func (r *Reading) PointNanos() int64 {
	return int64(r.TS)*1_000_000 + int64(r.Hash()%1_000_000)
}
