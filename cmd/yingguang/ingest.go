package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/clock"
)

func newIngest(s *settings) *cobra.Command {
	var (
		name  string
		leave bool
	)
	cmd := &cobra.Command{
		Use:   "ingest",
		Short: "run one more ingest for the journal of another yingguang 增加一个接收进程",
		Long: `Takes messages from the broker into the journal of a "yingguang run" that is
elsewhere. Both need the same journal.url (NATS) and mqtt settings. With mqtt.share the
broker divides the messages among the ingests; without, each takes all, and copies
are removed. The name is of this ingest's session at the broker: its own, and always
the same. Before it goes for good, run it once with --leave.

  yingguang ingest -c town.yaml --name b
  yingguang ingest -c town.yaml --name b --leave

为另一台机器上的 "yingguang run" 增加一个接收进程：两者使用相同的 journal.url（NATS）和 mqtt
配置。设置 mqtt.share 时由消息服务器分配消息；否则每个进程接收全部消息，重复的会被去除。
--name 是本进程在消息服务器上的会话名，必须唯一且固定。永久停用前请运行一次 --leave。`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if name == "" {
				return misuseError{errors.New("--name is missing: give this ingest a name of its own, such as --name b")}
			}
			cfg, err := s.load()
			if err != nil {
				return fmt.Errorf("the settings cannot be used 配置有误:\n%w", err)
			}
			ctx, out := cmd.Context(), &screen{out: cmd.OutOrStdout()}
			in, err := app.NewExtraIngest(ctx, cfg, name, app.Options{Log: newLogger(cfg.Log, cmd.ErrOrStderr()), Version: version, Progress: out.progress})
			if err != nil {
				return err
			}
			if leave {
				out.progress("正在取回会话中的消息 taking in what waits in the session …")
				if err = in.Leave(ctx); err == nil {
					out.progress("会话已删除 the session is removed from %s", cfg.MQTT.URL)
				}
			} else {
				go tellConnected(ctx, in, out, cfg.MQTT.URL)
				err = in.Run(ctx)
			}
			stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
			defer cancel()
			return errors.Join(err, in.Close(stopping))
		},
	}
	s.addFlags(cmd)
	cmd.Flags().StringVar(&name, "name", "", "name of this ingest's session: its own, and always the same")
	cmd.Flags().BoolVar(&leave, "leave", false, "take in what waits in the session and remove it: this ingest will not come back")
	return cmd
}

// tellConnected says once that messages come in.
func tellConnected(ctx context.Context, in *app.ExtraIngest, out *screen, url string) {
	for in.Status().Connected == 0 {
		if (clock.Real{}).Sleep(ctx, 100*time.Millisecond) != nil {
			return
		}
	}
	out.progress("接收中 taking messages in from %s (Ctrl-C 停止 stops)", url)
}
