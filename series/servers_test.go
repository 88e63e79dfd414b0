package series

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/yingguang/yingguang/series/influxd"
)

// testServer is a real InfluxDB that tests share; each takes a bucket of its own.
type testServer struct {
	name       string
	url        string
	org, token string
	missing    string // why there is none
	kill       func() // ends it the hard way
	revive     func() // starts it again, where it does not itself
	stop       func()
}

// shared holds the two servers, started by the first test that needs them.
var shared struct {
	once    sync.Once
	servers []*testServer
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, s := range shared.servers {
		if s.stop != nil {
			s.stop()
		}
	}
	os.Exit(code)
}

// onBoth runs f against InfluxDB 1.8.10 and 2.7.12. One whose binary is missing is
// skipped with a line saying so; the project's CI must have both.
func onBoth(t *testing.T, f func(t *testing.T, s *testServer)) {
	t.Helper()
	shared.once.Do(func() {
		var wg sync.WaitGroup
		shared.servers = make([]*testServer, 2)
		for i, start := range []func() *testServer{start1, start2} {
			wg.Go(func() { shared.servers[i] = start() })
		}
		wg.Wait()
	})
	for _, s := range shared.servers {
		t.Run(s.name, func(t *testing.T) {
			needs(t, s)
			f(t, s)
		})
	}
}

func needs(t *testing.T, s *testServer) {
	t.Helper()
	if s.missing == "" {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(s.missing)
	}
	t.Skip(s.missing)
}

var bucketNumber atomic.Int64

// server says how to use a fresh bucket of s.
func (s *testServer) server(retention time.Duration) Server {
	return Server{
		URL: s.url, Org: s.org, Token: s.token, Retention: retention,
		Bucket: fmt.Sprintf("test-%d", bucketNumber.Add(1)),
	}
}

// client sets up a fresh bucket.
func (s *testServer) client(t *testing.T, retention time.Duration) *Client {
	t.Helper()
	c, err := New(s.server(retention))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	// One that a test before this one killed, or on a machine that does much else, takes its time.
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if err = c.Setup(t.Context()); err == nil {
			return c
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// start1 runs 1.8.10 as the program does.
func start1() *testServer {
	s := &testServer{name: "1.8.10"}
	dir, err := os.MkdirTemp("", "influxd1-*")
	if err != nil {
		s.missing = err.Error()
		return s
	}
	child, err := influxd.Start(context.Background(), influxd.Config{Dir: dir, Addr: "127.0.0.1:0"})
	if err != nil {
		s.missing = err.Error()
		_ = os.RemoveAll(dir)
		return s
	}
	s.url = child.URL()
	s.kill = func() { _ = syscall.Kill(child.Pid(), syscall.SIGKILL) }
	s.revive = func() {}
	s.stop = func() {
		_ = child.Close(context.Background())
		_ = os.RemoveAll(dir)
	}
	select {
	case <-child.Ready():
	case <-time.After(3 * time.Minute):
		s.missing = "InfluxDB 1.8.10 did not answer within three minutes: see " + dir
	}
	return s
}

// start2 runs 2.7.12 from the cache where scripts/influxd2.sh leaves it.
func start2() *testServer {
	dir, err := os.MkdirTemp("", "influxd2-*")
	if err != nil {
		return &testServer{name: "2.7.12", missing: err.Error()}
	}
	s := start2In(dir)
	stop := s.stop
	s.stop = func() {
		if stop != nil {
			stop()
		}
		_ = os.RemoveAll(dir)
	}
	return s
}

// start2In keeps its data in dir.
func start2In(dir string) *testServer {
	s := &testServer{name: "2.7.12", org: "yingguang", token: "test-token"}
	binary := filepath.Join(cacheDir(), "influxd-2.7.12")
	if _, err := os.Stat(binary); err != nil {
		s.missing = fmt.Sprintf("InfluxDB 2.7.12 is not at %s: run scripts/influxd2.sh to test against it too", binary)
		return s
	}
	addr := freePort()
	s.url = "http://" + addr
	var cmd *exec.Cmd
	var hold io.WriteCloser
	s.revive = func() {
		// The shell ends it when its input closes, which our own death does too.
		cmd = exec.Command("sh", "-c", `"$@" & read -r _; kill -9 $!; wait`, "sh",
			binary, "--http-bind-address", addr, "--bolt-path", filepath.Join(dir, "bolt"), "--engine-path", filepath.Join(dir, "engine"),
			"--sqlite-path", filepath.Join(dir, "sqlite"), "--reporting-disabled", "--log-level", "error")
		var err error
		if hold, err = cmd.StdinPipe(); err == nil {
			err = cmd.Start()
		}
		if err != nil {
			s.missing = err.Error()
		}
	}
	s.kill = func() { _ = hold.Close(); _ = cmd.Wait() }
	s.stop = s.kill
	s.revive()
	setup := `{"username":"tester","password":"tester-password","org":"yingguang","bucket":"first","token":"test-token"}`
	for range 2400 {
		answer, err := http.Post(s.url+"/api/v2/setup", "application/json", strings.NewReader(setup))
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusCreated {
				return s
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.missing = "InfluxDB 2.7.12 could not be set up within two minutes"
	return s
}

// freePort is an address at which nobody listens. It is below the ports that the
// kernel gives away, so that nobody is given it before we listen there.
func freePort() string {
	for {
		if l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 10_000+rand.N(20_000))); err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
}

func cacheDir() string {
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "yingguang")
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".cache", "yingguang")
}
