package series

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
)

// week is the readings of 400 lamps in some days, each five minutes, in the
// gateway batches of 100 in which a simulator or a bridge sends history.
func week(days int, each func(*journal.Block)) (n int) {
	begin := device.MillisOf(time.Now().Truncate(time.Minute)).Add(-time.Duration(days) * 24 * time.Hour)
	for step := range days * 288 {
		ts := begin + device.Millis(step)*300_000
		for lamp := 0; lamp < 400; {
			var b journal.Block
			for range 100 {
				r := device.Reading{
					Lamp: device.LampID(fmt.Sprintf("JP-%04d", lamp)), TS: ts, SentTS: ts, Received: ts + 900, HasSeq: true, Boot: 1, Seq: uint32(step),
				}
				x := float64((step*7 + lamp*13) % 1000)
				for _, v := range [...]struct {
					f device.Field
					v float64
				}{
					{device.BatteryV, 12 + x/1000},
					{device.BatteryA, x/100 - 5},
					{device.BatterySoC, x / 10},
					{device.BatteryTemp, 20 + x/100},
					{device.PanelV, 18 + x/500},
					{device.PanelW, x / 10},
					{device.LoadW, x / 20},
					{device.LampOn, float64(step / 144 % 2)},
					{device.DimPct, 100},
					{device.RSSI, -80},
				} {
					r.Set(v.f, v.v)
				}
				b.Readings = append(b.Readings, r)
				lamp++
			}
			each(&b)
			n += 100
		}
	}
	return n
}

// BenchmarkWriter takes a week of 400 lamps from the journal into InfluxDB 1.8.10,
// and then asks what the pages ask.
func BenchmarkWriter(b *testing.B) {
	s := start1()
	if s.missing != "" {
		b.Skip(s.missing)
	}
	defer s.stop()
	j, err := journal.Open(b.Context(), journal.Config{Dir: b.TempDir(), SyncInterval: time.Minute, MaxBytes: 1 << 30, RejectedMaxBytes: 16 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close(context.Background()) // the end of a benchmark
	var last journal.Position
	total := week(7, func(block *journal.Block) {
		if last, err = j.Append(b.Context(), block); err != nil {
			b.Fatal(err)
		}
	})
	for b.Loop() {
		c, err := New(s.server(0))
		if err != nil {
			b.Fatal(err)
		}
		db, err := registry.Open(b.Context(), filepath.Join(b.TempDir(), "registry.sqlite"))
		if err != nil {
			b.Fatal(err)
		}
		w := NewWriter(WriterConfig{Client: c, Journal: j, SQL: db.SQL()})
		ctx, cancel := context.WithCancel(b.Context())
		done := make(chan error, 1)
		began := time.Now()
		go func() { done <- w.Run(ctx) }()
		for w.Status().Stored < uint64(total) {
			time.Sleep(5 * time.Millisecond)
		}
		b.ReportMetric(float64(total)/time.Since(began).Seconds(), "readings/s")
		for w.Status().Position != last {
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		timed := func(name string, f func() error) {
			began := time.Now()
			if err := f(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(began).Milliseconds()), name)
		}
		now := device.MillisOf(time.Now())
		for _, days := range []int{1, 7} {
			timed(fmt.Sprintf("ms/lamp-%dd", days), func() error {
				_, _, err := c.Lamp(b.Context(), LampQuery{
					Lamp: "JP-0042", From: now.Add(-time.Duration(days) * 24 * time.Hour), To: now,
					Fields: []device.Field{device.BatteryV, device.BatterySoC, device.PanelW, device.LoadW, device.LampOn},
				})
				return err
			})
		}
		timed("ms/count", func() error {
			n, err := c.Count(b.Context(), "", 0, farFuture)
			if err == nil && n != int64(total) {
				err = fmt.Errorf("%d readings are stored, want %d", n, total)
			}
			return err
		})
		_ = db.Close()
		c.Close()
	}
}
