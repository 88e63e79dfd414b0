package alerts

import (
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// A controller that answers in two messages a second apart reports as often as those pairs come.
func TestPausesOfSplitMessages(t *testing.T) {
	e := NewEngine(EngineConfig{Lamps: newTestTown(), Location: shanghai(t)})
	noon := time.Date(2026, 1, 4, 12, 0, 0, 0, shanghai(t))
	for n := range 12 {
		for part := range 2 {
			at := device.MillisOf(noon.Add(time.Duration(n)*20*time.Minute + time.Duration(part)*time.Second))
			r := device.Reading{Lamp: "JP-0007", SentTS: at, Received: at}
			r.Place()
			r.Set([...]device.Field{device.BatteryV, device.LoadW}[part], 13)
			e.Observe(&r)
		}
	}
	if got := e.lamps["JP-0007"].pauses.median().Round(time.Minute); got != 20*time.Minute {
		t.Errorf("a pause of %s, want 20m", got)
	}
}
