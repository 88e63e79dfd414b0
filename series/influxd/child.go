package influxd

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingguang/yingguang/clock"
)

// Waiting times of the supervisor.
const (
	firstBackoff = 250 * time.Millisecond
	maxBackoff   = 30 * time.Second
	steady       = time.Minute // one that lived so long is started again at once
	pollEvery    = 25 * time.Millisecond
	grace        = 4 * time.Second // to end in order
)

// Child is a supervised InfluxDB.
type Child struct {
	cfg      Config
	addr     string
	conf     string // path of its configuration
	log      *logFile
	restarts prometheus.Counter

	ready  chan struct{}
	done   chan struct{} // the supervisor has ended
	cancel context.CancelFunc

	mu      sync.Mutex
	process *os.Process // nil while there is none
	started int
}

// Start writes the child's configuration, ends one that an earlier process left
// behind, and starts it; Ready tells when it answers. The error says which
// setting to look at.
func Start(ctx context.Context, cfg Config) (*Child, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.Real{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	binary, err := FindBinary(cfg.Binary)
	if err != nil {
		return nil, err
	}
	cfg.Binary = binary
	if err := endLeftover(ctx, cfg); err != nil {
		return nil, err
	}
	addr, err := pickAddr(cfg.Addr)
	if err != nil {
		return nil, err
	}
	conf, err := writeConfig(cfg.Dir, addr)
	if err != nil {
		return nil, err
	}
	log, err := openLog(filepath.Join(cfg.Dir, "influxd.log"), maxLogBytes)
	if err != nil {
		return nil, fmt.Errorf("log of InfluxDB: %w", err)
	}
	c := &Child{
		cfg: cfg, addr: addr, conf: conf, log: log,
		ready: make(chan struct{}), done: make(chan struct{}),
		restarts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingguang_series_influxd_restarts_total",
			Help: "Times the supervised InfluxDB was started again after it had died.",
		}),
	}
	if cfg.Registerer != nil {
		if err := cfg.Registerer.Register(c.restarts); err != nil {
			return nil, fmt.Errorf("metrics of InfluxDB: %w", err)
		}
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	go c.supervise(life)
	go c.await(life)
	return c, nil
}

// URL is where the child listens, now and after every restart.
func (c *Child) URL() string { return "http://" + c.addr }

// Ready is closed once the child has answered for the first time.
func (c *Child) Ready() <-chan struct{} { return c.ready }

// Restarts is how often the child was started again after it died.
func (c *Child) Restarts() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(0, c.started-1)
}

// Pid is the child's process id, 0 while there is none.
func (c *Child) Pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil {
		return 0
	}
	return c.process.Pid
}

// Close ends the child in order, by force after four seconds or when ctx ends.
func (c *Child) Close(ctx context.Context) error {
	c.cancel()
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	defer c.log.Close() // its last lines are no one's loss
	c.signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-ctx.Done():
		c.signal(syscall.SIGKILL)
		<-c.done
	}
	if c.cfg.Registerer != nil {
		c.cfg.Registerer.Unregister(c.restarts)
	}
	return nil
}

// Restart ends the child, by force after four seconds; it is started again at once.
func (c *Child) Restart() {
	pid := c.Pid()
	c.signal(syscall.SIGTERM)
	go func() {
		if c.cfg.Clock.Sleep(context.Background(), grace) == nil && c.Pid() == pid {
			c.signal(syscall.SIGKILL)
		}
	}()
}

func (c *Child) signal(s os.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil {
		_ = c.process.Signal(s) // fails only where it has just ended, which is what we want
	}
}

// supervise starts the child again and again until ctx ends. It keeps its
// operating system thread: the kernel ends the child when that thread ends.
func (c *Child) supervise(ctx context.Context) {
	runtime.LockOSThread()
	defer close(c.done)
	wait := firstBackoff
	for ctx.Err() == nil {
		began := c.cfg.Clock.Now()
		err := c.runOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if c.cfg.Clock.Now().Sub(began) > steady {
			wait = firstBackoff
		}
		c.restarts.Inc()
		c.cfg.Log.Warn("InfluxDB has ended and is started again; readings wait in the journal meanwhile",
			"why", err, "in", wait, "log", c.log.path)
		if c.cfg.Clock.Sleep(ctx, wait) != nil {
			return
		}
		wait = min(2*wait, maxBackoff)
	}
}

// runOnce starts the child and returns when it has ended, with its last words.
func (c *Child) runOnce(ctx context.Context) error {
	if cut, err := mendWAL(c.cfg.Dir); cut > 0 || err != nil {
		c.cfg.Log.Info("a torn end of InfluxDB's write-ahead log was cut off; what was in it was not acknowledged", "bytes", cut, "error", err)
	}
	cmd := exec.Command(c.cfg.Binary, "run", "-config", c.conf)
	cmd.Dir = filepath.Dir(c.conf)
	// Not our environment: INFLUXDB_ variables in it would change its settings.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "GOMEMLIMIT=400MiB"}
	cmd.Stdout, cmd.Stderr = c.log, c.log
	cmd.SysProcAttr = attributes()
	cmd.WaitDelay = time.Second

	c.mu.Lock()
	if ctx.Err() != nil { // Close has sent its signal already
		c.mu.Unlock()
		return ctx.Err()
	}
	err := cmd.Start()
	if err == nil {
		c.process = cmd.Process
	}
	c.started++
	c.mu.Unlock()
	if err != nil {
		return fmt.Errorf("start %s: %w", c.cfg.Binary, err)
	}
	if err := writePid(c.cfg.Dir, cmd.Process.Pid); err != nil {
		c.cfg.Log.Warn("pid file of InfluxDB", "error", err)
	}
	_ = cmd.Wait() // its state says more than the error
	c.mu.Lock()
	c.process = nil
	c.mu.Unlock()
	removePid(c.cfg.Dir)
	return fmt.Errorf("%s: %s", cmd.ProcessState, c.log.lastLine())
}

// await closes ready at the first answer.
func (c *Child) await(ctx context.Context) {
	client := &http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	for c.cfg.Clock.Sleep(ctx, pollEvery) == nil {
		answer, err := client.Get(c.URL() + "/ping")
		if err != nil {
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusNoContent && c.Pid() != 0 {
			close(c.ready)
			return
		}
	}
}
