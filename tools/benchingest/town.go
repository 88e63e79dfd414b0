package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yingguang/yingguang/device"
)

// count asks InfluxDB for a figure of its whole database.
func (i *influx) count(ctx context.Context, what string) (int, error) {
	rows, err := i.query(ctx, "SELECT "+what)
	if err != nil || len(rows) == 0 || len(rows[0].Values) == 0 {
		return 0, err
	}
	n, _ := rows[0].Values[0][1].(json.Number).Int64()
	return int(n), nil
}

// row is one series of an answer of InfluxDB.
type row struct {
	Tags   map[string]string
	Values [][]any
}

func (i *influx) query(ctx context.Context, q string) ([]row, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, i.url+"/query?"+url.Values{"db": {database}, "q": {q}, "epoch": {"ms"}}.Encode(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body struct {
		Results []struct {
			Series []row
			Error  string
		}
	}
	d := json.NewDecoder(answer.Body)
	d.UseNumber()
	if err := d.Decode(&body); err != nil {
		return nil, err
	}
	if len(body.Results) == 0 || body.Results[0].Error != "" {
		return nil, fmt.Errorf("InfluxDB answers %+v", body)
	}
	return body.Results[0].Series, nil
}

// town lets 958 lamps publish once a minute to the embedded broker, with Yingguang
// behind it and with a subscriber that only acknowledges.
func (b *bench) town(ctx context.Context) error {
	for _, name := range []string{"town-ack", "town"} {
		if err := b.townWith(ctx, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (b *bench) townWith(ctx context.Context, name string) error {
	dir, err := os.MkdirTemp(b.top, "town-")
	if err != nil {
		return err
	}
	db, err := startInflux(ctx, b.top)
	if err != nil {
		return err
	}
	defer db.stop()
	p, err := role(name, dir, "-client", "town", "-influx", db.url)
	if err != nil {
		return err
	}
	defer p.stop()
	address, err := p.line(ctx, "listening")
	if err != nil {
		return err
	}
	t := &townLoad{sent: map[string]time.Time{}, began: time.Now()}
	if err := t.connect(address); err != nil {
		return err
	}
	defer t.close()
	step("%d lamps are connected to the embedded broker (%s)", lamps, name)
	publishing, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- t.publish(publishing) }()
	settle(ctx, 5*time.Second)
	before, err := p.usage()
	if err != nil {
		return err
	}
	began := time.Now()
	var delays []time.Duration
	if name == "town" {
		delays, err = t.watch(ctx, db, b.options.town)
	} else {
		settle(ctx, b.options.town)
	}
	if err != nil {
		return err
	}
	after, err := p.usage()
	if err != nil {
		return err
	}
	stop()
	if err := <-failed; err != nil {
		return err
	}
	share := float64(after.cpu-before.cpu) / float64(time.Since(began))
	b.report.town(name, share, after.peakMB, delays)
	return nil
}

// settle waits while the machine does what is measured.
func settle(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// townLoad is 958 connections, each publishing once a minute in its turn.
type townLoad struct {
	wires []*wire
	began time.Time
	mu    sync.Mutex
	sent  map[string]time.Time // by lamp and ts
}

func (t *townLoad) connect(address string) error {
	for i := range lamps {
		w, err := dial(address, fmt.Sprintf("JP-%04d", i+1), true)
		if err != nil {
			return err
		}
		t.wires = append(t.wires, w)
		go func() {
			var buffer [16]byte
			for {
				if _, _, err := w.read(buffer[:]); err != nil {
					return // the broker's PUBACKs are all that comes
				}
			}
		}()
	}
	return nil
}

func (t *townLoad) close() {
	for _, w := range t.wires {
		w.Close()
	}
}

func (t *townLoad) publish(ctx context.Context) error {
	f := newFleet(0)
	tick := time.NewTicker(time.Minute / lamps)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := time.Now()
		f.begin = device.MillisOf(now) - device.Millis(n/lamps*60_000+n%lamps*61)
		topic, text := f.message(n)
		key := fmt.Sprint(strings.Split(topic, "/")[2], "/", n/lamps+1)
		t.mu.Lock()
		t.sent[key] = now
		t.mu.Unlock()
		w := t.wires[n%lamps]
		if err := w.publish(topic, uint16(1+n/lamps), text); err != nil {
			return err
		}
		if err := w.out.Flush(); err != nil {
			return err
		}
	}
}

// watch asks InfluxDB again and again for the newest readings and gives how long
// each took from its publishing to the first answer that had it.
func (t *townLoad) watch(ctx context.Context, db *influx, d time.Duration) ([]time.Duration, error) {
	seen := map[string]bool{}
	began := time.Now()
	var delays []time.Duration
	for time.Since(began) < d {
		settle(ctx, 25*time.Millisecond)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := db.query(ctx, `SELECT seq FROM status WHERE time > now() - 10s GROUP BY lamp`)
		if err != nil {
			return nil, err
		}
		now := time.Now()
		t.mu.Lock()
		for _, r := range rows {
			for _, v := range r.Values {
				key := fmt.Sprint(r.Tags["lamp"], "/", v[1])
				if at, ok := t.sent[key]; ok && !seen[key] && at.After(began) {
					seen[key] = true
					delays = append(delays, now.Sub(at))
				}
			}
		}
		// What is not there yet counts with what it has waited, or a stalled writer would look fast.
		if time.Since(began) >= d {
			for key, at := range t.sent {
				if at.After(began) && !seen[key] {
					delays = append(delays, now.Sub(at))
				}
			}
		}
		t.mu.Unlock()
	}
	slices.Sort(delays)
	if len(delays) == 0 {
		return nil, fmt.Errorf("no reading reached InfluxDB within %v", d)
	}
	return delays, nil
}
