package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one of the programs that are compared, or one that serves them.
type process struct {
	name  string
	cmd   *exec.Cmd
	lines chan string // of its standard output
	ended chan struct{}
}

// start runs a program in a folder of its own; what it says on standard error is kept in a file there.
func start(name, dir, binary string, args ...string) (*process, error) {
	log, err := os.OpenFile(dir+"/"+name+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{name: name, cmd: exec.Command(binary, args...), lines: make(chan string, 1024), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stderr = dir, log
	// It must not outlive us, whatever ends us.
	p.cmd.SysProcAttr = bound()
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		scan := bufio.NewScanner(out)
		for scan.Scan() {
			p.lines <- scan.Text()
		}
		close(p.lines)
		_ = p.cmd.Wait() // how it ended shows in what it did
		close(p.ended)
	}()
	return p, nil
}

// role runs this program again as one of the parts that are measured.
func role(name, dir string, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(name, dir, self, append([]string{"-role", name, "-dir", dir}, args...)...)
}

// line waits for a line that begins with word and gives the rest of it.
func (p *process) line(ctx context.Context, word string) (string, error) {
	for {
		select {
		case text, ok := <-p.lines:
			if !ok {
				return "", fmt.Errorf("%s ended before it said %q: see its log in %s (-keep keeps it)", p.name, word, p.cmd.Dir)
			}
			if rest, found := strings.CutPrefix(text, word); found {
				return strings.TrimSpace(rest), nil
			}
		case <-ctx.Done():
			return "", fmt.Errorf("%s did not say %q: %w", p.name, word, ctx.Err())
		}
	}
}

// stop ends it in order, by force after 20 seconds.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	go func() {
		for range p.lines {
			continue // so that it is not held up by what nobody reads
		}
	}()
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// usage is what a process has taken of the machine so far.
type usage struct {
	cpu    time.Duration
	peakMB float64
}

// ticks of /proc a second: USER_HZ is 100 on every Linux that Go runs on.
const ticks = 100

func (p *process) usage() (usage, error) { return usageOf(p.cmd.Process.Pid) }

func usageOf(pid int) (usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, err
	}
	text := string(stat)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return usage{}, fmt.Errorf("/proc/%d/stat: %q", pid, text)
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	status, err3 := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err := errors.Join(err1, err2, err3); err != nil {
		return usage{}, err
	}
	u := usage{cpu: time.Duration(user+system) * time.Second / ticks}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			u.peakMB = kb / 1024
			return u, err
		}
	}
	return u, nil
}

// freeAddress is a loopback address that nobody listens at.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// answers waits until something listens at address.
func answers(ctx context.Context, address string) error {
	for {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nothing listens at %s: %w", address, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
