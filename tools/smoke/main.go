// Command smoke tries Yingguang as a new user would: a fresh clone into an empty
// HOME, `make run`, the checks of the main job, a kill in the middle of load and
// a restart. Its last line on standard output is one JSON object; it promises to
// exit 1 where a check failed and to leave no process behind.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// result is the line that a program reads.
type result struct {
	FirstStartS       float64 `json:"first_start_s"`
	RestartS          float64 `json:"restart_s"`
	Lamps             int     `json:"lamps"`
	Received          int64   `json:"received"`
	Stored            int64   `json:"stored"`
	Waiting           int64   `json:"waiting"`
	Duplicate         int64   `json:"duplicate"`
	Rejected          int64   `json:"rejected"`
	InfluxPointsMatch bool    `json:"influx_points_match"`
	RSSMB             float64 `json:"rss_mb"`
	PeakMB            float64 `json:"peak_mb"`
	LostAfterKill     int64   `json:"lost_after_kill"`
}

func main() { os.Exit(run()) }

func run() int {
	repo := flag.String("repo", ".", "repository to clone")
	limit := flag.Duration("limit", 15*time.Minute, "give up after this long")
	keep := flag.Bool("keep", false, "keep the clone and its data")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()

	r, err := smoke(ctx, *repo, *keep)
	line, _ := json.Marshal(r) // plain numbers: cannot fail
	if err != nil {
		fmt.Fprintf(os.Stderr, "smoke: FAILED: %v\n", err)
	}
	fmt.Println(string(line))
	if err != nil {
		return 1
	}
	return 0
}

// step says what is being tried, so that the wait is not silent.
func step(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s smoke: %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}

// eventually asks until the answer is yes, the answer fails or ctx ends.
func eventually(ctx context.Context, what string, within time.Duration, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		ok, err := ask()
		if ok {
			return nil
		}
		if err != nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: not within %v (last answer: %v)", what, within, last)
		case <-tick.C:
		}
	}
}
