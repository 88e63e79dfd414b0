package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/device/cost"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/device/profile"
)

func newProfileCost(s *settings) *cobra.Command {
	var (
		intervals []time.Duration
		keepAlive time.Duration
		version   string
		ofRSA     bool
	)
	cmd := &cobra.Command{
		Use:   "cost [FILE|NAME]",
		Short: "what a lamp's messages cost on an IoT card 物联网卡流量估算",
		Long: `Reckons the MB on the air per lamp and month, both directions, by format, interval and
connection: with wire format 1, or with the examples of a profile as messages. TLS
handshakes are done for real and counted; headers are as the standards have them
(docs/ingest.md).

估算每盏灯每月的流量（MB，双向），按格式、间隔和连接方式；也可以用某个配置档的例子作为报文。`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			security := cost.Security{TLS: tls.VersionTLS13, RSA: ofRSA}
			switch version {
			case "1.3":
			case "1.2":
				security.TLS = tls.VersionTLS12
			default:
				return misuseError{fmt.Errorf("--tls %q: want 1.2 or 1.3", version)}
			}
			for _, i := range intervals {
				if i < time.Second || i > 24*time.Hour {
					return misuseError{fmt.Errorf("--interval %v: want 1s to 24h", i)}
				}
			}
			for _, c := range cost.Columns(security, keepAlive) {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", c.English, c.Chinese)
			}
			handshakes, err := cost.Measure()
			if err != nil {
				return err
			}
			for _, interval := range intervals {
				messages, err := cost.Formats(interval)
				if err == nil && len(args) == 1 {
					messages, err = exampleMessages(s, args[0])
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "every 每隔 %v, TLS %s\n", interval, version)
				if err := printCost(cmd.OutOrStdout(), messages, interval, cost.Columns(security, keepAlive), handshakes); err != nil {
					return err
				}
			}
			return nil
		},
	}
	s.addFlags(cmd)
	cmd.Flags().DurationSliceVar(&intervals, "interval", []time.Duration{10 * time.Minute}, "how often the lamp measures; may be repeated")
	cmd.Flags().DurationVar(&keepAlive, "keepalive", 15*time.Minute, "MQTT keep-alive of a kept connection; 0 sends no pings")
	cmd.Flags().StringVar(&version, "tls", "1.3", "version of TLS: 1.2 or 1.3")
	cmd.Flags().BoolVar(&ofRSA, "rsa", false, "the broker's certificates are of RSA 2048 instead of ECDSA P-256")
	return cmd
}

// exampleMessages are a profile's examples that give readings.
func exampleMessages(s *settings, name string) ([]cost.Message, error) {
	cfg, err := s.load()
	if err != nil {
		return nil, err
	}
	p, err := profileOf(cfg.Ingest.Profiles, name)
	if err != nil {
		return nil, err
	}
	var out []cost.Message
	for _, e := range p.Examples {
		if len(e.Readings) == 0 {
			continue
		}
		topic := e.Topic
		if topic == "" {
			topic = payload.TelemetryTopic(profile.TownPrefix, "JP-0001")
		}
		name, _, _ := strings.Cut(e.Name, ";")
		if r := []rune(name); len(r) > 40 {
			name = string(r[:40]) + "…"
		}
		out = append(out, cost.Message{Name: name, Topic: topic, Payload: len(e.Payload), Readings: len(e.Readings)})
	}
	return out, nil
}

func printCost(w io.Writer, messages []cost.Message, interval time.Duration, columns []cost.Column, h cost.Handshakes) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprint(tw, "  message\tbytes\treadings")
	for _, c := range columns {
		fmt.Fprint(tw, "\t"+c.English)
	}
	fmt.Fprintln(tw)
	for _, m := range messages {
		fmt.Fprintf(tw, "  %s\t%d\t%d", m.Name, m.Payload, m.Readings)
		for _, c := range columns {
			fmt.Fprintf(tw, "\t%s MB", cost.Megabytes(cost.PerMonth(m, interval, c.Link, h)))
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}
