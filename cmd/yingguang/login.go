package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
)

func newLogin(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "login PERSON",
		Short: "make a one-tap login link for a person 生成一键登录链接",
		Long: `Makes a link that logs a person in by one tap, to be sent to that person alone.
PERSON is the code in people.csv. The running system makes it.

为某人生成登录链接，只发给本人。PERSON 是 people.csv 里的编号。`,
		Args: exactArgs(1, "name a person by the code in people.csv"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			url, err := app.Ask[string](cmd.Context(), cfg.DataDir, "login", app.LoginRequest{Person: args[0]})
			if errors.Is(err, app.ErrNotRunning) {
				return fmt.Errorf("%w: start it with `yingguang run` first", err)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), url)
			return err
		},
	}
	s.addFlags(cmd)
	return cmd
}
