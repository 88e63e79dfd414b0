package ingest

import (
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// forgotEvery is how often is told of forgotten clocks.
const forgotEvery = time.Hour

// forgot is what was told of codes whose clocks were forgotten, since more sent than are
// remembered. It is for one goroutine.
type forgot struct {
	counted uint64 // in the metric
	told    uint64 // in the log
	at      device.Millis
}

// tellForgot tells what the clocks forgot since it was called last; the log gets a line an
// hour at most, which says how many they were.
func (in *Ingest) tellForgot(f *forgot, all ...*payload.Clocks) {
	var sum uint64
	for _, c := range all {
		sum += c.Forgotten()
	}
	if sum == f.counted {
		return
	}
	in.metrics.forgotten.Add(float64(sum - f.counted))
	f.counted = sum
	if now := in.now(); f.told == 0 || now.Sub(f.at) >= forgotEvery {
		in.log.Warn("more codes send than a town has lamps: the clocks of those not heard of for longest are judged anew; does somebody make codes up?",
			"left_out", sum-f.told)
		f.told, f.at = sum, now
	}
}
