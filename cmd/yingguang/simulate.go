package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/configs/jiaping"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
	"github.com/yingguang/yingguang/simulator"
)

// simulateFlags are the words of `yingguang simulate`.
type simulateFlags struct {
	broker, username, passwordFile, caFile, prefix string
	lamps, start                                   string
	interval, backfill, lasts                      time.Duration
	speed                                          float64
	seed                                           int64
	connections                                    int
	faults                                         []string
	recording                                      recordFlags
}

func newSimulate(s *settings) *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "publish simulated lamps to any broker 模拟路灯",
		Long: `Publishes the telemetry of simulated lamps to an MQTT broker: sun, clouds, panel,
battery and lamp of each pole, the same for the same seed. Ctrl-C stops it.

  yingguang simulate --broker tcp://127.0.0.1:1883 --lamps 20 --interval 1m
  yingguang simulate --lamps town/lamps.csv --backfill 168h --fault lamp_dark@JP-0007+2h

With --out it publishes nothing but writes a recording for yingguang backtest, as
fast as it can, and with --truth which faults it holds for yingguang score.

  yingguang simulate --out town.ndjson.gz --truth truth.csv --plan winter --seed 1000

向任意 MQTT 服务器发布模拟路灯的遥测；同一种子得到同样的天气和路灯。
用 --out 则不发布，而是尽快写出供 yingguang backtest 回放的文件；--truth 写出其中的真实故障，
供 yingguang score 评分。`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.recording.check(cmd); err != nil {
				return err
			}
			if f.recording.out != "" {
				return f.recording.record(cmd, &f)
			}
			return f.run(cmd, s.environ)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.broker, "broker", "tcp://127.0.0.1:1883", "broker, tcp:// or tls://")
	fl.StringVar(&f.username, "username", "", "user at the broker")
	fl.StringVar(&f.passwordFile, "password-file", "", "file with the password; or YINGGUANG_MQTT_PASSWORD")
	fl.StringVar(&f.caFile, "ca-file", "", "certificates to trust beside the system's")
	fl.StringVar(&f.prefix, "prefix", "jiaping", "first part of every topic")
	fl.StringVar(&f.lamps, "lamps", "400", "how many of the sample town's, or a lamps.csv")
	fl.DurationVar(&f.interval, "interval", 0, "how often every lamp reports; 0 takes the lamp's own")
	fl.Float64Var(&f.speed, "speed", 1, "how fast their clock runs; 60 makes an hour a minute")
	fl.StringVar(&f.start, "start", "", "RFC 3339 time at which their clock begins; empty is now")
	fl.DurationVar(&f.backfill, "backfill", 0, "history to publish first, such as 168h")
	fl.DurationVar(&f.lasts, "for", 0, "stop after so long; 0 goes on")
	fl.Int64Var(&f.seed, "seed", 1, "same seed, same weather and lamps")
	fl.IntVar(&f.connections, "connections", 4, "connections that the lamps share")
	fl.StringArrayVar(&f.faults, "fault", nil, "such as lamp_dark@JP-0007+2h:6h, or demo; may be repeated")
	f.recording.add(cmd)
	return cmd
}

func (f *simulateFlags) run(cmd *cobra.Command, environ []string) error {
	lamps, err := readLamps(f.lamps)
	if err != nil {
		return err
	}
	faults, err := app.Faults(f.faults)
	if err != nil {
		return misuseError{err}
	}
	clk, err := f.clock()
	if err != nil {
		return misuseError{err}
	}
	password, err := app.ReadPassword(f.passwordFile, environ)
	if err != nil {
		return err
	}
	var secure *tls.Config
	if secure, err = app.ClientTLS(f.caFile); err != nil {
		return err
	}
	out := &screen{out: cmd.OutOrStdout()}
	fleet, err := simulator.New(simulator.Config{
		URL: f.broker, Username: f.username, Password: password, TLS: secure, Prefix: f.prefix, Lamps: lamps,
		Interval: f.interval, Backfill: f.backfill, Seed: f.seed, Faults: faults, Connections: f.connections,
		Location: shanghai(), Clock: clk, Progress: out.progress,
	})
	if err != nil {
		return err
	}
	out.progress("%d lamps publish to %s", fleet.Lamps(), f.broker)
	ctx := cmd.Context()
	if f.lasts > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.lasts)
		defer cancel()
	}
	done := make(chan error, 1)
	go func() { done <- fleet.Run(ctx) }()
	for {
		select {
		case err := <-done:
			s := fleet.Stats()
			out.progress("%d readings in %d messages acknowledged, %d attempts repeated", s.Readings, s.Messages, s.Failures)
			return err
		case <-time.After(10 * time.Second): //nolint:forbidigo // a line for the terminal, at the wall clock
			s := fleet.Stats()
			out.progress("%d readings acknowledged", s.Readings)
		}
	}
}

func (f *simulateFlags) clock() (clock.Clock, error) {
	if f.speed <= 0 {
		return nil, fmt.Errorf("--speed %v: must be above 0", f.speed)
	}
	if f.speed == 1 && f.start == "" {
		return clock.Real{}, nil
	}
	origin := clock.Real{}.Now()
	if f.start != "" {
		var err error
		if origin, err = time.Parse(time.RFC3339, f.start); err != nil {
			return nil, fmt.Errorf("--start %q: write it like 2026-01-04T18:00:00+08:00", f.start)
		}
	}
	return clock.NewScaled(origin, f.speed), nil
}

// shanghai is the zone of the sample town; its data is in the binary.
func shanghai() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return time.UTC
	}
	return zone
}

// readLamps takes a number of the sample town's installed lamps, or a file.
func readLamps(arg string) ([]device.Lamp, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		file, err := os.Open(arg)
		if err != nil {
			return nil, fmt.Errorf("--lamps: %w: give a number or a lamps.csv", err)
		}
		defer file.Close()
		lamps, bad := registry.ReadLamps(file, registry.InZone(shanghai()))
		if len(bad) > 0 {
			return nil, fmt.Errorf("--lamps %s: %d bad lines, the first: %w", arg, len(bad), bad[0])
		}
		return lamps, nil
	}
	file, err := jiaping.Files.Open("lamps.csv")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all, bad := registry.ReadLamps(file, registry.InZone(shanghai()))
	if len(bad) > 0 {
		return nil, fmt.Errorf("the sample town: %w", bad[0])
	}
	var lamps []device.Lamp
	for _, l := range all {
		if l.Reports() && len(lamps) < n {
			lamps = append(lamps, l)
		}
	}
	if n < 1 || len(lamps) < n {
		return nil, misuseError{errors.New("--lamps: the sample town has " + strconv.Itoa(len(lamps)) + " lamps: give 1 to that many, or a lamps.csv")}
	}
	return lamps, nil
}
