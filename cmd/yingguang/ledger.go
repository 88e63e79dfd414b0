package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/ledger"
)

func newLedger(s *settings) *cobra.Command {
	var (
		lamp   string
		asJSON bool
		query  app.LedgerRequest
	)
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "show what became of every reading 遥测台账",
		Long: `Shows, by day of receipt, how many readings were received and what became of them:
received = stored + waiting + duplicate + rejected, and how many were lost on the way
to us. --gaps lists those by lamp; --audit counts InfluxDB's readings by lamp and day
and compares: a single one too few or too many is named, and the exit code is 1.

按接收日期列出遥测的去向：收到 = 已存 + 等待 + 重复 + 拒绝，以及途中丢失多少。--gaps 逐灯列出
丢失的序号；--audit 逐灯逐日与 InfluxDB 核对，差一条也会指出，且退出码为 1。

  yingguang ledger --gaps --lamp JP-0007
  yingguang ledger --audit --days 400`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			if query.Lamp = device.LampID(lamp); lamp != "" && !device.ValidCode(lamp) {
				return misuseError{fmt.Errorf("--lamp %q is no lamp code", lamp)}
			}
			answer, err := app.Ask[app.LedgerAnswer](cmd.Context(), cfg.DataDir, "ledger", query)
			if err != nil {
				return err
			}
			if asJSON {
				err = json.NewEncoder(cmd.OutOrStdout()).Encode(answer)
			} else {
				err = printLedger(cmd.OutOrStdout(), answer, cfg.Location())
			}
			return errors.Join(err, wrong(answer))
		},
	}
	s.addFlags(cmd)
	cmd.Flags().StringVar(&lamp, "lamp", "", "only this lamp")
	cmd.Flags().IntVar(&query.Days, "days", 14, "how many days, the newest first")
	cmd.Flags().BoolVar(&query.Audit, "audit", false, "compare with what InfluxDB holds, exactly")
	cmd.Flags().BoolVar(&query.Gaps, "gaps", false, "list what was lost on the way, by the lamps' own numbers")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// wrong is what makes the exit code 1.
func wrong(a app.LedgerAnswer) error {
	switch {
	case !a.Balanced:
		return errors.New(a.Unbalanced)
	case a.Audit != nil && !a.Audit.Exact():
		return fmt.Errorf("%s 台账与 InfluxDB 不符", a.Audit)
	}
	return nil
}

func printLedger(w io.Writer, a app.LedgerAnswer, zone *time.Location) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "day\treceived\tstored\twaiting\tduplicate\trejected\tlost\t")
	row := func(day string, c ledger.Count, lost string) {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t\n", day, c.Received, c.Stored, c.Waiting, c.Duplicate, c.Rejected, lost)
	}
	for _, d := range a.Days {
		row(d.Day, d.Count, fmt.Sprint(d.Lost))
	}
	for _, l := range a.Lines {
		row(l.Day, l.Count, fmt.Sprint(l.Lost))
	}
	row("all", a.Totals, "")
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, g := range a.Gaps {
		fmt.Fprintf(w, "%s  %s  lost %d: boot %d, seq %d to %d, between %s and %s\n", g.Day, g.Lamp, g.Lost(), g.Boot, g.From, g.To,
			g.After.Time().In(zone).Format(time.DateTime), g.Before.Time().In(zone).Format(time.DateTime))
	}
	if a.Audit != nil && a.Audit.Exact() {
		fmt.Fprintln(w, a.Audit)
	}
	if a.InfluxDB != nil {
		fmt.Fprintf(w, "InfluxDB holds %d readings in all\n", *a.InfluxDB)
	}
	return nil
}
