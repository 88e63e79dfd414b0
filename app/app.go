// Package app wires the rooms of one process: it opens them in order, runs them
// until one fails or the caller stops it, and promises to close them in the
// opposite order, so that nothing acknowledged is lost and no child is left.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
)

// Options is what a process needs beside its settings.
type Options struct {
	Log      *slog.Logger
	Version  string
	Progress func(format string, args ...any) // told what long work is doing; nil for silence
}

// App is one running system.
type App struct {
	cfg      *configs.Config
	opts     Options
	log      *slog.Logger
	clock    clock.Clock
	metrics  *prometheus.Registry
	folder   *Folder
	undo     stack
	failures chan error

	rooms rooms
}

// New opens everything that can be opened at once and starts it; what other
// machines must answer for (broker, InfluxDB) is waited for in the background.
// After an error nothing is left running.
func New(ctx context.Context, cfg *configs.Config, opts Options) (*App, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Progress == nil {
		opts.Progress = func(string, ...any) {}
	}
	clk, err := clockOf(cfg)
	if err != nil {
		return nil, err
	}
	a := &App{
		cfg: cfg, opts: opts, log: opts.Log, clock: clk, metrics: prometheus.NewRegistry(),
		failures: make(chan error, 32), // one for each goroutine, so that none waits
	}
	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := a.start(ctx); err != nil {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return nil, errors.Join(err, a.undo.unwind(stopping))
	}
	return a, nil
}

// clockOf is real time, unless the simulator's settings turn it.
func clockOf(cfg *configs.Config) (clock.Clock, error) {
	s := cfg.Simulator
	if s.Speed == 1 && s.Start == "" {
		return clock.Real{}, nil
	}
	origin := time.Now() //nolint:forbidigo // the one place where the process's clock is chosen
	if s.Start != "" {
		var err error
		if origin, err = time.Parse(time.RFC3339, s.Start); err != nil {
			return nil, fmt.Errorf("simulator.start: %w", err)
		}
	}
	return clock.NewScaled(origin, s.Speed), nil
}

// start is the whole order of things: each step pushes its own undoing.
func (a *App) start(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		a.openFolder, a.openClock, a.openRegistry, a.openMemory, a.openFormats, a.openInflux, a.openJournal,
		a.openLedger, a.openSeries, a.openDispatcher, a.openWeb, a.openNotify, a.openAlerts,
		a.openTrim, a.openStrangers, a.openIncidents, a.openIngest, a.openAdmin, a.openSystem, a.openSimulator,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Run waits until ctx ends, which gives nil, or a room fails, which gives its error.
func (a *App) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.failures:
		return err
	}
}

// Close stops everything in order, within ctx.
func (a *App) Close(ctx context.Context) error { return a.undo.unwind(ctx) }

// goRun runs work until the app closes; an error of it ends the app.
func (a *App) goRun(name string, work func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := work(ctx); err != nil && ctx.Err() == nil {
			a.failures <- fmt.Errorf("%s: %w", name, err)
		}
	}()
	a.undo.push(name, func(stopping context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-stopping.Done():
			return stopping.Err()
		}
	})
}

func (a *App) openFolder(context.Context) error {
	f, err := OpenFolder(a.cfg.DataDir)
	if err != nil {
		return err
	}
	a.folder = f
	a.undo.push("data folder", func(context.Context) error { return f.Release() })
	return f.writePID()
}

func (a *App) openRegistry(ctx context.Context) error {
	db, err := registry.Open(ctx, a.folder.Sub("registry.db"), registry.InZone(a.cfg.Location()))
	if err != nil {
		return err
	}
	a.rooms.registry = db
	a.undo.push("registry", func(context.Context) error { return db.Close() })
	return a.firstRegistry(ctx)
}

func (a *App) openJournal(ctx context.Context) error {
	every, err := syncEvery(a.cfg.Journal.Sync)
	if err != nil {
		return fmt.Errorf("journal.sync: %w", err)
	}
	j, err := a.waitForJournal(ctx, journal.Config{
		Dir: a.folder.Sub("journal"), URL: a.cfg.Journal.URL, Credentials: a.cfg.Journal.Credentials,
		SyncInterval: every, MaxBytes: int64(a.cfg.Journal.MaxBytes), RejectedMaxBytes: int64(a.cfg.Journal.RejectedMaxBytes),
		MaxAge: a.cfg.Journal.MaxAge, RejectedMaxAge: a.cfg.Journal.RejectedMaxAge,
		Reserve: int64(a.cfg.Journal.Reserve), Clock: clock.Real{}, Log: a.log.With("room", "journal"), Registerer: a.metrics,
	})
	if err != nil {
		return err
	}
	a.rooms.journal = j
	a.undo.push("journal", j.Close)
	return nil
}

// waitForJournal opens the journal. A cluster that does not answer is waited for,
// since everything else hangs on it; our own folder either opens or is wrong.
func (a *App) waitForJournal(ctx context.Context, cfg journal.Config) (*journal.Journal, error) {
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		metrics := prometheus.NewRegistry() // of this attempt only
		try := cfg
		try.Registerer = metrics
		j, err := journal.Open(ctx, try)
		if err == nil {
			return j, a.metrics.Register(metrics)
		}
		if cfg.URL == "" || ctx.Err() != nil {
			return nil, err
		}
		a.opts.Progress("日志服务器没有应答，继续等待 the journal's cluster does not answer, trying on: journal.url %s: %v", cfg.URL, err)
		if err := (clock.Real{}).Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// syncEvery reads "always" as 0 and anything else as a duration.
func syncEvery(setting string) (time.Duration, error) {
	if setting == "always" {
		return 0, nil
	}
	return time.ParseDuration(setting)
}
