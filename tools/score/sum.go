package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/score"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/simulator"
)

// volunteers is how many look after the town's lamps: two for each ten courtyards.
const volunteers = 40

// sum is what came of all months.
type sum struct {
	report      score.Report
	months      []*outcome
	rainTickets int // in months without a fault: all are false
	rainMonths  int
	forecasts   alerts.ForecastQuality
	weekly      float64 // tickets per volunteer and week, in months with faults
	speed       int     // readings per second of the backtest
}

func sumUp(done []*outcome) *sum {
	s := &sum{months: done}
	tickets, weeks := 0, 0.0
	for _, o := range done {
		if o.mix == simulator.Rain {
			s.rainMonths++
			s.rainTickets += o.tickets
		} else {
			tickets += o.tickets
			weeks += float64(o.days) / 7
		}
		s.report.Add(o.report)
		s.forecasts.Add(&o.forecasts)
	}
	if weeks > 0 {
		s.weekly = float64(tickets) / weeks / volunteers
	}
	return s
}

// writeMore prints what stands below the table.
func (s *sum) writeMore(w io.Writer) {
	fmt.Fprintf(w, "\nconfused (what was → what was said):\n")
	for _, c := range s.confusions() {
		fmt.Fprintf(w, "  %4d  %s → %s\n", s.report.Confused[c], orNothing(c.Was), orNothing(c.Said))
	}
	fmt.Fprintf(w, "\nforecasts: %v\n", &s.forecasts)
	fmt.Fprintf(w, "\n%.2f tickets per volunteer and week, %d volunteers; %d false tickets in %d months of rain\n", s.weekly, volunteers, s.rainTickets, s.rainMonths)
}

// confusions are those that happened, most frequent first.
func (s *sum) confusions() []score.Confusion {
	return slices.SortedFunc(maps.Keys(s.report.Confused), func(a, b score.Confusion) int {
		return cmp.Or(cmp.Compare(s.report.Confused[b], s.report.Confused[a]), cmp.Compare(a.Was, b.Was), cmp.Compare(a.Said, b.Said))
	})
}

func orNothing(f device.Fault) string {
	if f == "" {
		return "nothing"
	}
	return string(f)
}

// speed records five days of the town at five minutes and times the backtest of
// them, as the project's limit is for such a recording.
func speed(ctx context.Context, lamps []device.Lamp, zone *time.Location) (int, error) {
	folder, err := os.MkdirTemp("", "score")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	m := month{mix: simulator.Summer, seed: 999, days: 5, lamps: slices.Clone(lamps), zone: zone}
	for i := range m.lamps {
		m.lamps[i].Interval = 5 * time.Minute
	}
	name := filepath.Join(folder, "days")
	if err := m.record(ctx, name); err != nil {
		return 0, err
	}
	began := time.Now()
	_, stats, err := m.backtest(ctx, nil, name+".ndjson")
	return int(float64(stats.Readings) / time.Since(began).Seconds()), err
}
