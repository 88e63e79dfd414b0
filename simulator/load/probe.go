package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// Probe measures how long it takes from publishing a reading to finding it in
// InfluxDB, 2.x or 1.8, by asking over and over for one lamp of its own.
type Probe struct {
	URL    string // of InfluxDB
	Org    string // 2.x
	Bucket string // or database on 1.8
	Token  string // or user:password on 1.8
	Every  time.Duration

	client http.Client
	seen   hist
	unseen atomic.Int64 // readings that did not appear within probeTime
}

// probeTime is how long a reading may take to appear, probePause how often we ask.
const (
	probeTime  = 60 * time.Second
	probePause = 50 * time.Millisecond
)

// run publishes and asks until ctx ends.
func (p *Probe) run(ctx context.Context, t *test) {
	l := newLink(t, fmt.Sprintf("load-probe-%d", t.cfg.Share))
	t.drivers.Go(func() { l.stay(ctx) })
	lamp := device.LampID(t.cfg.Code + "PROBE")
	for n := uint32(1); ; n++ {
		if t.cfg.Clock.Sleep(ctx, p.Every) != nil {
			return
		}
		r := device.Reading{Lamp: lamp, SentTS: device.MillisOf(t.cfg.Clock.Now()), HasSeq: true, Boot: uint32(t.cfg.Share), Seq: n}
		r.Set(device.BatteryV, 13.1)
		r.Set(device.LampOn, 1)
		began := t.cfg.Clock.Now()
		if l.publish(ctx, payload.TelemetryTopic(t.cfg.Prefix, lamp), payload.AppendJSON(nil, &r), 1) != nil {
			return
		}
		p.await(ctx, t, &r, began)
	}
}

// await asks until the reading is there.
func (p *Probe) await(ctx context.Context, t *test, r *device.Reading, began time.Time) {
	for {
		if p.there(ctx, r) {
			p.seen.add(t.cfg.Clock.Now().Sub(began))
			return
		}
		if t.cfg.Clock.Now().Sub(began) > probeTime {
			p.unseen.Add(1)
			return
		}
		if t.cfg.Clock.Sleep(ctx, probePause) != nil {
			return
		}
	}
}

// there says whether InfluxDB has the reading: its points lie within the
// millisecond of its ts.
func (p *Probe) there(ctx context.Context, r *device.Reading) bool {
	start := int64(r.SentTS) * 1_000_000
	query := fmt.Sprintf(`from(bucket: %q) |> range(start: time(v: %d), stop: time(v: %d)) |> filter(fn: (r) => r._measurement == "status" and r.lamp == %q) |> limit(n: 1)`,
		p.Bucket, start, start+1_000_000, string(r.Lamp))
	ask, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(p.URL, "/")+"/api/v2/query?org="+p.Org, strings.NewReader(query))
	if err != nil {
		return false
	}
	ask.Header.Set("Content-Type", "application/vnd.flux")
	ask.Header.Set("Accept", "application/csv")
	if p.Token != "" {
		ask.Header.Set("Authorization", "Token "+p.Token)
	}
	answer, err := p.client.Do(ask)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	return err == nil && answer.StatusCode == http.StatusOK && bytes.Contains(body, []byte(r.Lamp))
}
