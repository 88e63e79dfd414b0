package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/ruletest"
	"github.com/yingguang/yingguang/device"
)

func newRules(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "show and test the alert rules 告警规则",
		Long: `Shows what the alert rules find, and runs tests of them.

显示告警规则，或运行规则的测试。`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return misuseError{fmt.Errorf("%s wants show or test: see `%s --help`", cmd.CommandPath(), cmd.CommandPath())}
		},
	}
	show := &cobra.Command{
		Use:   "show [FAULT…]",
		Short: "print the fault catalogue as a page 打印故障目录",
		Long: `Prints the fault catalogue as a page: what each fault means to villagers and
volunteers, what to bring, and every threshold with its unit and source. With
--config the town's own figures (alerts.rules) stand under those that they replace.

打印故障目录：每种故障的含义、要带的东西、各阈值及其单位和依据。
加上 --config，本镇改过的值（alerts.rules）列在原值下面。`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			own, err := alerts.ParseOverrides(cfg.Alerts.Rules)
			if err != nil {
				return fmt.Errorf("alerts.rules: %w", err)
			}
			entries := alerts.Catalogue()
			if len(args) > 0 {
				entries = entries[:0]
				for _, name := range args {
					e, ok := alerts.Find(device.Fault(name))
					if !ok {
						return misuseError{fmt.Errorf("fault %q is not in the catalogue: `%s` lists all", name, cmd.CommandPath())}
					}
					entries = append(entries, e)
				}
			}
			return alerts.WritePage(cmd.OutOrStdout(), entries, own)
		},
	}
	s.addFlags(show)
	test := &cobra.Command{
		Use:   "test FILE…",
		Short: "run tests of rules: a night in, alerts out 运行规则测试",
		Long: `Runs tests of the alert rules that are written like a night in the life of a lamp:

  lamp JP-0007 interval=5m schedule="dusk+0h:100 dawn:0"
  night 2026-01-04
  JP-0007 16:00-20:00 dark 13.2V
  expect 18:30-18:55 firing lamp_dark JP-0007

运行规则测试：写下一盏灯的一夜和应有的告警。`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misuseError{fmt.Errorf("%s wants the files of tests, such as alerts/testdata/*.test", cmd.CommandPath())}
			}
			return nil
		},
		RunE: testRules,
	}
	cmd.AddCommand(show, test)
	return cmd
}

func testRules(cmd *cobra.Command, files []string) error {
	failed := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		script, err := ruletest.Parse(name, string(text), shanghai())
		if err == nil {
			err = script.Run()
		}
		if err != nil {
			failed++
			fmt.Fprintf(cmd.OutOrStdout(), "✗ %s\n%v\n", name, err)
			continue
		}
		fmt.Fprintf(cmd.OutOrStdout(), "✓ %s\n", name)
	}
	if failed > 0 {
		return errors.New("not all rules do what their tests expect 有规则测试未通过")
	}
	return nil
}
