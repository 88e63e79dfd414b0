package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// linesPerReading is how many lines of InfluxDB a reading of the fleet makes:
// battery, panel, load and status. Telegraf writes the same fields in one.
const linesPerReading = 4

// bench is one run.
type bench struct {
	options
	top      string // folder of everything
	telegraf string
	next     device.Millis // of the next backlog: no reading is ever sent twice
	prepared string        // folder of the prepared batches
	all      map[string][]figures
	report   report
}

func measureAll(ctx context.Context, o options) (*report, error) {
	top, err := os.MkdirTemp("", "yingguang-bench-")
	if err != nil {
		return nil, err
	}
	if o.keep {
		step("logs and data are in %s", top)
	} else {
		defer os.RemoveAll(top)
	}
	if err := os.Chmod(top, 0o755); err != nil { // mosquitto becomes another user
		return nil, err
	}
	if o.profile != "" { // the parts take it from there
		if err := os.Setenv("BENCH_PROFILE", o.profile); err != nil {
			return nil, err
		}
	}
	b := &bench{options: o, top: top, all: map[string][]figures{}}
	b.next = device.MillisOf(time.Now().Add(-40 * 24 * time.Hour).Truncate(time.Hour))
	if b.wants("telegraf_influx") || b.wants("telegraf_null") || b.wants("telegraf_one_line") {
		if b.telegraf, err = telegrafBinary(o.repo); err != nil {
			return nil, err
		}
	}
	for i := range o.rounds {
		step("round %d of %d", i+1, o.rounds)
		if err := b.round(ctx, i); err != nil {
			return nil, err
		}
	}
	if o.day > 0 && b.wants("day") {
		if err := b.day(ctx); err != nil {
			return nil, err
		}
	}
	if o.town > 0 && b.wants("town") {
		if err := b.town(ctx); err != nil {
			return nil, err
		}
	}
	return b.finish()
}

func (b *bench) wants(name string) bool {
	return b.only == "" || slices.Contains(strings.Split(b.only, ","), name)
}

// subject is one measurement of a round. Those with a session take the same backlog.
type subject struct {
	name    string
	session bool
	measure func(context.Context, *stage) (figures, error)
}

// stage is what a measurement works with: the broker, and a folder of its own.
type stage struct {
	dir    string
	broker string
	client string
}

func (b *bench) subjects() []subject {
	return []subject{
		{"broker_ceiling", true, b.tells("ack")},
		{"journal", true, b.tells("journal")},
		{"end_to_end", true, b.whole("whole-ledger")},
		{"without_ledger", true, b.whole("whole")},
		{"null_sink", true, b.wholeToSink},
		{"telegraf_influx", true, b.telegrafToInflux},
		{"telegraf_null", true, b.telegrafToSink},
		{"telegraf_one_line", true, b.telegrafOneLine},
		{"window20", false, b.window("journal")},
		{"window20_ceiling", false, b.window("ack")},
	}
}

// round measures everything once. What takes the same backlog goes in another order in every round.
func (b *bench) round(ctx context.Context, i int) error {
	var chosen []subject
	for _, s := range b.subjects() {
		if b.wants(s.name) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) > 0 {
		k := i % len(chosen)
		chosen = slices.Concat(chosen[k:], chosen[:k])
		if err := b.withBacklog(ctx, chosen, 0, b.take); err != nil {
			return err
		}
	}
	if b.wants("journal_bad") {
		bad := []subject{{"journal_bad", true, b.tells("journal")}}
		if err := b.withBacklog(ctx, bad, 100, b.take); err != nil {
			return err
		}
	}
	if b.wants("journal_to_influx") || b.wants("influx_ceiling") {
		return b.seriesRound(ctx, i)
	}
	return nil
}

// withBacklog starts a broker, makes the sessions and fills them.
func (b *bench) withBacklog(ctx context.Context, subjects []subject, badEvery int, take func(context.Context, subject, *stage) error) error {
	dir, err := os.MkdirTemp(b.top, "round-")
	if err != nil {
		return err
	}
	if !b.keep {
		defer os.RemoveAll(dir)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	m, address, err := mosquitto(ctx, dir)
	if err != nil {
		return err
	}
	defer m.stop()
	sessions := 0
	for _, s := range subjects {
		if !s.session {
			continue
		}
		sessions++
		if err := session(address, s.name, telemetry); err != nil {
			return err
		}
	}
	if sessions > 0 {
		began := time.Now()
		if err := backlog(address, b.nextBegin(b.readings), b.readings, badEvery); err != nil {
			return err
		}
		step("%d messages wait at the broker for each of %d sessions (%.0f s)", b.readings, sessions, time.Since(began).Seconds())
	}
	for _, s := range subjects {
		if err := take(ctx, s, &stage{dir, address, s.name}); err != nil {
			return err
		}
	}
	return nil
}

// nextBegin is the ts of the first of n further readings.
func (b *bench) nextBegin(n int) device.Millis {
	begin := b.next
	b.next += device.Millis(n/lamps+2) * 60_000
	return begin
}

func (b *bench) take(ctx context.Context, s subject, on *stage) error {
	dir := filepath.Join(on.dir, s.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := s.measure(ctx, &stage{dir, on.broker, on.client})
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	b.note(s.name, f)
	return nil
}

func (b *bench) note(name string, f figures) {
	b.all[name] = append(b.all[name], f)
	influx := ""
	if f.influx > 0 {
		influx = fmt.Sprintf("  InfluxDB %.2f µs", f.influx)
	}
	step("%-18s %8.0f readings/s  %6.2f µs CPU each  %5.0f MB%s", name, f.rate, f.cpu, f.peakMB, influx)
}
