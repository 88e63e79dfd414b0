package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/configs/profiles"
)

func newProfile(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile",
		Short: "payload profiles: what vendors' messages mean 报文配置档",
		Long: `Lists, shows and tries payload profiles: the files that say how lamps, gateways and
clouds that do not speak wire format 1 are to be understood. docs/profiles.md says how
to write one.

列出、查看、试用报文配置档：各厂家的报文怎样变成遥测。写法见 docs/profiles.md。`,
	}
	cmd.AddCommand(newProfileList(s), newProfileShow(s), newProfileTest(s), newProfileCost(s), newProfileReload(s))
	return cmd
}

func newProfileList(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the profiles and their topics 列出配置档和主题",
		Long: `Lists the profiles, a town's own first, with their topics. A town's own come from the
folder ingest.profiles and replace shipped ones of the same name.

列出配置档和主题；ingest.profiles 目录里自己的配置档排在前面，同名的代替自带的。`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			list, err := profiles.Load(cfg.Ingest.Profiles)
			if err != nil {
				return err
			}
			tw := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
			for _, p := range list {
				var topics []string
				for _, t := range p.Topics {
					topics = append(topics, string(t))
				}
				if len(topics) == 0 {
					topics = []string{"-"}
				}
				fmt.Fprintf(tw, "%s\t%s\t%s %s\n", p.Name, strings.Join(topics, ", "), p.Chinese, p.English)
			}
			return tw.Flush()
		},
	}
	s.addFlags(cmd)
	return cmd
}

func newProfileShow(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "print a profile's file, to begin one of your own 打印配置档，可作样板",
		Long: `Prints the file of a profile. Copy it into the folder ingest.profiles and change it,
or write a small file there that extends it.

打印配置档的文件。复制到 ingest.profiles 目录里修改，或写一个 extends 它的小文件。`,
		Args: exactArgs(1, "name a profile, as `yingguang profile list` lists them, or a file ending in .yaml"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			_, text, err := profiles.Source(cfg.Ingest.Profiles, args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	s.addFlags(cmd)
	return cmd
}

func newProfileReload(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "let the running system read its profiles anew 让运行中的系统重新读取配置档",
		Long: `Lets the running system read the profiles and devices.csv anew. With a mistake in any file
the old ones stay, and the mistake is told. A new profile takes effect within a minute;
topics that are new are subscribed to at the next start. Then messages that were
rejected can be tried again by ` + "`yingguang rejected replay`" + `.

让运行中的系统重新读取配置档和 devices.csv；有错则保持原样并指出错误。一分钟内生效，新主题要重启后才订阅。
之后可用 ` + "`yingguang rejected replay`" + ` 重放被拒绝的消息。`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			answer, err := app.Ask[app.ProfilesAnswer](cmd.Context(), cfg.DataDir, "profiles", struct{}{})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d profiles 个配置档\n", answer.Profiles)
			for _, t := range answer.Topics {
				fmt.Fprintf(cmd.OutOrStdout(), "new topic, subscribed to at the next start 新主题，重启后订阅: %s\n", t)
			}
			return nil
		},
	}
	s.addFlags(cmd)
	return cmd
}
