package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/journal"
)

// Limits that the main job promises.
const (
	firstWithin   = 4 * time.Minute
	historyWithin = 6 * time.Minute
	pageWithin    = 2 * time.Second
	upWithin      = 8 * time.Second
	memoryWithin  = time.Minute // after the history
	memoryMost    = 150         // MB
	stopWithin    = 5 * time.Second
	townLamps     = 400
)

// smoke does the whole try and fills the result as it goes.
func smoke(ctx context.Context, repo string, keep bool) (r result, err error) {
	s, err := clone(ctx, repo)
	if err != nil {
		return r, err
	}
	step("clone in %s, HOME is empty", s.dir)
	defer func() {
		_, stopped := s.stop()
		if err = errors.Join(err, stopped); err == nil && !keep {
			err = removeAll(filepath.Dir(s.dir))
		}
	}()

	step("make run: everything is set up and started")
	began := time.Now()
	if err := s.start(); err != nil {
		return r, err
	}
	if err := s.waitReady(ctx, 3*firstWithin); err != nil {
		return r, err
	}
	r.FirstStartS = seconds(began)
	step("first start took %.0f s", r.FirstStartS)
	if r.FirstStartS > firstWithin.Seconds() {
		step("NOTE: longer than %v", firstWithin)
	}
	if err := s.history(ctx, &r); err != nil {
		return r, err
	}
	if err := s.publishedIsShown(ctx); err != nil {
		return r, err
	}
	if err := s.memory(ctx, &r); err != nil {
		return r, err
	}
	if err := s.killAndRestart(ctx, &r); err != nil {
		return r, err
	}
	return r, s.orderlyStop(ctx, &r)
}

func seconds(since time.Time) float64 {
	return time.Since(since).Round(100 * time.Millisecond).Seconds()
}

// memory is what yingguang takes once the history's memory is given back, InfluxDB apart.
func (s *system) memory(ctx context.Context, r *result) (err error) {
	if r.PeakMB, err = s.memoryMB("VmHWM:"); err != nil {
		return err
	}
	err = eventually(ctx, "memory is given back", memoryWithin, func() (bool, error) {
		if r.RSSMB, err = s.memoryMB("VmRSS:"); err != nil {
			return false, err
		}
		return r.RSSMB <= memoryMost, nil
	})
	if ctx.Err() != nil {
		return err
	}
	step("memory of yingguang %.0f MB (goal %d), %.0f while it took in the history", r.RSSMB, memoryMost, r.PeakMB)
	return nil
}

// clone makes a fresh clone beside an empty HOME.
func clone(ctx context.Context, repo string) (*system, error) {
	top, err := os.MkdirTemp("", "yingguang-smoke-*")
	if err != nil {
		return nil, err
	}
	s := &system{dir: filepath.Join(top, "yingguang"), home: filepath.Join(top, "home")}
	if err := os.Mkdir(s.home, 0o755); err != nil {
		return nil, err
	}
	repo, err = filepath.Abs(repo)
	if err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, "git", "clone", "--quiet", repo, s.dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("git clone: %w: %s", err, out)
	}
	if s.web, err = freePort(); err != nil {
		return nil, err
	}
	s.mqtt, err = freePort()
	return s, err
}

// removeAll also removes Go's module cache, which is read-only.
func removeAll(dir string) error {
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return err
	})
	return errors.Join(err, os.RemoveAll(dir))
}

// waitReady waits until every room is ready, and ends early where make run ended.
func (s *system) waitReady(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	return eventually(ctx, "everything is up", within, func() (bool, error) {
		if err := s.ended(); err != nil {
			cancel(err)
			return false, err
		}
		err := s.get(ctx, "/readyz", nil)
		return err == nil, err
	})
}

func (s *system) ledger(ctx context.Context) (app.LedgerAnswer, error) {
	var a app.LedgerAnswer
	err := s.verb(ctx, &a, "ledger", "--json", "--audit")
	return a, err
}

// history waits for seven nights of all lamps, counted in the ledger and in InfluxDB.
func (s *system) history(ctx context.Context, r *result) error {
	const least = townLamps * 7 * 24 * 6 * 95 / 100
	var a app.LedgerAnswer
	err := eventually(ctx, "seven nights of 400 lamps are in InfluxDB", historyWithin, func() (bool, error) {
		var err error
		if a, err = s.ledger(ctx); err != nil {
			return false, err
		}
		if !a.Totals.Balanced() {
			return false, fmt.Errorf("the ledger does not balance: %+v", a.Totals)
		}
		r.fill(a)
		return a.Lamps == townLamps && a.Totals.Stored > least && r.InfluxPointsMatch, fmt.Errorf("%+v, InfluxDB %v", a.Totals, *a.InfluxDB)
	})
	step("ledger %+v, InfluxDB matches: %v", a.Totals, r.InfluxPointsMatch)
	return err
}

