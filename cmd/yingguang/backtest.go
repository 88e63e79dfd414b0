package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/backtest"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// maxNamed is how many bad lines are named one by one.
const maxNamed = 20

func newBacktest(s *settings) *cobra.Command {
	var lamps string
	cmd := &cobra.Command{
		Use:   "backtest --lamps lamps.csv FILE…",
		Short: "run the alert rules over recorded readings 回放历史遥测",
		Long: `Runs the alert rules over recorded messages, in event time, as fast as it can,
without broker, database or network, and prints one line of JSON for each change
of an alert. FILE is NDJSON, plain or gzip, in order of receipt ("-" is standard input):

  {"topic":"jiaping/lamps/JP-0001/telemetry","received":"2026-01-04T18:00:02+08:00","payload":{…}}
  {"observing":"2026-01-04T18:01:00+08:00"}

Without observing lines the whole span counts as observed. A bad line is named on
standard error and counted, and the run goes on. With --config the thresholds of
that file hold: "when would this have fired?"

按记录的消息回放告警规则，不连任何服务，每次变化输出一行 JSON。有错误的行会逐行指出并计数，不会中断。`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runBacktest(cmd, s, lamps, args)
		},
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 || lamps == "" {
			return misuseError{fmt.Errorf("%s wants --lamps and recordings: such as %s --lamps lamps.csv january.ndjson.gz", cmd.CommandPath(), cmd.CommandPath())}
		}
		return nil
	}
	s.addFlags(cmd)
	cmd.Flags().StringVar(&lamps, "lamps", "", "the lamps' file, or a number of the sample town's")
	return cmd
}

func runBacktest(cmd *cobra.Command, s *settings, file string, files []string) error {
	cfg, err := s.load()
	if err != nil {
		return err
	}
	overrides, err := alerts.ParseOverrides(cfg.Alerts.Rules)
	if err != nil {
		return fmt.Errorf("alerts.rules: %w", err)
	}
	lamps, err := rosterOf(file)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	printer := backtest.NewPrinter(out, cfg.Location())
	named := 0
	var clk clock.Real
	began := clk.Now()
	stats, err := backtest.Run(cmd.Context(), backtest.Config{
		Engine: alerts.EngineConfig{Lamps: lamps, Location: cfg.Location(), Town: cfg.TownSubject(), Overrides: overrides},
		Stdin:  cmd.InOrStdin(), Change: printer.Print,
		Bad: func(e backtest.LineError) {
			if named++; named <= maxNamed {
				fmt.Fprintln(cmd.ErrOrStderr(), e.Error())
			}
		},
	}, files...)
	err = errors.Join(err, out.Flush())
	took := clk.Now().Sub(began)
	w := cmd.ErrOrStderr()
	if named > maxNamed {
		fmt.Fprintf(w, "… and %d more bad lines 还有 %d 行错误\n", named-maxNamed, named-maxNamed)
	}
	fmt.Fprintf(w, "%d readings, %d statuses, %d bad lines in %.1f s (%.0f readings/s) 遥测 %d 条，错误 %d 行\n",
		stats.Readings, stats.Statuses, stats.Bad, took.Seconds(), float64(stats.Readings)/max(took.Seconds(), 1e-3), stats.Readings, stats.Bad)
	return err
}

// roster is lamps by code, for the engine.
type roster map[device.LampID]device.Lamp

// Lamp gives a lamp.
func (r roster) Lamp(id device.LampID) (device.Lamp, bool) {
	l, ok := r[id]
	return l, ok
}

func rosterOf(file string) (roster, error) {
	lamps, err := readLamps(file)
	if err != nil {
		return nil, err
	}
	r := make(roster, len(lamps))
	for _, l := range lamps {
		r[l.ID] = l
	}
	return r, nil
}

// openOrStdin opens a file; "-" is standard input.
func openOrStdin(cmd *cobra.Command, name string) (*os.File, error) {
	if name == "-" {
		if f, ok := cmd.InOrStdin().(*os.File); ok {
			return f, nil
		}
	}
	return os.Open(name)
}
