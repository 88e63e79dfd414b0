// Command benchingest measures the way from broker to InfluxDB beside its ceilings
// and beside Telegraf, on loopback, in turns in one run. Its last line on standard
// output is one JSON object; it promises to leave no process and no data behind.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/yingguang/yingguang/device"
)

// options are the flags.
type options struct {
	repo     string
	rounds   int
	readings int
	day      int
	town     time.Duration
	only     string
	keep     bool
	table    string
	profile  string

	role, dir, mqtt, client, influx string
	window, n                       int
	begin                           int64
}

func main() { os.Exit(run()) }

func run() int {
	var o options
	flag.StringVar(&o.repo, "repo", ".", "repository, for scripts/telegraf.sh")
	flag.IntVar(&o.rounds, "rounds", 3, "how often everything is measured; the medians are told")
	flag.IntVar(&o.readings, "readings", 300_000, "readings of one measurement")
	flag.IntVar(&o.day, "day", lamps*1440, "readings of a day's backlog; 0 leaves it out")
	flag.DurationVar(&o.town, "town", time.Minute, "how long the town's ordinary load is watched; 0 leaves it out")
	flag.StringVar(&o.only, "only", "", "comma-separated measurements to take, such as journal,window20; empty takes all")
	flag.BoolVar(&o.keep, "keep", false, "keep the folder with logs and data")
	flag.StringVar(&o.table, "table", "", "write the table of figures to this file too, between the marks if it is docs/ingest.md")
	flag.StringVar(&o.profile, "profile", os.Getenv("BENCH_PROFILE"), "write a CPU profile of each of our parts into this folder, and its heap when it was largest")
	flag.StringVar(&o.role, "role", "", "used by the program itself: be one of the parts")
	flag.StringVar(&o.dir, "dir", "", "of a role: its folder")
	flag.StringVar(&o.mqtt, "mqtt", "", "of a role: the broker")
	flag.StringVar(&o.client, "client", "", "of a role: its session")
	flag.StringVar(&o.influx, "influx", "", "of a role: InfluxDB")
	flag.IntVar(&o.window, "window", 20, "of the feeder: messages on the way")
	flag.IntVar(&o.n, "n", 0, "of a role: messages")
	flag.Int64Var(&o.begin, "begin", 0, "of the feeder: ts of the first reading")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if o.role != "" {
		if err := o.play(ctx); err != nil && !errors.Is(err, context.Canceled) {
			fmt.Fprintf(os.Stderr, "%s: %v\n", o.role, err)
			return 1
		}
		return 0
	}
	r, err := measureAll(ctx, o)
	if err != nil {
		fmt.Fprintf(os.Stderr, "benchingest: FAILED: %v\n", err)
		return 1
	}
	line, err := json.Marshal(r)
	if err != nil {
		fmt.Fprintf(os.Stderr, "benchingest: FAILED: %v\n", err)
		return 1
	}
	fmt.Println(string(line))
	return 0
}

// play is the process as one of the parts.
func (o *options) play(ctx context.Context) error {
	if o.profile != "" {
		path := fmt.Sprintf("%s/%s-%d", o.profile, o.role, os.Getpid())
		f, err := os.Create(path + ".pprof")
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
		go func() {
			if err := watchHeap(ctx, path); err != nil {
				logger().Error("no heap profile", "error", err)
			}
		}()
	}
	p := newPart(o.dir, o.mqtt, o.client, o.influx, o.n)
	defer func() { logger().Info("ends", "dealt_with", p.count.n.Load(), "of", o.n) }()
	switch o.role {
	case "sink":
		return until(ctx, func() error { return roleSink(o.dir, false) })
	case "capture":
		return until(ctx, func() error { return roleSink(o.dir, true) })
	case "feeder":
		return until(ctx, func() error { return roleFeeder(o.window, o.n, device.Millis(o.begin)) })
	case "ack":
		return p.ackOnly(ctx)
	case "journal":
		return p.toJournal(ctx)
	case "series":
		return p.toInflux(ctx)
	case "whole":
		return p.whole(ctx, false)
	case "whole-ledger":
		return p.whole(ctx, true)
	case "prepared":
		return p.prepared(ctx)
	case "town":
		return p.town(ctx, false)
	case "town-ack":
		return p.town(ctx, true)
	}
	return fmt.Errorf("no role %q", o.role)
}

// until is serve for as long as ctx lasts.
func until(ctx context.Context, serve func() error) error {
	failed := make(chan error, 1)
	go func() { failed <- serve() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// step says what is being measured, so that the wait is not silent.
func step(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s bench-ingest: %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}
