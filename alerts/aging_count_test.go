package alerts

import (
	"math"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// What a counter in steps of 10 Wh says is right from one move to the next: while it stands the meters go on, and where they
// read a tenth too little it sets them right.
func TestCountByCoarseCounter(t *testing.T) {
	for _, reads := range []float64{1, 0.9} {
		var m agingMemory
		const load = 7.0
		for n := range 97 { // eight hours
			used := load * float64(n) / 12
			r := device.Reading{}
			r.Set(device.ConsumedWh, 300+math.Floor(used/10)*10)
			m.count(&r, 5*time.Minute, float32(reads*load))
			m.watts = float32(reads * load)
		}
		if math.Abs(float64(m.drawn)-8*load) > 2 {
			t.Errorf("meters that read %g of it: %.1f Wh drawn, want %g", reads, m.drawn, 8*load)
		}
	}
}
