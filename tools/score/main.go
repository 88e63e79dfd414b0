// Score measures the diagnosis: town-months that the rules were not tuned on are
// recorded by the simulator, judged by the backtest, and compared with the truth
// about their faults. It writes docs/diagnosis.md and ends with one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/yingguang/yingguang/alerts/score"
	"github.com/yingguang/yingguang/configs/jiaping"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
	"github.com/yingguang/yingguang/simulator"
)

// zone is the town's. Its data comes with Go.
const zoneName = "Asia/Shanghai"

type options struct {
	months, rains, lamps, days int
	tune, list                 bool
	only, keep, page           string
}

func main() {
	var o options
	flag.IntVar(&o.months, "months", 12, "town-months with faults: summer, winter and mixed in turn")
	flag.IntVar(&o.rains, "rains", 2, "town-months of rain without a fault")
	flag.IntVar(&o.lamps, "lamps", 400, "lamps of the town")
	flag.IntVar(&o.days, "days", 30, "days of a month")
	flag.BoolVar(&o.tune, "tune", false, "seeds from 1, for tuning; without it from 1000, for the report")
	flag.StringVar(&o.only, "only", "", "only months of this mix: summer, winter, mixed or rain")
	flag.StringVar(&o.keep, "keep", "", "folder that recordings are kept in and taken from")
	flag.StringVar(&o.page, "page", "", "where the page is written, such as docs/diagnosis.md")
	flag.BoolVar(&o.list, "v", false, "name each missed label and each false alert")
	flag.Parse()
	if err := run(context.Background(), o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, out, log io.Writer) error {
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return err
	}
	lamps, err := townOf(o.lamps, zone)
	if err != nil {
		return err
	}
	var done []*outcome
	for i, m := range o.plan() {
		m.lamps, m.zone = lamps, zone
		began := time.Now()
		r, err := m.judge(ctx, o.keep)
		if err != nil {
			return fmt.Errorf("%s %d: %w", m.mix, m.seed, err)
		}
		fmt.Fprintf(log, "%2d %-6s seed %d: %d readings, %d labels, %d missed, %d false, %.1f s\n", i+1, m.mix, m.seed,
			r.readings, r.report.Total.Labels, r.report.Total.Missed(), r.report.Total.False, time.Since(began).Seconds())
		if o.list {
			r.report.WriteList(out, zone)
		}
		done = append(done, r)
	}
	s := sumUp(done)
	if err := s.report.Write(out); err != nil {
		return err
	}
	s.writeMore(out)
	if s.speed, err = speed(ctx, lamps, zone); err != nil {
		return err
	}
	if o.page != "" {
		if err := writePage(o.page, s, o); err != nil {
			return err
		}
	}
	return s.line(out)
}

// line is the last line: what a machine reads.
func (s *sum) line(out io.Writer) error {
	t := &s.report.Total
	return json.NewEncoder(out).Encode(struct {
		Precision float64 `json:"precision"`
		Recall    float64 `json:"recall"`
		False     int     `json:"false"`
		Missed    int     `json:"missed"`
		Labels    int     `json:"labels"`
		Rain      int     `json:"rain_false_tickets"`
		Speed     int     `json:"backtest_readings_per_s"`
	}{score.Round(t.Precision()), score.Round(t.Recall()), t.False, t.Missed(), t.Labels, s.rainTickets, s.speed})
}

// plan lists the months to judge.
func (o options) plan() []month {
	first := int64(1000)
	if o.tune {
		first = 1
	}
	var out []month
	turn := []simulator.Mix{simulator.Summer, simulator.Winter, simulator.Mixed}
	for i := range o.months {
		out = append(out, month{mix: turn[i%len(turn)], seed: first + int64(i), days: o.days})
	}
	for i := range o.rains {
		out = append(out, month{mix: simulator.Rain, seed: first + int64(o.months+i), days: o.days})
	}
	if o.only != "" {
		kept := out[:0]
		for _, m := range out {
			if string(m.mix) == o.only {
				kept = append(kept, m)
			}
		}
		out = kept
	}
	return out
}

// townOf takes the first lamps of the sample town that speak.
func townOf(n int, zone *time.Location) ([]device.Lamp, error) {
	f, err := jiaping.Files.Open("lamps.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, bad := registry.ReadLamps(f, registry.InZone(zone))
	if len(bad) > 0 {
		return nil, bad[0]
	}
	var out []device.Lamp
	for _, l := range all {
		if l.Reports() && len(out) < n {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("-lamps: name at least one")
	}
	return out, nil
}
