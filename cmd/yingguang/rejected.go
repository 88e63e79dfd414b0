package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

func newRejected(s *settings) *cobra.Command {
	list := newRejectedList(s)
	cmd := &cobra.Command{
		Use:   "rejected",
		Short: "list messages that could not be taken, and try them again 被拒绝的消息",
		Long: `Lists the messages that could not be taken, shows one whole, and takes them again
once what was wrong is mended. Without a word it lists.

列出被拒绝的消息，查看一条的全文，修好原因后重新接收。`,
		Args: cobra.NoArgs,
		RunE: list.RunE,
	}
	cmd.Flags().AddFlagSet(list.Flags())
	cmd.AddCommand(list, newRejectedShow(s), newRejectedReplay(s))
	return cmd
}

func newRejectedList(s *settings) *cobra.Command {
	var (
		asJSON bool
		query  app.RejectedRequest
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "the newest, with the reason 列出最新的，附原因",
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
			for i := range list {
				printRejected(cmd.OutOrStdout(), &list[i], cfg.Location())
				fmt.Fprintf(cmd.OutOrStdout(), "    %s\n", printable(string(list[i].Payload)))
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

func printRejected(w io.Writer, r *journal.Rejected, zone *time.Location) {
	fmt.Fprintf(w, "%d  %s  %s  %s\n    %s\n", r.Seq, r.Received.Time().In(zone).Format(time.DateTime), r.Reason, printable(r.Topic), printable(r.Text))
}

func newRejectedShow(s *settings) *cobra.Command {
	var raw bool
	cmd := &cobra.Command{
		Use:   "show NUMBER",
		Short: "one whole, or its bytes alone for a tool 查看一条的全文",
		Long: `Shows one rejected message whole: as text where it is text, else as hex. --raw
writes its bytes alone, such as for ` + "`yingguang profile test`" + `.

查看一条被拒绝消息的全文（文本或十六进制）；--raw 只输出原始字节，可交给 profile test。`,
		Args: exactArgs(1, "give the number that `yingguang rejected list` shows"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			seq, err := messageNumber(args[0])
			if err != nil {
				return err
			}
			list, err := app.Ask[[]journal.Rejected](cmd.Context(), cfg.DataDir, "rejected", app.RejectedRequest{Seq: seq})
			if err != nil {
				return err
			}
			r := &list[0]
			if raw {
				_, err := cmd.OutOrStdout().Write(r.Payload)
				return err
			}
			out := cmd.OutOrStdout()
			printRejected(out, r, cfg.Location())
			fmt.Fprintf(out, "    %d bytes, SHA-256 %s\n", r.Length, r.SHA256)
			if len(r.Payload) < r.Length {
				fmt.Fprintf(out, "    only the first %d bytes are kept 只保留开头\n", len(r.Payload))
			}
			if text := string(r.Payload); !strings.ContainsFunc(text, func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }) {
				fmt.Fprintln(out, text)
				return nil
			}
			fmt.Fprint(out, hex.Dump(r.Payload))
			return nil
		},
	}
	s.addFlags(cmd)
	cmd.Flags().BoolVar(&raw, "raw", false, "its bytes alone")
	return cmd
}

func newRejectedReplay(s *settings) *cobra.Command {
	var (
		lamp  string
		query app.ReplayRequest
	)
	cmd := &cobra.Command{
		Use:   "replay [NUMBER …]",
		Short: "take them again, once what was wrong is mended 修好原因后重新接收",
		Long: `Decodes rejected messages as if they came today and journals what they give, with the
time at which they came. The ledger moves them from rejected to stored. Each counts
once: it may be repeated, and a crash in the middle neither loses nor doubles one.

按今天的配置重新解析被拒绝的消息并入库，时间仍是当初收到的时间；台账随之改记。可重复执行，每条只算一次。

  yingguang rejected replay --reason wrong_type
  yingguang rejected replay --lamp JP-0007
  yingguang rejected replay 41000 42003`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			if query.Lamp = device.LampID(lamp); lamp != "" && !device.ValidCode(lamp) {
				return misuseError{fmt.Errorf("--lamp %q is no lamp code", lamp)}
			}
			for _, arg := range args {
				seq, err := messageNumber(arg)
				if err != nil {
					return err
				}
				query.Seqs = append(query.Seqs, seq)
			}
			answer, err := app.Ask[app.ReplayAnswer](cmd.Context(), cfg.DataDir, "replay", query)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d messages with %d readings replayed 已重放, %d were before 先前已重放\n", answer.Replayed, answer.Readings, answer.Before)
			for _, e := range answer.Still {
				fmt.Fprintf(cmd.ErrOrStderr(), "%d: %s\n", e.Seq, printable(e.Why))
			}
			if len(answer.Still) > 0 {
				return errors.New(strconv.Itoa(len(answer.Still)) + " are still refused 仍被拒绝")
			}
			return nil
		},
	}
	s.addFlags(cmd)
	cmd.Flags().StringVar(&lamp, "lamp", "", "all of this lamp")
	cmd.Flags().StringVar(&query.Reason, "reason", "", "all of this reason, such as wrong_type")
	cmd.Flags().BoolVar(&query.All, "all", false, "all there are")
	return cmd
}

func messageNumber(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 {
		return 0, misuseError{fmt.Errorf("%q is no number of a message: `yingguang rejected list` shows them", s)}
	}
	return n, nil
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