func (r *result) fill(a app.LedgerAnswer) {
	r.Lamps, r.Received, r.Stored, r.Waiting = a.Lamps, a.Totals.Received, a.Totals.Stored, a.Totals.Waiting
	r.Duplicate, r.Rejected = a.Totals.Duplicate, a.Totals.Rejected
	r.InfluxPointsMatch = a.InfluxDB != nil && *a.InfluxDB == a.Totals.Stored
}

// publishedIsShown: Debian's mosquitto_pub publishes a reading, and it is on the
// lamp's page within 2 seconds; a bad one is in the rejected list.
func (s *system) publishedIsShown(ctx context.Context) error {
	now := time.Now().UnixMilli()
	send := func(lamp, payload string) error {
		return s.publish(ctx, "jiaping/lamps/"+lamp+"/telemetry", payload)
	}
	if err := send("JP-0001", fmt.Sprintf(`{"ts":%d,"battery_v":12.34}`, now)); err != nil {
		return err
	}
	began := time.Now()
	err := eventually(ctx, "a published reading is on the lamp's page", 2*time.Second, func() (bool, error) {
		var page struct {
			Reading *struct {
				TS int64 `json:"ts"`
			} `json:"reading"`
		}
		err := s.get(ctx, "/api/v1/lamps/JP-0001", &page)
		return page.Reading != nil && page.Reading.TS == now, err
	})
	if err != nil {
		return err
	}
	step("a published reading was on the lamp's page after %.1f s", seconds(began))
	if err := send("JP-0002", fmt.Sprintf(`{"ts":%d,"battery_v":1234}`, now)); err != nil {
		return err
	}
	return eventually(ctx, "a bad one is in the rejected list", 5*time.Second, func() (bool, error) {
		var list []journal.Rejected
		if err := s.verb(ctx, &list, "rejected", "--json"); err != nil {
			return false, err
		}
		for _, m := range list {
			if m.Lamp == "JP-0002" && strings.Contains(m.Text, "battery_v 1234") {
				step("a bad one was rejected: %s", m.Text)
				return true, nil
			}
		}
		return false, nil
	})
}

// killAndRestart kills the process in the middle of load: what lamps got their
// PUBACK for is in InfluxDB once and only once.
func (s *system) killAndRestart(ctx context.Context, r *result) error {
	load, err := startLoad(ctx, s.mqtt)
	if err != nil {
		return err
	}
	select {
	case <-time.After(3 * time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.kill(); err != nil {
		return err
	}
	acked := load.stop()
	step("killed after %d readings were acknowledged", len(acked))
	began := time.Now()
	if err := s.start(); err != nil {
		return err
	}
	if err := eventually(ctx, "the page shows", time.Minute, func() (bool, error) {
		err := s.get(ctx, "/healthz", nil)
		return err == nil, errors.Join(err, s.ended())
	}); err != nil {
		return err
	}
	page := seconds(began)
	if err := s.waitReady(ctx, 2*time.Minute); err != nil {
		return err
	}
	r.RestartS = seconds(began)
	step("restarted: page after %.1f s (goal %v), everything after %.1f s (goal %v)", page, pageWithin, r.RestartS, upWithin)
	err = eventually(ctx, "everything acknowledged before the kill is stored", 2*time.Minute, func() (bool, error) {
		if r.LostAfterKill, err = load.missing(ctx, s, acked); err != nil {
			return false, err
		}
		return r.LostAfterKill == 0, fmt.Errorf("%d of %d missing", r.LostAfterKill, len(acked))
	})
	if err != nil {
		return err
	}
	step("none of %d acknowledged readings is missing", len(acked))
	return eventually(ctx, "InfluxDB holds exactly what the ledger says", 2*time.Minute, func() (bool, error) {
		a, err := s.ledger(ctx)
		if err != nil {
			return false, err
		}
		r.fill(a)
		return a.Totals.Balanced() && r.InfluxPointsMatch && a.Totals.Waiting == 0, fmt.Errorf("%+v", a.Totals)
	})
}

// orderlyStop is Ctrl-C.
func (s *system) orderlyStop(_ context.Context, r *result) error {
	took, err := s.stop()
	if err != nil {
		return err
	}
	step("stopped in %.1f s (goal %v); %d readings received in all", took.Seconds(), stopWithin, r.Received)
	return nil
}
