package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/backtest"
	"github.com/yingguang/yingguang/alerts/score"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/simulator"
)

// month is one month of the town to be judged.
type month struct {
	mix   simulator.Mix
	seed  int64
	days  int
	lamps []device.Lamp
	zone  *time.Location
}

// outcome is what came of a month.
type outcome struct {
	forecasts alerts.ForecastQuality
	month

	readings int
	tickets  int // alerts for which somebody has to go
	report   *score.Report
}

func (m month) recording() simulator.Recording {
	span := time.Duration(m.days) * 24 * time.Hour
	return simulator.Recording{
		Lamps: m.lamps, Location: m.zone, Seed: m.seed, From: m.mix.Begins(2026, m.zone), Span: span,
		Faults: simulator.DrawPlan(m.seed, m.lamps, span, m.mix),
	}
}

// judge records the month and judges it while it is being recorded. With a folder
// the recording is kept there, and taken from there the next time.
func (m month) judge(ctx context.Context, folder string) (*outcome, error) {
	if folder == "" {
		return m.judgeLive(ctx)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	name := filepath.Join(folder, fmt.Sprintf("%s-%d-%d-%d", m.mix, m.seed, len(m.lamps), m.days))
	if _, err := os.Stat(name + ".csv"); err != nil {
		if err := m.record(ctx, name); err != nil {
			return nil, err
		}
	}
	f, err := os.Open(name + ".csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	labels, bad := score.ReadLabels(f)
	if len(bad) > 0 {
		return nil, bad[0]
	}
	found, stats, err := m.backtest(ctx, nil, name+".ndjson")
	if err != nil {
		return nil, err
	}
	return m.outcome(stats, found, labels), nil
}

func (m month) record(ctx context.Context, name string) error {
	f, err := os.Create(name + ".ndjson")
	if err != nil {
		return err
	}
	defer f.Close()
	rec, err := m.recording().Write(ctx, f)
	if err != nil {
		return err
	}
	t, err := os.Create(name + ".csv")
	if err != nil {
		return err
	}
	return errors.Join(simulator.WriteTruth(t, rec.Truth, m.zone), t.Close())
}

func (m month) judgeLive(ctx context.Context) (*outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	type recorded struct {
		simulator.Recorded
		err error
	}
	done := make(chan recorded, 1)
	go func() {
		b := bufio.NewWriterSize(w, 1<<20)
		rec, err := m.recording().Write(ctx, b)
		err = errors.Join(err, b.Flush())
		w.CloseWithError(err)
		done <- recorded{rec, err}
	}()
	found, stats, err := m.backtest(ctx, r, "-")
	r.CloseWithError(err)
	rec := <-done
	if err := errors.Join(err, rec.err); err != nil {
		return nil, err
	}
	var labels []score.Label
	for _, l := range rec.Truth {
		labels = append(labels, score.Label(l))
	}
	return m.outcome(stats, found, labels), nil
}

// backtest judges a recording.
func (m month) backtest(ctx context.Context, stdin io.Reader, name string) ([]score.Alert, backtest.Stats, error) {
	var found score.Alerts
	stats, err := backtest.Run(ctx, backtest.Config{
		Engine: alerts.EngineConfig{Lamps: rosterOf(m.lamps), Location: m.zone},
		Stdin:  stdin,
		Change: func(c alerts.Change) error { found.Add(c); return nil },
	}, name)
	if err == nil && stats.Bad > 0 {
		err = fmt.Errorf("%d lines of the recording are bad", stats.Bad)
	}
	return found.List(), stats, err
}

func (m month) outcome(stats backtest.Stats, found []score.Alert, labels []score.Label) *outcome {
	o := &outcome{month: m, readings: stats.Readings, forecasts: stats.Forecasts, report: score.Judge(score.NewTown(m.lamps, m.zone), found, labels)}
	for _, a := range found {
		if e, ok := alerts.Find(a.Fault); ok && !e.NoVisit {
			o.tickets++
		}
	}
	return o
}

// roster is lamps by code, for the engine.
type roster map[device.LampID]device.Lamp

func (r roster) Lamp(id device.LampID) (device.Lamp, bool) {
	l, ok := r[id]
	return l, ok
}

func rosterOf(lamps []device.Lamp) roster {
	r := make(roster, len(lamps))
	for _, l := range lamps {
		r[l.ID] = l
	}
	return r
}
