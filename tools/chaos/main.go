// Command chaos shows that nothing is lost and nothing double: it publishes to a
// running Yingguang and meanwhile kills it, its InfluxDB and its broker, cuts
// connections, freezes processes, fills the disk and jumps the clock. Then every
// message that got its PUBACK must be in InfluxDB exactly once or in the rejected
// stream. Its last line on standard output is one JSON object; it promises to exit 1
// where something was lost or is double, and to leave no process behind.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are what a run is told.
type options struct {
	lasts  time.Duration // of the trouble, in all rounds together
	rate   int           // messages/s that are offered
	seed   uint64
	pause  time.Duration // between two troubles, on average
	settle time.Duration // most that everything may take to come to rest
	binary string
	report string
	skip   string // names of troubles to leave out, to find what a failure comes from
	only   string // one of the brokers
	keep   bool
}

func main() { os.Exit(run()) }

func run() int {
	var o options
	flag.DurationVar(&o.lasts, "time", 10*time.Minute, "how long there is trouble, both brokers together")
	flag.IntVar(&o.rate, "rate", 1000, "messages offered per second")
	flag.Uint64Var(&o.seed, "seed", 0, "same seed, same troubles; 0 takes a new one")
	flag.DurationVar(&o.pause, "pause", 6*time.Second, "between two troubles, on average")
	flag.DurationVar(&o.settle, "settle", 20*time.Minute, "most that everything may take to come to rest")
	flag.StringVar(&o.binary, "binary", "bin/yingguang", "the program to try")
	flag.StringVar(&o.report, "report", "", "page to write the report into, such as docs/ingest.md")
	flag.StringVar(&o.skip, "skip", "", "leave out troubles whose name contains one of these, such as clock,disk")
	flag.StringVar(&o.only, "only", "", "embedded or mosquitto; both where empty")
	flag.BoolVar(&o.keep, "keep", false, "keep the folders")
	flag.Parse()
	if o.seed == 0 {
		o.seed = rand.Uint64N(1e9) + 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	step("seed %d, %v at %d messages/s", o.seed, o.lasts, o.rate)
	began := time.Now()
	var rounds []result
	for i, external := range []bool{false, true} {
		if o.only == "embedded" && external || o.only == "mosquitto" && !external {
			continue
		}
		r, err := tryRound(ctx, o, external, rand.New(rand.NewPCG(o.seed, uint64(i))))
		rounds = append(rounds, r)
		if err != nil {
			fmt.Fprintf(os.Stderr, "chaos: FAILED with %s, seed %d: %v\n", r.Broker, o.seed, err)
			printLine(sum(rounds, o))
			return 1
		}
	}
	total := sum(rounds, o)
	if err := report(o, rounds, total, time.Since(began)); err != nil {
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
		return 1
	}
	printLine(total)
	if total.bad() {
		return 1
	}
	return 0
}

func printLine(r result) {
	line, _ := json.Marshal(r) // plain numbers: cannot fail
	fmt.Println(string(line))
}

// step says what is being done, so that the wait is not silent.
func step(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s chaos: %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}

// eventually asks until the answer is yes or the time is over.
func eventually(ctx context.Context, what string, within time.Duration, ask func() (bool, string)) error {
	deadline := time.Now().Add(within)
	for {
		ok, says := ask()
		if ok {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %v: %s (%s)", within, what, says)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
