package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// program is a process that is started again whenever it ends, as systemd would.
type program struct {
	name string
	args []string // the first is the path
	env  []string
	log  *os.File

	mu      sync.Mutex
	cmd     *exec.Cmd // nil while there is none
	stopped bool
	killed  bool // the next end is our doing
	exits   int  // ends that were not
	crashes int  // those of them by a panic or a signal
	done    chan struct{}
	again   chan struct{} // lets a program that waits for its next start go on at once
}

func startProgram(name, logPath string, env []string, args ...string) (*program, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	p := &program{name: name, args: args, env: env, log: log, done: make(chan struct{}), again: make(chan struct{}, 1)}
	go p.keep()
	return p, nil
}

// keep runs the program until stop.
func (p *program) keep() {
	defer close(p.done)
	for {
		p.mu.Lock()
		if p.stopped {
			p.mu.Unlock()
			return
		}
		p.killed = false
		cmd := exec.Command(p.args[0], p.args[1:]...)
		cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = p.env, p.log, p.log, attributes()
		err := cmd.Start()
		if err == nil {
			p.cmd = cmd
		}
		p.mu.Unlock()
		if err == nil {
			err = cmd.Wait()
		}
		p.mu.Lock()
		p.cmd = nil
		if !p.killed && !p.stopped {
			p.exits++
			if code := cmd.ProcessState.ExitCode(); code != 0 && code != 1 {
				p.crashes++
			}
			step("%s ended by itself: %v; it is started again", p.name, err)
		}
		p.mu.Unlock()
		select {
		case <-p.again:
		case <-time.After(time.Second):
		}
	}
}

// signal sends s; it says whether there was a process.
func (p *program) signal(s syscall.Signal) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return false
	}
	if s == syscall.SIGKILL || s == syscall.SIGTERM {
		p.killed = true
	}
	return p.cmd.Process.Signal(s) == nil
}

func (p *program) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// ended is how often it ended without our doing, and how often of these by a panic or
// a signal.
func (p *program) ended() (exits, crashes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exits, p.crashes
}

// restart ends the program in order; it comes again by itself.
func (p *program) restart(within time.Duration) error {
	before := p.pid()
	p.signal(syscall.SIGTERM)
	for deadline := time.Now().Add(within); p.pid() == before || p.pid() == 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s did not end within %v of SIGTERM", p.name, within)
		}
	}
	return nil
}

// stop ends it for good, in order if it can be.
func (p *program) stop(within time.Duration) error {
	p.mu.Lock()
	p.stopped = true
	cmd := p.cmd
	p.mu.Unlock()
	select {
	case p.again <- struct{}{}:
	default:
	}
	defer p.log.Close()
	if cmd == nil {
		<-p.done
		return nil
	}
	_ = cmd.Process.Signal(syscall.SIGCONT)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return nil
	case <-time.After(within):
		_ = cmd.Process.Signal(syscall.SIGKILL)
		<-p.done
		return errors.New(p.name + " did not end in time and was killed")
	}
}
