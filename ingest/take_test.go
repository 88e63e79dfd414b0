package ingest_test

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/journal"
)

// pages is a journal in memory; it refuses while full says so.
type pages struct {
	mu       sync.Mutex
	full     error
	blocks   error  // only blocks are refused, as while the journal is full
	refused  func() // called with each refusal; may be nil
	readings []device.Reading
	leftOut  int
	rejected []journal.Rejected
}

func (p *pages) Append(_ context.Context, b *journal.Block) (journal.Position, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full != nil || p.blocks != nil {
		return journal.Position{}, p.refuse()
	}
	p.readings = append(p.readings, b.Readings...)
	for _, l := range b.LeftOut {
		p.leftOut += int(l.Rejected)
	}
	return journal.Position{}, nil
}

func (p *pages) RejectAll(_ context.Context, list []journal.Rejected) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full != nil {
		return 0, p.refuse()
	}
	p.rejected = append(p.rejected, list...)
	return len(list), nil
}

func (p *pages) refuse() error {
	if p.refused != nil {
		p.refused()
	}
	return cmp.Or(p.full, p.blocks)
}

// The clock that stands still at 2026-01-01T20:00:00+08:00.
type noon struct{}

func (noon) Now() time.Time { return time.Unix(1767268800, 0) }
func (noon) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(min(d, time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Gateways batch, split, pack and delay: each reading arrives with its own time and lamp.
func TestGatewaysThatBatchSplitPackAndDelay(t *testing.T) {
	const now = 1767268800000
	batch := `{"JP-0001":[`
	for i := range 300 {
		if i > 0 {
			batch += ","
		}
		batch += `{"ts":` + strconv.Itoa(now-i*60_000) + `,"values":{"battery_v":12.9}}`
	}
	batch += `]}`
	const gateway = "thingsboard/gateways/GW-01/telemetry"
	for _, c := range []struct {
		name     string
		topic    string
		messages []string
		readings int
		oldest   device.Millis
	}{
		{"batch", gateway, []string{batch}, 300, now - 299*60_000},
		{"packed", gateway, []string{gzipped(t, batch)}, 300, now - 299*60_000},
		{"batch of wire format 1, packed", "jiaping/gateways/GW-01/telemetry", []string{gzipped(t, `{"readings":[{"lamp":"JP-0001","ts":`+strconv.Itoa(now)+`,"load_w":1},{"lamp":"JP-0002","ts":`+strconv.Itoa(now)+`,"load_w":1}]}`)}, 2, now},
		{"split into the answers of one polling", "epever/JP-0001/modbus", []string{"0104020057f8ce", "010406000000090000b091"}, 2, now},
		{"split by field, with one time", "thingsboard/JP-0001/telemetry", []string{`{"ts":1767268000000,"values":{"battery_v":12.9}}`, `{"ts":1767268000000,"values":{"load_w":15}}`}, 2, 1767268000000},
		{"delayed by a day and out of order", "thingsboard/JP-0001/telemetry", []string{
			`{"ts":` + strconv.Itoa(now) + `,"values":{"battery_v":12.9}}`, `{"ts":` + strconv.Itoa(now-86_400_000) + `,"values":{"battery_v":12.8}}`, `{"ts":` + strconv.Itoa(now-43_200_000) + `,"values":{"battery_v":12.7}}`,
		}, 3, now - 86_400_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := &pages{}
			in := ingest.New(ingest.Config{Prefix: "jiaping", Formats: shipped(t, nil), Journal: j, Clock: noon{}})
			for _, m := range c.messages {
				if taken, err := in.Take(t.Context(), c.topic, []byte(m)); err != nil || taken.Rejected > 0 {
					t.Fatalf("%+v, %v", taken, err)
				}
			}
			oldest := device.Millis(now)
			for i := range j.readings {
				r := &j.readings[i]
				oldest = min(oldest, r.TS)
				if strings.Contains(c.topic, "gateways") != (r.Gateway == "GW-01") || !strings.HasPrefix(string(r.Lamp), "JP-000") {
					t.Errorf("%+v", r)
				}
			}
			if len(j.readings) != c.readings || oldest != c.oldest {
				t.Errorf("%d readings, the oldest at %d; want %d and %d", len(j.readings), oldest, c.readings, c.oldest)
			}
		})
	}
}

// What is taken is in the journal, what is not is rejected and counted; while the journal refuses,
// nobody is told that it was taken.
func TestTake(t *testing.T) {
	j := &pages{}
	in := ingest.New(ingest.Config{Prefix: "jiaping", Formats: shipped(t, nil), Journal: j, Clock: noon{}})
	taken, err := in.Take(t.Context(), "push/thingsboard/cloud", []byte(`[{"lamp":"JP-0001","values":{"battery_v":12.9}},{"lamp":"JP-0002","values":{"battery_v":129}},{"lamp":"JP-0003"}]`))
	if err != nil || taken.Readings != 1 || taken.Rejected != 2 || taken.Reason != "out_of_range" || j.leftOut != 2 || len(j.rejected) != 2 {
		t.Errorf("%+v, %v, journal %+v", taken, err, j)
	}
	if taken, err := in.Take(t.Context(), "push/nobody/cloud", []byte("x")); err != nil || taken.Reason != "bad_topic" {
		t.Errorf("%+v, %v", taken, err)
	}

	j.full = errors.New("disk full")
	for _, body := range []string{`{"lamp":"JP-0001","values":{"battery_v":12.9}}`, `{`} {
		ctx, cancel := context.WithCancel(t.Context())
		refusals := 0
		j.refused = func() {
			if refusals++; refusals == 2 { // it was tried again
				cancel()
			}
		}
		if taken, err := in.Take(ctx, "push/thingsboard/cloud", []byte(body)); !errors.Is(err, ingest.ErrHeld) || taken.Readings+taken.Rejected != 0 {
			t.Errorf("%+v, %v", taken, err)
		}
		cancel()
	}
	if in.Status().Failing == "" {
		t.Error("nobody is told that readings are held back")
	}
	j.mu.Lock()
	j.full = nil
	j.mu.Unlock()
	if taken, err := in.Take(t.Context(), "push/thingsboard/cloud", []byte(`{"lamp":"JP-0001","values":{"battery_v":12.9}}`)); err != nil || taken.Readings != 1 || in.Status().Failing != "" {
		t.Errorf("%+v, %v, %q", taken, err, in.Status().Failing)
	}
}
