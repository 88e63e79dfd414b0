package ingest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/ingest/broker"
	"github.com/yingguang/yingguang/journal"
)

// BenchmarkBacklog takes in what waited at the embedded broker while ingest was
// away, with every block flushed: readings of one lamp each, and gateway batches.
func BenchmarkBacklog(b *testing.B) {
	const usual = `{%s"ts":%d,"boot":3,"seq":%d,"battery_v":12.84,"battery_a":-1.25,"battery_soc_pct":71,"panel_v":18.2,"panel_w":22.5,"load_w":18,"lamp_on":true,"dim_pct":100,"charged_wh":1200,"consumed_wh":1100}`
	for _, size := range []int{1, 100} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			const messages = 20_000
			for b.Loop() {
				b.StopTimer()
				j, err := journal.Open(b.Context(), journal.Config{Dir: b.TempDir(), MaxBytes: 4 << 30, RejectedMaxBytes: 8 << 20})
				if err != nil {
					b.Fatal(err)
				}
				cfg := ingest.Config{ClientID: "ingest", Prefix: "jiaping", MaxPayload: 256 << 10, Observing: time.Hour, Journal: j}
				s, err := broker.Start(b.Context(), broker.Config{
					Dir: b.TempDir(), Listen: "127.0.0.1:0", SyncInterval: time.Minute,
					MaxBytes: 4 << 30, Session: strings.Join(payload.Filters("jiaping"), " "), Prime: ingest.New(cfg).Prime,
				})
				if err != nil {
					b.Fatal(err)
				}
				cfg.URL = "tcp://" + s.Addr()
				var all sync.WaitGroup
				for c := range 4 {
					all.Go(func() {
						client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(cfg.URL).SetClientID(fmt.Sprint("lamp", c)))
						client.Connect().Wait()
						defer client.Disconnect(250)
						var last mqtt.Token
						for i := range messages / 4 {
							if size == 1 {
								last = client.Publish(fmt.Sprintf("jiaping/lamps/JP-%d/telemetry", c), 1, false, fmt.Sprintf(usual, "", base+int64(i), i))
							} else {
								items := make([]string, size)
								for k := range items {
									items[k] = fmt.Sprintf(usual, fmt.Sprintf(`"lamp":"JP-%d-%d",`, c, k), base+int64(i), i)
								}
								last = client.Publish(fmt.Sprintf("jiaping/gateways/GW-%d/telemetry", c), 1, false, `{"readings":[`+strings.Join(items, ",")+`]}`)
							}
							if i%500 == 0 {
								last.Wait()
							}
						}
						last.Wait()
					})
				}
				all.Wait()
				runtime.GC()
				b.StartTimer()
				in := ingest.New(cfg)
				ctx, cancel := context.WithCancel(b.Context())
				done := make(chan struct{})
				go func() { _ = in.Run(ctx); close(done) }()
				r, _ := j.Reader(b.Context(), journal.Position{})
				var most uint64
				for n := 0; n < messages*size; {
					_, block, err := r.Next(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					n += len(block.Readings)
					var m runtime.MemStats
					if size > 1 {
						runtime.ReadMemStats(&m)
						most = max(most, m.HeapInuse)
					}
				}
				b.StopTimer()
				b.ReportMetric(float64(most)/(1<<20), "MB-heap-most")
				r.Close()
				cancel()
				<-done
				s.Close(b.Context())
				j.Close(b.Context())
				b.StartTimer()
			}
			b.StopTimer()
			b.ReportMetric(float64(messages*size*b.N)/b.Elapsed().Seconds(), "readings/s")
		})
	}
}
