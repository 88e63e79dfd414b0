package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/device"
)

func newAdopt(s *settings) *cobra.Command {
	var like string
	cmd := &cobra.Command{
		Use:   "adopt [CODE --like LAMP]",
		Short: "list unknown lamps that send, or register one 认领未登记的路灯",
		Long: `Lists the lamps that send and that nobody has registered. With a code and --like it
registers that lamp as installed, at the place and of the make of another one; what it
sent until now is delivered at once. Correct the rest by import.

列出未登记却在上报的路灯。给出编号和 --like 时，按样板灯的地点和型号登记它，此前收到的遥测立即补入。

  yingguang lamp adopt
  yingguang lamp adopt JP-0401 --like JP-0007`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || (len(args) == 1) != (like != "") {
				return misuseError{errors.New("give one code and --like, or neither: see `yingguang lamp adopt --help`")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			query := app.AdoptRequest{Like: device.LampID(like)}
			if len(args) == 1 {
				query.Lamp = device.LampID(args[0])
			}
			answer, err := app.Ask[app.AdoptAnswer](cmd.Context(), cfg.DataDir, "adopt", query)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if query.Lamp != "" {
				fmt.Fprintf(out, "%s is registered at %s 已登记; what it sent is delivered 补入遥测\n", query.Lamp, answer.Place)
				return nil
			}
			for _, u := range answer.Waiting {
				fmt.Fprintf(out, "%s  %d waiting 待补  last %s\n", u.Lamp, u.Blocks, u.Last.Time().In(cfg.Location()).Format(time.DateTime))
			}
			if len(answer.Waiting) == 0 {
				fmt.Fprintln(out, "none 没有")
			}
			return nil
		},
	}
	s.addFlags(cmd)
	cmd.Flags().StringVar(&like, "like", "", "a registered lamp to take place and make from")
	return cmd
}
