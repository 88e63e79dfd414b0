package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/journal"
)

func newRejected(s *settings) *cobra.Command {
	var (
		asJSON bool
		query  app.RejectedRequest
	)
	cmd := &cobra.Command{
		Use:   "rejected",
		Short: "list messages that could not be taken, with the reason 列出被拒绝的消息",
		Long: `Lists the messages that could not be taken, newest first: when, topic, reason, what
to do, and the payload as text.

列出被拒绝的消息（最新在前）：时间、主题、原因、如何处理、内容。`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			list, err := app.Ask[[]journal.Rejected](cmd.Context(), cfg.DataDir, "rejected", query)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(list)
			}
			for _, r := range list {
				fmt.Fprintf(cmd.OutOrStdout(), "%d  %s  %s  %s\n    %s\n    %s\n", r.Seq,
					r.Received.Time().In(cfg.Location()).Format(time.DateTime), r.Reason, printable(r.Topic), printable(r.Text), printable(string(r.Payload)))
			}
			if len(list) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "none 没有")
			}
			return nil
		},
	}
	s.addFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().IntVarP(&query.Limit, "limit", "n", 20, "how many, at most 1000")
	cmd.Flags().Uint64Var(&query.Before, "before", 0, "only older than this number, to page on")
	return cmd
}

// printable keeps what a stranger sent from playing with the terminal.
func printable(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
