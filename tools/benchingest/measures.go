package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// tells measures a role that says itself when it is done.
func (b *bench) tells(name string) func(context.Context, *stage) (figures, error) {
	return func(ctx context.Context, on *stage) (figures, error) {
		p, err := role(name, on.dir, "-mqtt", on.broker, "-client", on.client, "-n", strconv.Itoa(b.readings))
		if err != nil {
			return figures{}, err
		}
		defer p.stop()
		return told(ctx, p, b.readings)
	}
}

// window measures a role behind a window of 20.
func (b *bench) window(name string) func(context.Context, *stage) (figures, error) {
	return func(ctx context.Context, on *stage) (figures, error) {
		n := b.readings / 2
		return window20(ctx, on.dir, n, b.nextBegin(n), func(address string) (*process, error) {
			return role(name, on.dir, "-mqtt", address, "-client", on.client, "-n", strconv.Itoa(n))
		})
	}
}

// whole measures a role from the broker to InfluxDB.
func (b *bench) whole(name string) func(context.Context, *stage) (figures, error) {
	return func(ctx context.Context, on *stage) (figures, error) {
		return b.intoInflux(ctx, b.readings, linesPerReading, "count(received_ms) FROM status", func(url string) (*process, error) {
			return role(name, on.dir, "-mqtt", on.broker, "-client", on.client, "-influx", url)
		})
	}
}

func (b *bench) wholeToSink(ctx context.Context, on *stage) (figures, error) {
	return b.intoSink(ctx, on, linesPerReading, func(url string) (*process, error) {
		return role("whole-ledger", on.dir, "-mqtt", on.broker, "-client", on.client, "-influx", url)
	})
}

func (b *bench) telegrafToInflux(ctx context.Context, on *stage) (figures, error) {
	return b.intoInflux(ctx, b.readings, linesPerReading, "count(seq) FROM status", func(url string) (*process, error) {
		return startTelegraf(b.telegraf, on.dir, on.broker, on.client, url, telegrafLines())
	})
}

func (b *bench) telegrafToSink(ctx context.Context, on *stage) (figures, error) {
	return b.intoSink(ctx, on, linesPerReading, func(url string) (*process, error) {
		return startTelegraf(b.telegraf, on.dir, on.broker, on.client, url, telegrafLines())
	})
}

func (b *bench) telegrafOneLine(ctx context.Context, on *stage) (figures, error) {
	return b.intoInflux(ctx, b.readings, 1, "count(seq) FROM lamps", func(url string) (*process, error) {
		return startTelegraf(b.telegraf, on.dir, on.broker, on.client, url, telegrafOneLine)
	})
}

// intoInflux measures what run starts until a fresh InfluxDB has n readings, and
// asks InfluxDB afterwards whether it has each of them.
func (b *bench) intoInflux(ctx context.Context, n, lines int, count string, run func(url string) (*process, error)) (figures, error) {
	db, err := startInflux(ctx, b.top)
	if err != nil {
		return figures{}, err
	}
	defer db.stop()
	p, err := run(db.url)
	if err != nil {
		return figures{}, err
	}
	defer p.stop()
	f, err := watched(ctx, p, n, lines, db.written)
	if err != nil {
		return figures{}, err
	}
	u, err := usageOf(db.child.Pid())
	if err != nil {
		return figures{}, err
	}
	f.influx = float64(u.cpu.Microseconds()) / float64(n)
	have, err := db.count(ctx, count)
	if err == nil && have != n {
		err = fmt.Errorf("InfluxDB has %d readings of %d", have, n)
	}
	return f, err
}

// intoSink is the same with a receiver that keeps nothing.
func (b *bench) intoSink(ctx context.Context, on *stage, lines int, run func(url string) (*process, error)) (figures, error) {
	s, err := startSink(ctx, "sink", on.dir)
	if err != nil {
		return figures{}, err
	}
	defer s.stop()
	p, err := run(s.url)
	if err != nil {
		return figures{}, err
	}
	defer p.stop()
	return watched(ctx, p, b.readings, lines, s.written)
}

// seriesRound measures journal → InfluxDB beside the same lines prepared. The journal
// is filled once, and captured once as batches for the ceiling.
func (b *bench) seriesRound(ctx context.Context, i int) error {
	kept := filepath.Join(b.top, "kept")
	if b.prepared == "" {
		if err := b.prepare(ctx, kept); err != nil {
			return err
		}
	}
	measures := []subject{
		{"journal_to_influx", false, func(ctx context.Context, on *stage) (figures, error) {
			// Its position in the journal is in this folder's registry: a new one begins anew.
			if err := os.Symlink(filepath.Join(kept, "journal"), filepath.Join(on.dir, "journal")); err != nil {
				return figures{}, err
			}
			return b.intoInflux(ctx, b.readings, linesPerReading, "count(received_ms) FROM status", func(url string) (*process, error) {
				return role("series", on.dir, "-influx", url)
			})
		}},
		{"influx_ceiling", false, func(ctx context.Context, _ *stage) (figures, error) {
			return b.intoInflux(ctx, b.readings, linesPerReading, "count(received_ms) FROM status", func(url string) (*process, error) {
				return role("prepared", b.prepared, "-influx", url)
			})
		}},
	}
	if i%2 == 1 {
		measures[0], measures[1] = measures[1], measures[0]
	}
	for _, s := range measures {
		if !b.wants(s.name) {
			continue
		}
		dir, err := os.MkdirTemp(b.top, "series-")
		if err != nil {
			return err
		}
		if err := b.take(ctx, s, &stage{dir: dir}); err != nil {
			return err
		}
		if !b.keep {
			os.RemoveAll(dir)
		}
	}
	return nil
}

// prepare fills the journal in dir from a broker, and keeps what series makes of it.
func (b *bench) prepare(ctx context.Context, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	fill := []subject{{name: "prepare", session: true}}
	err := b.withBacklog(ctx, fill, 0, func(ctx context.Context, _ subject, on *stage) error {
		p, err := role("journal", dir, "-mqtt", on.broker, "-client", on.client, "-n", strconv.Itoa(b.readings))
		if err != nil {
			return err
		}
		defer p.stop()
		_, err = told(ctx, p, b.readings)
		return err
	})
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, "batches")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	s, err := startSink(ctx, "capture", folder)
	if err != nil {
		return err
	}
	defer s.stop()
	p, err := role("series", dir, "-influx", s.url)
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := watched(ctx, p, b.readings, linesPerReading, s.written); err != nil {
		return err
	}
	b.prepared = folder
	return nil
}

// day is a whole day of the town, waiting at the broker.
func (b *bench) day(ctx context.Context) error {
	n := b.readings
	b.readings = b.options.day
	defer func() { b.readings = n }()
	s := []subject{{"day", true, b.whole("whole-ledger")}}
	return b.withBacklog(ctx, s, 0, b.take)
}
