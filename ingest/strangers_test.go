package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/journal"
)

// gatekeeper knows some lamps and keeps what others send.
type gatekeeper struct {
	mu    sync.Mutex
	known map[device.LampID]bool
	kept  []device.Reading
	fails int // so many times before it keeps one
}

func (g *gatekeeper) Known(lamp device.LampID) bool { return g.known[lamp] }

func (g *gatekeeper) KeepUnknown(_ context.Context, b *journal.Block) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fails--; g.fails >= 0 {
		return fmt.Errorf("full")
	}
	g.kept = append(g.kept, b.Readings...)
	return nil
}

// quota keeps what strangers send in the journal itself.
type quota struct{ *journal.Journal }

func (quota) Known(lamp device.LampID) bool { return lamp != "NEW-1" }

// A stranger whose batches gathered while the journal was held up is kept in blocks
// that can be delivered, and holds up nobody behind it.
func TestUnknownLampOfManyReadingsIsKeptInHalves(t *testing.T) {
	var f *failing
	h := embedded(t, func(c *ingest.Config) {
		f = &failing{Journal: c.Journal.(*journal.Journal)} // so that the batches gather behind the first reading
		c.Journal, c.Strangers = f, quota{f.Journal}
	})
	lamp := h.lamp("lamp")
	publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", reading(base))
	eventually(t, "the first is held back", func() bool { return h.ingest.Status().Failing != "" })
	faults := strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("f", 64)+`",`, 16), ",")
	for k := range 2 {
		var items []string
		for i := range 900 {
			items = append(items, fmt.Sprintf(`{"ts":%d,"lamp_on":true,"faults":[%s]}`, base-int64(900*k+i), faults))
		}
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write([]byte(`{"readings":[` + strings.Join(items, ",") + `]}`)); err != nil {
			t.Fatal(err)
		}
		w.Close()
		publish(t, lamp, "jiaping/lamps/NEW-1/telemetry", packed.String())
	}
	publish(t, lamp, "jiaping/lamps/JP-0001/telemetry", reading(base+1))
	f.room.Store(true)
	h.read(func(all *tally) bool { return len(all.readings) >= 2 && all.leftOut["NEW-1"].Rejected >= 1800 })
	kept, seq := map[device.Millis]bool{}, uint64(0)
	for {
		next, _, b, err := h.journal.Unknown(t.Context(), "NEW-1", seq)
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			break
		}
		for i := range b.Readings {
			kept[b.Readings[i].TS] = true
		}
		seq = next
	}
	if len(kept) != 1800 {
		t.Errorf("%d of 1800 readings are kept", len(kept))
	}
}

// What unregistered lamps send, by themselves or through a gateway or over HTTP, is
// set aside and counted as rejected; a neighbour in the same message is taken.
func TestUnknownLampsAreSetAside(t *testing.T) {
	g := &gatekeeper{known: map[device.LampID]bool{"JP-0001": true}, fails: 2}
	h := embedded(t, func(c *ingest.Config) { c.Strangers = g })
	now := time.Now().Unix()
	publish(t, h.lamp("GW-1"), "jiaping/gateways/GW-1/telemetry", fmt.Sprintf(`{"readings":[{"lamp":"JP-0001","ts":%d,"battery_v":12},{"lamp":"X-1","ts":%d,"battery_v":13},{"lamp":"X-2","ts":%d,"battery_v":14}]}`, now, now, now))
	taken, err := h.ingest.Take(t.Context(), "jiaping/lamps/X-1/telemetry", fmt.Appendf(nil, `{"ts":%d,"battery_v":15}`, now))
	if err != nil || taken.Readings != 0 || taken.Rejected != 1 || taken.Reason != "unknown_lamp" {
		t.Errorf("pushed: %+v, %v", taken, err)
	}
	got := h.read(func(all *tally) bool {
		return len(all.readings) > 0 && all.leftOut["X-1"].Rejected > 1 && all.leftOut["X-2"].Rejected > 0
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(got.readings) != 1 || got.readings[0].Lamp != "JP-0001" || got.leftOut["X-1"].Rejected != 2 || len(g.kept) != 3 {
		t.Errorf("readings %v, left out %v, kept %v", got.readings, got.leftOut, g.kept)
	}
}
