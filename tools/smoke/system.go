package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// system is one clone with the process that runs in it.
type system struct {
	dir, home string
	web, mqtt string // host:port
	cmd       *exec.Cmd
	done      chan error
}

// freePort asks the kernel for a port that nobody has.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (s *system) env() []string {
	env := []string{
		"HOME=" + s.home, "PATH=" + os.Getenv("PATH"),
		"YINGGUANG_WEB_LISTEN=" + s.web, "YINGGUANG_BROKER_LISTEN=" + s.mqtt,
	}
	// How this machine reaches its package registries, and nothing else of it.
	for _, name := range []string{"GOPROXY", "GOSUMDB", "GONOSUMDB", "GOFLAGS", "GOTOOLCHAIN", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "npm_config_registry", "NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG", "NPM_CONFIG_GLOBALCONFIG", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// start runs `make run` in a process group of its own.
func (s *system) start() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "..", "make-run.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = exec.Command("make", "run")
	s.cmd.Dir, s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.dir, s.env(), log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.done = make(chan error, 1)
	go func() { s.done <- s.cmd.Wait() }()
	return nil
}

// ended says how the process ended, where it has.
func (s *system) ended() error {
	select {
	case err := <-s.done:
		s.done <- err
		log, _ := os.ReadFile(filepath.Join(s.dir, "..", "make-run.log"))
		return fmt.Errorf("make run ended: %v\n%s", err, tail(log, 3000))
	default:
		return nil
	}
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// pid is the process of yingguang itself, from the file in its data folder.
func (s *system) pid() (int, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, "data", "yingguang.pid"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}

// kill is kill -9 of yingguang, without warning.
func (s *system) kill() error {
	pid, err := s.pid()
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	<-s.done //nolint:errcheck // it says that it was killed
	s.done <- errors.New("killed")
	return nil
}

// stop is Ctrl-C; it returns how long stopping took.
func (s *system) stop() (time.Duration, error) {
	if s.cmd == nil || s.cmd.Process == nil {
		return 0, nil
	}
	began := time.Now()
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGINT)
	select {
	case err := <-s.done:
		s.done <- err
		return time.Since(began), nil
	case <-time.After(20 * time.Second):
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		return 0, errors.New("did not stop within 20 s of Ctrl-C")
	}
}

// verb runs a verb of the built binary and decodes its JSON.
func (s *system) verb(ctx context.Context, into any, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(s.dir, "bin", "yingguang"), args...)
	cmd.Dir, cmd.Env = s.dir, s.env()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("yingguang %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		return fmt.Errorf("yingguang %s: %w in %s", strings.Join(args, " "), err, tail(out.Bytes(), 300))
	}
	return nil
}

// get reads a path of the pages; a nil into only wants the status 200.
func (s *system) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.web+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %s", path, res.Status, tail(body, 300))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// memoryMB is a line of what the kernel says of yingguang's memory, such as "VmRSS:".
func (s *system) memoryMB(name string) (float64, error) {
	pid, err := s.pid()
	if err != nil {
		return 0, err
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("no " + name)
}
