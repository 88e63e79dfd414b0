package influxd

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// parentDir is set in the environment of the process that TestDiesWithUs kills.
const parentDir = "INFLUXD_TEST_PARENT_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentDir); dir != "" {
		c, err := Start(context.Background(), Config{Dir: dir, Addr: "127.0.0.1:0"})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		<-c.Ready()
		fmt.Println(c.Pid())
		select {} // until killed
	}
	os.Exit(m.Run())
}

// needInfluxd skips where the binary is missing; the project's CI must have it.
func needInfluxd(t *testing.T) string {
	t.Helper()
	path, err := FindBinary("")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
	return ""
}

func start(t *testing.T, cfg Config) *Child {
	t.Helper()
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	c, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func waitReady(t *testing.T, c *Child) {
	t.Helper()
	select {
	case <-c.Ready():
	case <-time.After(3 * time.Minute):
		t.Fatal("InfluxDB did not answer within three minutes")
	}
}

// eventually polls cond, for what another process does.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !cond(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within three minutes: %s", what)
		}
	}
}

func alive(pid int) bool { return commandLine(pid) != "" }

func answers(url string) bool {
	answer, err := http.Get(url + "/ping")
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusNoContent
}

func TestStartsAgainAfterDeath(t *testing.T) {
	needInfluxd(t)
	registry := prometheus.NewRegistry()
	c := start(t, Config{Dir: t.TempDir(), Registerer: registry})
	waitReady(t, c)
	url, first := c.URL(), c.Pid()
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it answers again", func() bool { return c.Restarts() == 1 && answers(url) })
	if c.Pid() == first || c.URL() != url {
		t.Errorf("pid %d at %s, was %d at %s", c.Pid(), c.URL(), first, url)
	}
	if n := testutil.ToFloat64(c.restarts); n != 1 {
		t.Errorf("restarts_total is %v, want 1", n)
	}
	second := c.Pid()
	began := time.Now()
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 2*time.Minute {
		t.Errorf("closing took %v", took)
	}
	if alive(second) {
		t.Error("it lives on after Close")
	}
	if _, err := os.Stat(pidPath(c.cfg.Dir)); !os.IsNotExist(err) {
		t.Errorf("pid file after Close: %v", err)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("metrics: %v %v", problems, err)
	}
}

func TestDiesWithUs(t *testing.T) {
	needInfluxd(t)
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a child with its parent; elsewhere the next start does (TestEndsLeftover)")
	}
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentDir+"="+t.TempDir())
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	var pid int
	if _, err2 := fmt.Sscan(line, &pid); err != nil || err2 != nil {
		_ = parent.Process.Kill()
		t.Fatalf("the parent said %q, %v", line, err)
	}
	eventually(t, fmt.Sprintf("InfluxDB %d runs", pid), func() bool { return alive(pid) })
	_ = parent.Process.Kill()
	_ = parent.Wait()
	eventually(t, "the child is gone after its parent was killed", func() bool { return !alive(pid) })
}

func TestEndsLeftover(t *testing.T) {
	binary := needInfluxd(t)
	dir := t.TempDir()
	addr, err := pickAddr("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conf, err := writeConfig(dir, addr)
	if err != nil {
		t.Fatal(err)
	}
	old := exec.Command(binary, "run", "-config", conf)
	if err := old.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { _ = old.Wait(); close(exited) }()
	if err := writePid(dir, old.Process.Pid); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the old one answers", func() bool { return answers("http://" + addr) })

	c := start(t, Config{Dir: dir, Addr: addr}) // the same port: free only once the old one is gone
	select {
	case <-exited:
	default:
		eventually(t, "the old one has ended", func() bool { return !alive(old.Process.Pid) })
	}
	waitReady(t, c)
}

// What is ended holds its port as long as it is there, though it runs nothing any
// more; what only waits for its parent to look holds nothing.
func TestHolding(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("Linux alone forgets what a process ran before it closes its port")
	}
	c := exec.Command("sleep", "600")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Wait() }()
	if !holding(c.Process.Pid) {
		t.Error("it runs, and holds nothing")
	}
	_ = c.Process.Kill()
	eventually(t, "a dead one holds nothing", func() bool { return !holding(c.Process.Pid) })
	if holding(1 << 30) {
		t.Error("one that never was holds something")
	}
}

func TestSparesStrangers(t *testing.T) {
	dir := t.TempDir()
	stranger := exec.Command("sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()
	// While exec is under way the kernel knows no command line yet.
	eventually(t, "the stranger runs", func() bool { return alive(stranger.Process.Pid) })
	if err := writePid(dir, stranger.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if err := endLeftover(t.Context(), Config{Dir: dir, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if !alive(stranger.Process.Pid) {
		t.Error("a program that only has the number of our child was ended")
	}
}

// lines is a log that tests may read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestSaysWhyItEnded(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "influxd")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\necho starting\necho 'run: open server: no luck' >&2\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var log lines
	c := start(t, Config{Binary: binary, Dir: filepath.Join(dir, "data"), Log: slog.New(slog.NewTextHandler(&log, nil))})
	eventually(t, "it was started twice", func() bool { return c.Restarts() >= 1 })
	for _, want := range []string{"exit status 3", "run: open server: no luck", "influxd.log"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}

func TestRefusesToStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	program := filepath.Join(t.TempDir(), "influxd")
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		cfg  Config
		want []string
	}{
		{"nothing built", Config{Dir: t.TempDir()}, []string{"influxd-1.8.10", "make influxd", "influxdb.binary", "influxdb.url"}},
		{"no such file", Config{Binary: "/nowhere/influxd"}, []string{"/nowhere/influxd", "influxdb.binary"}},
		{"a folder", Config{Binary: t.TempDir()}, []string{"influxdb.binary", "not a program"}},
		{"port taken", Config{Binary: program, Addr: taken.Addr().String()}, []string{"influxdb.listen", taken.Addr().String(), "taken"}},
		{"open to all", Config{Binary: program, Addr: "0.0.0.0:8086"}, []string{"influxdb.listen", "loopback"}},
		{"no port", Config{Binary: program, Addr: "127.0.0.1"}, []string{"influxdb.listen", "port"}},
		{"folder is a file", Config{Binary: program, Addr: "127.0.0.1:0", Dir: filepath.Join(file, "influx")}, []string{"data folder", file}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			child, err := Start(t.Context(), c.cfg)
			if err == nil {
				_ = child.Close(context.Background())
				t.Fatal("it started")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
		})
	}
}

func TestLogIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l, err := openLog(path, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		fmt.Fprintf(l, "line %d of the log\n", i)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := l.lastLine(); got != "line 49 of the log" {
		t.Errorf("last line %q", got)
	}
	var all string
	for _, p := range []string{path + ".1", path} {
		text, err := os.ReadFile(p)
		if err != nil || len(text) > 100 {
			t.Errorf("%s: %d bytes, %v", p, len(text), err)
		}
		all += string(text)
	}
	if !strings.HasSuffix(all, "line 48 of the log\nline 49 of the log\n") {
		t.Errorf("the files end with %q", all)
	}
}
