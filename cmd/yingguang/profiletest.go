package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/configs/profiles"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/device/profile"
)

// mostPayload is more than any message may have.
const mostPayload = 4 << 20

func newProfileTest(s *settings) *cobra.Command {
	var topic, received string
	cmd := &cobra.Command{
		Use:   "test FILE|NAME",
		Short: "decode a payload from standard input, or run the profile's examples 试解一条报文",
		Long: `Reads one message from standard input, as it would come over MQTT or HTTP (bytes, or for
Modbus hex digits too), and prints the readings it gives, or the reason why it gives none.
Without a message the profile's examples are run.

从标准输入读一条报文，打印解出的遥测，或解不出的原因。没有输入时运行配置档里的例子。

  mosquitto_sub -t 'epever/JP-0001/modbus' -C 1 -N | yingguang profile test epever-modbus --topic epever/JP-0001/modbus`,
		Args: exactArgs(1, "name a profile, as `yingguang profile list` lists them, or a file ending in .yaml"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			p, err := profileOf(cfg.Ingest.Profiles, args[0])
			if err != nil {
				return err
			}
			at := device.MillisOf(time.Now()) //nolint:forbidigo // when the message comes, unless --received says
			if received != "" {
				t, err := time.Parse(time.RFC3339, received)
				if err != nil {
					return misuseError{fmt.Errorf("--received %q: want RFC 3339, such as 2026-01-01T20:00:00+08:00", received)}
				}
				at = device.MillisOf(t)
			}
			data, err := message(cmd.InOrStdin())
			if err != nil {
				return err
			}
			if len(data) == 0 {
				return runExamples(cmd.OutOrStdout(), p)
			}
			return tryMessage(cmd, p, topic, data, at, cfg.Location())
		},
	}
	s.addFlags(cmd)
	cmd.Flags().StringVar(&topic, "topic", "", "the topic it came on; empty makes one up from the profile's first")
	cmd.Flags().StringVar(&received, "received", "", "when it came, RFC 3339; empty is now")
	return cmd
}

// profileOf is a profile by its file or its name.
func profileOf(folder, name string) (*profile.Profile, error) {
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		return profiles.ReadFile(name)
	}
	list, err := profiles.Load(folder)
	if err != nil {
		return nil, err
	}
	if p := profile.NewSet(list, "", nil).Named(name); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("没有配置档 %q is no profile: `yingguang profile list` lists them; a file of yours ends in .yaml", name)
}

// message reads standard input; a terminal has none.
func message(in io.Reader) ([]byte, error) {
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return nil, nil
		}
	}
	data, err := io.ReadAll(io.LimitReader(in, mostPayload))
	if err != nil {
		return nil, err
	}
	if text := strings.TrimRight(string(data), "\r\n"); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		data = []byte(text) // echo and files end with a line feed
	}
	return data, nil
}

func runExamples(w io.Writer, p *profile.Profile) error {
	failed := 0
	for _, e := range p.Examples {
		bad := p.Try(e)
		if len(bad) == 0 {
			fmt.Fprintf(w, "✓ %s:%d %s\n", p.File, e.Line, e.Name)
			continue
		}
		failed++
		fmt.Fprintf(w, "✗ %s:%d %s\n", p.File, e.Line, e.Name)
		for _, b := range bad {
			fmt.Fprintf(w, "    %s\n", b)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d 个例子不对 of %d examples are not as they should be", failed, len(p.Examples))
	}
	return nil
}

func tryMessage(cmd *cobra.Command, p *profile.Profile, topic string, data []byte, at device.Millis, zone *time.Location) error {
	w := cmd.OutOrStdout()
	if topic == "" && len(p.Topics) > 0 {
		topic = strings.NewReplacer("{lamp}", "TEST-LAMP", "{gateway}", "TEST-GW", "{device}", "test-device", "+", "x").Replace(string(p.Topics[0]))
		fmt.Fprintf(w, "topic 主题: %s (assumed; --topic names another 可用 --topic 指定)\n", topic)
	}
	if topic == "" {
		topic = profile.PushTopic(p.Name, "test")
	}
	decode := profile.NewSet([]*profile.Profile{p}, profile.TownPrefix, func(device.LampID) string { return p.Name }).Format(topic)
	if decode == nil {
		return fmt.Errorf("主题不符 topic %q is none of the profile's: %v", topic, p.Topics)
	}
	var b payload.Batch
	decode(data, at, &b)
	for i := range b.Readings {
		fmt.Fprintf(w, "reading 遥测 %d\n", i+1)
		if err := printReading(w, &b.Readings[i], zone); err != nil {
			return err
		}
	}
	for _, r := range b.Rejects {
		fmt.Fprintf(w, "rejected 拒绝: %s\n    %s\n", r.Reason, printable(r.Text))
	}
	switch {
	case len(b.Rejects) > 0:
		return errors.New("有遥测解不出来 not everything could be taken")
	case len(b.Readings) == 0:
		fmt.Fprintln(w, "skipped: the profile says that this message is no reading 配置档跳过这种消息")
	}
	return nil
}

// printReading prints fields in the order of the wire format.
func printReading(w io.Writer, r *device.Reading, zone *time.Location) error {
	got := profile.Describe(r, zone)
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	row := func(name, unit string) {
		if v := got[name]; v != "" {
			fmt.Fprintf(tw, "    %s\t%s\t%s\n", name, printable(v), unit)
		}
	}
	row("lamp", "")
	row("gateway", "")
	row("ts", "")
	row("boot", "")
	row("seq", "")
	for f := range device.NumFields {
		row(f.String(), device.Fields[f].Unit)
	}
	row("fw", "")
	row("faults", "")
	if r.Unknown > 0 {
		fmt.Fprintf(tw, "    %d values with words that the profile does not list 个取值配置档没有列出\t\t\n", r.Unknown)
	}
	return tw.Flush()
}
