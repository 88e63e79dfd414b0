package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/yingguang/yingguang/simulator/load"
)

// patience is how long a process may take to end after an interrupt.
const patience = 30 * time.Second

// several starts the processes of a test and adds up what they tell.
func (f *loadFlags) several(ctx context.Context, cfg *load.Config, environ []string, tell func(load.Second)) (load.Result, error) {
	path, err := self()
	if err != nil {
		return load.Result{}, err
	}
	cfg.Begin = cfg.Clock.Now().Add(time.Second) // all of them together
	sum := &summer{tell: tell, processes: f.processes, seconds: map[int]*summed{}}
	failed := make([]error, f.processes)
	var all sync.WaitGroup
	for i := range f.processes {
		all.Go(func() { failed[i] = f.one(ctx, path, i, cfg, environ, sum) })
	}
	all.Wait()
	return sum.result, errors.Join(failed...)
}

// one runs one process to its end.
func (f *loadFlags) one(ctx context.Context, path string, i int, cfg *load.Config, environ []string, sum *summer) error {
	args := []string{
		"load", "--broker", f.broker, "--username", f.username, "--password-file", f.passwordFile, "--ca-file", f.caFile,
		"--prefix", f.prefix, "--code", f.code, "--phases", f.phases, "--interval", f.interval.String(),
		"--connections", strconv.Itoa(f.connections), "--processes", strconv.Itoa(f.processes), "--share", strconv.Itoa(i),
		"--begin", cfg.Begin.Format(time.RFC3339Nano), "--influx-url", f.influxURL, "--influx-org", f.influxOrg,
		"--influx-bucket", f.influxBucket, "--influx-token-file", f.influxTokenFile,
	}
	c := exec.CommandContext(ctx, path, args...)
	c.Args[0] = "yingguang" // whatever the file is called
	c.Env, c.Stderr = environ, os.Stderr
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGINT) }
	c.WaitDelay = patience
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("start process %d: %w", i, err)
	}
	heard := sum.listen(out)
	if err := c.Wait(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("process %d: %w", i, err)
	}
	return heard
}

// summer adds up what several processes tell.
type summer struct {
	tell      func(load.Second)
	processes int

	mu      sync.Mutex
	seconds map[int]*summed
	result  load.Result
}

// summed is one second of all processes.
type summed struct {
	load.Second

	told int // by how many
}

// listen reads a process to its end.
func (s *summer) listen(out io.Reader) error {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 256<<20) // the result holds every second
	for lines.Scan() {
		var w word
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			return fmt.Errorf("what a process tells cannot be read: %w", err)
		}
		s.add(w)
	}
	return lines.Err()
}

func (s *summer) add(w word) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.Result != nil {
		s.result.Merge(*w.Result)
	}
	if w.Second == nil {
		return
	}
	at := int(w.Second.At)
	sum := s.seconds[at]
	if sum == nil {
		sum = &summed{Second: load.Second{At: w.Second.At, Phase: w.Second.Phase}}
		s.seconds[at] = sum
	}
	sum.Add(*w.Second)
	if sum.told++; sum.told == s.processes {
		delete(s.seconds, at)
		s.tell(sum.Second)
	}
}
