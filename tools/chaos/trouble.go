package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// trouble is one thing that goes wrong.
type trouble struct {
	name string
	make func(r *round, lasts time.Duration) (undo func())
}

// troubles lists what can go wrong with this broker.
func (r *round) troubles() []trouble {
	all := []trouble{
		{"kill -9 yingguang", killUs},
		{"kill -9 InfluxDB", killInflux},
		{"the lamps' connections are cut", func(r *round, _ time.Duration) func() { r.lamps.cut(); r.result.Cuts++; return nil }},
		{"yingguang is frozen", func(r *round, _ time.Duration) func() { return r.freeze(r.us.pid()) }},
		{"InfluxDB is frozen", func(r *round, _ time.Duration) func() { return r.freeze(r.influxPID()) }},
		{"the disk is full", func(r *round, _ time.Duration) func() { return r.fillDisk(false) }},
		{"the disk is below the reserve", func(r *round, _ time.Duration) func() { return r.fillDisk(true) }},
		{"the clock jumps", jump},
	}
	if r.broker == nil {
		return all
	}
	return append(
		all,
		trouble{"kill -9 mosquitto", func(r *round, _ time.Duration) func() { return r.kill(r.broker) }},
		trouble{"mosquitto is frozen", func(r *round, _ time.Duration) func() { return r.freeze(r.broker.pid()) }},
		trouble{"ingest's connection is cut", func(r *round, _ time.Duration) func() { r.intake.cut(); r.result.Cuts++; return nil }},
	)
}

// without leaves out what the options say.
func (r *round) without(all []trouble) []trouble {
	return slices.DeleteFunc(all, func(t trouble) bool {
		for word := range strings.SplitSeq(r.o.skip, ",") {
			if word != "" && strings.Contains(t.name, word) {
				return true
			}
		}
		return false
	})
}

// trouble deals from a shuffled deck until the time is over, so that every kind has
// its turn. Some last on while the next one comes.
func (r *round) trouble(ctx context.Context, lasts time.Duration) {
	ends := time.Now().Add(lasts)
	told := time.Now()
	var under sync.WaitGroup
	var deck []trouble
	for ctx.Err() == nil && time.Now().Before(ends) {
		wait(ctx, r.about(r.o.pause))
		if len(deck) == 0 {
			deck = r.without(r.troubles())
			r.random.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
		}
		t := deck[0]
		deck = deck[1:]
		duration := r.about(r.o.pause)
		step("%s (%d acknowledged)", t.name, r.load.acked.len())
		if undo := t.make(r, duration); undo != nil {
			if r.random.IntN(2) == 0 {
				under.Go(func() { wait(ctx, duration); undo() })
			} else {
				wait(ctx, duration)
				undo()
			}
		}
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			step("%s to go: %d acknowledged, %d kills, %d sent again", time.Until(ends).Round(time.Second), r.load.acked.len(), r.result.Kills, r.load.acked.sent.Load())
		}
	}
	under.Wait()
	r.setClock(0)
}

// about is between a third of d and one and two thirds.
func (r *round) about(d time.Duration) time.Duration {
	return d/3 + time.Duration(r.random.Int64N(int64(d)*4/3))
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (r *round) kill(p *program) func() {
	if p.signal(syscall.SIGKILL) {
		r.result.Kills++
	}
	return nil
}

func killUs(r *round, _ time.Duration) func() { return r.kill(r.us) }

func killInflux(r *round, _ time.Duration) func() {
	if pid := r.influxPID(); pid != 0 && syscall.Kill(pid, syscall.SIGKILL) == nil {
		r.result.Kills++
	}
	return nil
}

// influxPID is the supervised InfluxDB, or 0 where there is none right now.
func (r *round) influxPID() int {
	text, err := os.ReadFile(filepath.Join(r.data(), "influxdb", "influxd.pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	// The number may be another program's by now.
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err == nil && !strings.Contains(string(line), r.data()) {
		return 0
	}
	return pid
}

func (r *round) freeze(pid int) func() {
	if pid == 0 || syscall.Kill(pid, syscall.SIGSTOP) != nil {
		return nil
	}
	r.result.Freezes++
	return func() { _ = syscall.Kill(pid, syscall.SIGCONT) }
}

func (r *round) fillDisk(gently bool) func() {
	if err := r.disk.fill(gently); err != nil {
		step("the disk could not be filled: %v", err)
		return nil
	}
	r.result.FullDisks++
	return r.disk.free
}

// jumps are how far the clock may be off: a battery-backed clock that ran away, a
// forgotten zone, a day.
var jumps = [...]time.Duration{10 * time.Minute, -10 * time.Minute, 8 * time.Hour, -8 * time.Hour, 24 * time.Hour, -24 * time.Hour, 0}

func jump(r *round, _ time.Duration) func() {
	r.setClock(jumps[r.random.IntN(len(jumps))])
	r.result.ClockJumps++
	return nil
}

func (r *round) setClock(off time.Duration) {
	step("the clock is off by %v", off)
	// Renamed into place, so that no half is read.
	if err := os.WriteFile(r.clockFile()+".new", []byte(off.String()), 0o600); err == nil {
		_ = os.Rename(r.clockFile()+".new", r.clockFile())
	}
}
