// Command benchstorm measures connection storms on the embedded broker, on loopback
// only: a thousand lamps that come back at once after a power cut, and thousands that
// are connected and have nothing to say. It ends with one line of JSON, and with exit
// code 1 where a limit is not kept.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	lamps := flag.Int("lamps", 1000, "lamps that come back at once")
	idle := flag.Int("idle", 15_000, "connections that are kept open")
	serve := flag.Bool("serve", false, "be the broker (the program starts itself so)")
	secure := flag.Bool("tls", false, "with -serve: speak TLS")
	flag.Parse()
	ctx := context.Background()
	var err error
	if *serve {
		err = runBroker(ctx, *idle, *secure)
	} else {
		err = bench(ctx, *lamps, *idle)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchstorm:", err)
		os.Exit(1)
	}
}

// result is the line of JSON. Times are seconds, memory is of the broker's process.
type result struct {
	Lamps    int     `json:"storm_lamps"`
	Storm    float64 `json:"storm_s"`     // until the last lamp's status was acknowledged
	StormTLS float64 `json:"storm_tls_s"` // the same with TLS
	Idle     int     `json:"idle"`
	Failed   int     `json:"failed"`
	BaseMB   float64 `json:"base_mb"`
	IdleMB   float64 `json:"idle_mb"`
	EachKB   float64 `json:"idle_kb_each"`
	CPUs     int     `json:"cpus"`
	OK       bool    `json:"ok"` // every limit is kept
}

// The limits: the goal of a storm, and what an idle connection was seen to take in the
// broker of others.
const (
	stormLimit  = 10.0 // seconds
	idleLimitKB = 70.0
)

// missed names every limit that is not kept.
func (r *result) missed() []string {
	var list []string
	miss := func(format string, a ...any) { list = append(list, fmt.Sprintf(format, a...)) }
	if r.Storm > stormLimit {
		miss("%d lamps settled in %.1f s, want %.0f s at most", r.Lamps, r.Storm, stormLimit)
	}
	if r.StormTLS > stormLimit {
		miss("%d lamps with TLS settled in %.1f s, want %.0f s at most", r.Lamps, r.StormTLS, stormLimit)
	}
	if r.Failed > 0 {
		miss("%d of %d idle connections were turned away", r.Failed, r.Idle)
	}
	if r.EachKB > idleLimitKB {
		miss("an idle connection takes %.1f KB, want %.0f KB at most", r.EachKB, idleLimitKB)
	}
	return list
}

func bench(ctx context.Context, lamps, idle int) error {
	if lamps > idle {
		return fmt.Errorf("-lamps %d is more than -idle %d: each needs its credential", lamps, idle)
	}
	out := result{Lamps: lamps, Idle: idle, CPUs: runtime.NumCPU()}
	plain, err := startBroker(ctx, idle, false)
	if err != nil {
		return err
	}
	defer plain.stop()
	if out.Storm, err = storm(plain, lamps); err != nil {
		return err
	}
	fmt.Printf("%d lamps came back at once and settled in %.1f s\n", lamps, out.Storm)
	out.BaseMB = plain.memoryMB()
	conns, failed := connectAll(plain, idle, 100)
	out.Failed = failed
	out.IdleMB = plain.memoryMB()
	out.EachKB = (out.IdleMB - out.BaseMB) * 1024 / float64(max(len(conns), 1))
	fmt.Printf("%d idle connections: %.0f MB before, %.0f MB after, %.1f KB each\n", len(conns), out.BaseMB, out.IdleMB, out.EachKB)
	for _, c := range conns {
		c.Close()
	}
	secure, err := startBroker(ctx, lamps, true)
	if err != nil {
		return err
	}
	defer secure.stop()
	if out.StormTLS, err = storm(secure, lamps); err != nil {
		return err
	}
	fmt.Printf("the same with TLS in %.1f s\n", out.StormTLS)
	missed := out.missed()
	out.OK = len(missed) == 0
	line, err := json.Marshal(out)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	if !out.OK {
		return fmt.Errorf("limits that were not kept: %s", strings.Join(missed, "; "))
	}
	return nil
}

// remote is the broker's process.
type remote struct {
	cmd     *exec.Cmd
	dir     string
	address string
	secrets []string // by number of the lamp
	secure  bool
}

func startBroker(ctx context.Context, credentials int, secure bool) (*remote, error) {
	dir, err := os.MkdirTemp("", "benchstorm-")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := &remote{dir: dir, secure: secure, cmd: exec.CommandContext(ctx, self, "-serve", "-idle", fmt.Sprint(credentials), fmt.Sprintf("-tls=%v", secure))}
	r.cmd.Dir, r.cmd.Stderr, r.cmd.SysProcAttr = dir, os.Stderr, bound()
	lines, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	scan := bufio.NewScanner(lines)
	for scan.Scan() {
		if address, ok := strings.CutPrefix(scan.Text(), "listening "); ok {
			r.address = address
			return r, nil
		}
		r.secrets = append(r.secrets, scan.Text())
	}
	r.stop()
	return nil, fmt.Errorf("the broker did not start: %w", scan.Err())
}

func (r *remote) stop() {
	_ = r.cmd.Process.Kill() // its folder goes too
	_ = r.cmd.Wait()
	os.RemoveAll(r.dir)
}

// memoryMB is what the process holds once it has come to rest.
func (r *remote) memoryMB() float64 {
	time.Sleep(3 * time.Second)
	text, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(r.cmd.Process.Pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}
