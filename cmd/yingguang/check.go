package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/configs/profiles"
)

// connectWithin bounds each attempt to reach something outside.
const connectWithin = 8 * time.Second

func newCheck(s *settings) *cobra.Command {
	var offline, list bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "say what is wrong with the settings, and try the connections 检查配置",
		Long: `Reads the settings as run does, says what is wrong with file, line and hint, then
tries the data folder, the broker and InfluxDB. Nothing is changed.

检查配置：指出文件、行号和改法，并试连消息服务器和 InfluxDB。不改动任何东西。`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				return configs.Describe(cmd.OutOrStdout())
			}
			cfg, err := s.load()
			if err != nil {
				return fmt.Errorf("the settings cannot be used 配置有误:\n%w", err)
			}
			if _, err := alerts.ParseOverrides(cfg.Alerts.Rules); err != nil {
				return fmt.Errorf("the settings cannot be used 配置有误:\nalerts.rules: %w", err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "✓ settings 配置")
			known, err := profiles.Load(cfg.Ingest.Profiles)
			if err != nil {
				return fmt.Errorf("the payload profiles cannot be used 报文配置档有误:\n%w", err)
			}
			if cfg.Ingest.Push != "" {
				if _, err := profiles.LoadPush(cfg.Ingest.Push, known); err != nil {
					return fmt.Errorf("the sources that push cannot be used 推送来源有误:\n%w", err)
				}
			}
			if offline {
				return nil
			}
			return tryAll(cmd.Context(), cmd.OutOrStdout(), cfg)
		},
	}
	s.addFlags(cmd)
	cmd.Flags().BoolVar(&offline, "offline", false, "do not try the connections")
	cmd.Flags().BoolVar(&list, "settings", false, "list all settings with their defaults and meanings")
	return cmd
}

func tryAll(ctx context.Context, w io.Writer, cfg *configs.Config) error {
	failed := 0
	for _, t := range app.Trials(cfg) {
		ctx, cancel := context.WithTimeout(ctx, connectWithin)
		says, err := t.Try(ctx)
		cancel()
		if err != nil {
			failed++
			fmt.Fprintf(w, "✗ %s: %v\n", t.Name, err)
			continue
		}
		fmt.Fprintf(w, "✓ %s: %s\n", t.Name, says)
	}
	if failed > 0 {
		return errors.New("not everything can be reached 有连接失败")
	}
	return nil
}
