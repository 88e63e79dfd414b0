package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/configs"
)

// stopWithin bounds an orderly stop; what is not closed by then is safe on disk all the same.
const stopWithin = 20 * time.Second

func newRun(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "run the whole system; without settings, the demo 运行整个系统（默认演示）",
		Long: `Runs broker, journal, InfluxDB, alerts, notices and pages in one process. Without
settings it is the demo: Jiaping's 400 lamps, simulated, with seven nights of history.
Ctrl-C stops it in order; a second start keeps all data.

一个进程运行全部功能。没有配置文件时为演示：嘉平镇 400 盏模拟路灯。按 Ctrl-C 停止，数据保留。`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load()
			if err != nil {
				return fmt.Errorf("the settings cannot be used 配置有误:\n%w", err)
			}
			return runApp(cmd.Context(), cfg, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	s.addFlags(cmd)
	return cmd
}

func runApp(ctx context.Context, cfg *configs.Config, stdout, stderr io.Writer) error {
	screen := &screen{out: stdout}
	a, err := app.New(ctx, cfg, app.Options{Log: newLogger(cfg.Log, stderr), Version: version, Progress: screen.progress})
	if err != nil {
		return err
	}
	addresses, err := a.Addresses(ctx)
	if err == nil {
		screen.show(addresses, cfg)
		err = a.Run(ctx)
	}
	if err == nil {
		screen.progress("正在停止 stopping …")
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	err = errors.Join(err, a.Close(stopping))
	if err == nil {
		screen.progress("已停止，数据保存在 stopped, data kept in %s", addresses.Data)
	}
	return err
}

func newLogger(cfg configs.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Level)) // configs has checked it
	options := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
