package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/alerts/score"
	"github.com/yingguang/yingguang/device"
)

func newScore() *cobra.Command {
	var lamps string
	var asJSON, list bool
	cmd := &cobra.Command{
		Use:   "score ALERTS TRUTH",
		Short: "compare alerts with what was really wrong 评估告警",
		Long: `Compares alerts, as backtest prints them, with labels of what was really wrong, CSV
subject,fault,start,end[,optional], and prints precision, recall and delay by fault.

A label is found if its fault fires on its subject within the fault's limit, or fires
already; an optional one can be found but not missed. An alert that something wrong
on the same subject, its gateway or its village explains counts neither way. Every
other alert is false, also one that comes more than a day before its label.

将 backtest 的输出与真实故障的标注对比，按故障给出准确率、召回率和延迟。

  yingguang backtest --lamps lamps.csv january.ndjson.gz > alerts.ndjson
  yingguang score --lamps lamps.csv alerts.ndjson truth.csv`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return misuseError{fmt.Errorf("%s wants 2 arguments, got %d: the alerts that backtest printed, and truth.csv", cmd.CommandPath(), len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var town []device.Lamp
			if lamps != "" {
				var err error
				if town, err = readLamps(lamps); err != nil {
					return err
				}
			}
			found, err := readScored(cmd, args[0], score.ReadAlerts)
			if err != nil {
				return err
			}
			labels, err := readScored(cmd, args[1], score.ReadLabels)
			if err != nil {
				return err
			}
			report := score.Judge(score.NewTown(town, shanghai()), found, labels)
			if asJSON {
				line, err := report.JSON()
				fmt.Fprintf(cmd.OutOrStdout(), "%s\n", line)
				return err
			}
			if list {
				report.WriteList(cmd.OutOrStdout(), shanghai())
			}
			return report.Write(cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&lamps, "lamps", "", "the lamps' file: tells their gateways, villages, intervals and schedules")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the sums as one line of JSON")
	cmd.Flags().BoolVarP(&list, "list", "l", false, "name each missed label and each false alert")
	return cmd
}

// readScored reads one of the two files and names its bad lines.
func readScored[T any](cmd *cobra.Command, name string, read func(io.Reader) ([]T, []error)) ([]T, error) {
	f, err := openOrStdin(cmd, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, bad := read(f)
	for i, err := range bad {
		if i == maxNamed {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: … and %d more bad lines 还有 %d 行错误\n", name, len(bad)-i, len(bad)-i)
			break
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %v\n", name, err)
	}
	return list, nil
}
