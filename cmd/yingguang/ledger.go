package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

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
received = stored + waiting + duplicate + rejected. --audit also asks InfluxDB how
many it holds, which must be what is stored.

按接收日期列出遥测的去向：收到 = 已存 + 等待 + 重复 + 拒绝。--audit 同时与 InfluxDB 核对。`,
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
				err = printLedger(cmd.OutOrStdout(), answer)
			}
			if err == nil && !answer.Balanced {
				err = errors.New(answer.Unbalanced)
			}
			return err
		},
	}
	s.addFlags(cmd)
	cmd.Flags().StringVar(&lamp, "lamp", "", "only this lamp")
	cmd.Flags().IntVar(&query.Days, "days", 14, "how many days, the newest first")
	cmd.Flags().BoolVar(&query.Audit, "audit", false, "compare with what InfluxDB holds")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printLedger(w io.Writer, a app.LedgerAnswer) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "day\treceived\tstored\twaiting\tduplicate\trejected\t")
	row := func(day string, c ledger.Count) {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%d\t\n", day, c.Received, c.Stored, c.Waiting, c.Duplicate, c.Rejected)
	}
	for _, d := range a.Days {
		row(d.Day, d.Count)
	}
	for _, l := range a.Lines {
		row(l.Day, l.Count)
	}
	row("all", a.Totals)
	if err := tw.Flush(); err != nil {
		return err
	}
	if a.InfluxDB != nil {
		fmt.Fprintf(w, "InfluxDB holds %d readings", *a.InfluxDB)
		if len(a.Lines) == 0 {
			fmt.Fprintf(w, ", the ledger says %d stored", a.Totals.Stored)
		}
		fmt.Fprintln(w)
	}
	return nil
}
