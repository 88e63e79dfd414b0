package influxd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/yingguang/yingguang/clock"
)

func pidPath(dir string) string { return filepath.Join(dir, "influxd.pid") }

func writePid(dir string, pid int) error {
	return os.WriteFile(pidPath(dir), []byte(strconv.Itoa(pid)+"\n"), 0o600)
}

func removePid(dir string) { _ = os.Remove(pidPath(dir)) }

// endLeftover ends the child of a process that could not end it itself. Where the
// kernel does that for us (Linux), it is usually on its way already.
func endLeftover(ctx context.Context, cfg Config) error {
	text, err := os.ReadFile(pidPath(cfg.Dir))
	if err != nil {
		return nil // none, or none that we can know of
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 {
		removePid(cfg.Dir)
		return nil
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return fmt.Errorf("data folder of InfluxDB: %w", err)
	}
	// The number may be another program's by now: it is ours only with our configuration.
	ours := func() bool { return strings.Contains(commandLine(pid), filepath.Join(dir, "influxd.conf")) }
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if !ours() {
			break
		}
		cfg.Log.Info("ending an InfluxDB that an earlier run left behind", "pid", pid, "signal", s.String())
		if err := syscall.Kill(pid, s); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("end InfluxDB %d of an earlier run: %w", pid, err)
		}
		if err := waitWhile(ctx, cfg.Clock, ours); err != nil {
			return err
		}
	}
	if ours() {
		return fmt.Errorf("InfluxDB %d of an earlier run does not end: end it by hand (kill -9 %d)", pid, pid)
	}
	if err := waitWhile(ctx, cfg.Clock, func() bool { return commandLine(pid) == "" && holding(pid) }); err != nil {
		return err
	}
	removePid(cfg.Dir)
	return nil
}

// waitWhile returns once cond is false or the grace is over; its error is ctx's.
func waitWhile(ctx context.Context, c clock.Clock, cond func() bool) error {
	limited, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	for cond() && c.Sleep(limited, pollEvery) == nil {
	}
	return ctx.Err()
}
