package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/simulator/load"
)

// loadFlags are the words of `yingguang load`.
type loadFlags struct {
	broker, username, passwordFile, caFile, prefix, code string
	phases                                               string
	interval                                             time.Duration
	connections, processes                               int
	json, chart                                          string
	influxURL, influxOrg, influxBucket, influxTokenFile  string
	share                                                int    // hidden: which process this is
	begin                                                string // hidden: when all of them begin
}

func newLoad(s *settings) *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "load",
		Short: "put a broker under load 压力测试",
		Long: `Lets many lamps publish to an MQTT broker and reports rate, time to PUBACK, failures
and reconnects. Every lamp has its own connection unless --connections says how many
they share. Phases, with commas between:

  ramp:400-958-10000:2m   to 400 lamps, then 958, then 10,000, within two minutes
  hold:5m                 as they are
  burst:10:30s            all report ten times as often
  storm:50:1m             half of the connections break at once and come back

Point it only at a broker that is yours. Its lamps are called LT-00001 and so on,
so that they are never taken for real ones. With --influx-url it also measures how
long a reading takes until it can be queried. Ctrl-C ends it with a report.

  yingguang load --phases ramp:400:10s,hold:1m --interval 1s --chart load.svg

让许多路灯同时向 MQTT 服务器发布，报告速率、PUBACK 延迟、失败和重连。只可用于自己的服务器。
阶段 --phases：ramp 逐级增加，hold 保持，burst 加快上报，storm 断开一部分连接再重连。
加 --influx-url 则同时测量从发布到可查询的时间。`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, s.environ) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.broker, "broker", "tcp://127.0.0.1:1883", "broker, tcp:// or tls:// 服务器")
	fl.StringVar(&f.username, "username", "", "user at the broker 用户名")
	fl.StringVar(&f.passwordFile, "password-file", "", "file with the password; or YINGGUANG_MQTT_PASSWORD 密码文件")
	fl.StringVar(&f.caFile, "ca-file", "", "certificates to trust beside the system's 信任的证书")
	fl.StringVar(&f.prefix, "prefix", "jiaping", "first part of every topic 主题前缀")
	fl.StringVar(&f.code, "code", "LT-", "what the lamps' codes begin with 路灯编号前缀")
	fl.StringVar(&f.phases, "phases", load.Usual, "what happens, see above 阶段")
	fl.DurationVar(&f.interval, "interval", 10*time.Second, "how often a lamp reports 上报间隔")
	fl.IntVar(&f.connections, "connections", 0, "connections of each process that its lamps share; 0 gives every lamp its own 共用连接数")
	fl.IntVar(&f.processes, "processes", 1, "processes that share the lamps 进程数")
	fl.StringVar(&f.json, "json", "", "write the report as JSON to this file (- is the terminal) 报告写成 JSON")
	fl.StringVar(&f.chart, "chart", "", "write a picture of the course, SVG 过程图")
	fl.StringVar(&f.influxURL, "influx-url", "", "InfluxDB 2.x or 1.8 to ask when a reading can be queried 测量可查询时间")
	fl.StringVar(&f.influxOrg, "influx-org", "yingguang", "its organisation 组织")
	fl.StringVar(&f.influxBucket, "influx-bucket", "yingguang", "its bucket, or database on 1.8 存储桶")
	fl.StringVar(&f.influxTokenFile, "influx-token-file", "", "file with its token, or user:password on 1.8; or YINGGUANG_INFLUXDB_TOKEN 令牌文件")
	fl.IntVar(&f.share, "share", -1, "")
	fl.StringVar(&f.begin, "begin", "", "")
	_ = fl.MarkHidden("share")
	_ = fl.MarkHidden("begin")
	return cmd
}

func (f *loadFlags) run(cmd *cobra.Command, environ []string) error {
	cfg, err := f.config(environ)
	if err != nil {
		return err
	}
	if f.share >= 0 {
		return f.child(cmd.Context(), cfg, cmd.OutOrStdout())
	}
	out := &screen{out: cmd.ErrOrStderr()}
	last := -5.0
	tell := func(s load.Second) {
		if s.At < last+5 {
			return
		}
		last = s.At
		out.progress("%4.0f s %-5s %6d lamps 路灯 %6d connections 连接 %7d readings/s  PUBACK p50 %v p99 %v  failures 失败 %d",
			s.At, s.Phase, s.Lamps, s.Connected, s.Acked, s.P50().Round(10*time.Microsecond), s.P99().Round(10*time.Microsecond), s.Failures)
	}
	var result load.Result
	if f.processes > 1 {
		result, err = f.several(cmd.Context(), &cfg, environ, tell)
	} else {
		cfg.Second = tell
		result, err = load.Run(cmd.Context(), cfg)
	}
	if err != nil {
		return err
	}
	return f.report(cmd.OutOrStdout(), load.NewReport(&cfg, &result))
}

// config reads the flags.
func (f *loadFlags) config(environ []string) (load.Config, error) {
	phases, err := load.ParsePhases(f.phases)
	if err != nil {
		return load.Config{}, misuseError{fmt.Errorf("--phases: %w", err)}
	}
	if f.processes < 1 || f.processes > 64 || f.connections < 0 {
		return load.Config{}, misuseError{fmt.Errorf("--processes %d, --connections %d: want 1 to 64 processes and no negative number", f.processes, f.connections)}
	}
	cfg := load.Config{
		URL: f.broker, Username: f.username, Prefix: f.prefix, Code: f.code, Interval: f.interval, Phases: phases,
		Connections: f.connections, Share: max(0, f.share), Shares: f.processes, Clock: clock.Real{},
	}
	cfg.Begin = cfg.Clock.Now()
	if f.begin != "" {
		if cfg.Begin, err = time.Parse(time.RFC3339Nano, f.begin); err != nil {
			return cfg, misuseError{fmt.Errorf("--begin: %w", err)}
		}
	}
	if cfg.Password, err = app.ReadPassword(f.passwordFile, environ); err != nil {
		return cfg, err
	}
	if cfg.TLS, err = app.ClientTLS(f.caFile); err != nil {
		return cfg, err
	}
	if f.influxURL != "" && cfg.Share == 0 {
		cfg.Probe = &load.Probe{URL: f.influxURL, Org: f.influxOrg, Bucket: f.influxBucket, Every: time.Second}
		if cfg.Probe.Token, err = app.ReadToken(f.influxTokenFile, environ); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

// report writes text, JSON and the chart.
func (f *loadFlags) report(terminal io.Writer, r load.Report) error {
	if f.json != "-" {
		if err := r.Text(terminal); err != nil {
			return err
		}
	}
	if f.json != "" {
		err := writeFile(f.json, terminal, func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(r)
		})
		if err != nil {
			return err
		}
	}
	if f.chart != "" {
		return writeFile(f.chart, terminal, r.Chart)
	}
	return nil
}

// word is one line that a process of a test tells the one that started it.
type word struct {
	Second *load.Second `json:"second,omitempty"`
	Result *load.Result `json:"result,omitempty"`
}

// child is one process of several: it tells every second and the result as JSON.
func (f *loadFlags) child(ctx context.Context, cfg load.Config, out io.Writer) error {
	e := json.NewEncoder(out)
	var failed error
	cfg.Second = func(s load.Second) {
		if failed == nil {
			failed = e.Encode(word{Second: &s})
		}
	}
	result, err := load.Run(ctx, cfg)
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	return e.Encode(word{Result: &result})
}

// self is the program that runs.
func self() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("--processes: cannot find this program to start it again: %w", err)
	}
	return path, nil
}
