package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/clock"
	"github.com/yingguang/yingguang/device"
)

// now is for work that no running process does: that has its own clock.
func now() device.Millis { return device.MillisOf(clock.Real{}.Now()) }

// codesOrAll are the arguments of a verb that names each or takes --all.
func codesOrAll(q *app.CredentialRequest) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if (len(args) == 0) != q.All {
			return misuseError{fmt.Errorf("%s wants codes, or --all 请写明编号，或使用 --all", cmd.CommandPath())}
		}
		q.Codes = args
		return nil
	}
}

func newCredential(s *settings, kind string) *cobra.Command {
	q := app.CredentialRequest{Kind: kind}
	cmd := &cobra.Command{
		Use:   "credential CODE…",
		Short: "make a new credential, shown once, as CSV 发放凭据（只显示一次）",
		Long: `Makes a new user name and password and prints them as CSV. They are shown this once;
only a hash is kept. The password of before is void, and whoever holds it is
disconnected.

发放新的用户名和密码，以 CSV 打印，只显示这一次；旧密码立即失效。`,
		Args: codesOrAll(&q),
		RunE: func(cmd *cobra.Command, _ []string) error { return printCredentials(cmd, s, q) },
	}
	s.addFlags(cmd)
	cmd.Flags().BoolVar(&q.All, "all", false, "every one of the registry that speaks with the broker itself")
	cmd.Flags().BoolVar(&q.Missing, "missing", false, "with --all: only those that have none")
	return cmd
}

func printCredentials(cmd *cobra.Command, s *settings, q app.CredentialRequest) error {
	q.Now = now()
	secrets, err := throughSocket(cmd.Context(), s, "credential", q, app.MakeCredentials)
	if err != nil {
		return err
	}
	out := csv.NewWriter(cmd.OutOrStdout())
	errs := []error{out.Write([]string{"username", "password"})}
	for _, secret := range secrets {
		errs = append(errs, out.Write([]string{secret.Username, secret.Password}))
	}
	out.Flush()
	return errors.Join(append(errs, out.Error())...)
}

func newRevoke(s *settings, kind string) *cobra.Command {
	q := app.CredentialRequest{Kind: kind}
	cmd := &cobra.Command{
		Use:   "revoke CODE…",
		Short: "withdraw credentials: disconnected at once, and for good 吊销凭据",
		Long: `Withdraws credentials and claim codes, of a stolen lamp for example. It is disconnected
from the embedded broker at once and cannot return until it gets a new credential.

吊销凭据和认领码（例如路灯被盗）：立即断开，且无法再连接，直到重新发放凭据。`,
		Args: codesOrAll(&q),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.Now = now()
			codes, err := throughSocket(cmd.Context(), s, "revoke", q, app.Revoke)
			for _, code := range codes {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: withdrawn 已吊销\n", code)
			}
			return err
		},
	}
	s.addFlags(cmd)
	return cmd
}

func newClaims(s *settings, kind string) *cobra.Command {
	q := app.CredentialRequest{Kind: kind}
	cmd := &cobra.Command{
		Use:   "claims CODE…",
		Short: "make one-time claim codes for labels, as CSV 生成标签上的认领码",
		Long: `Makes claim codes for the labels of poles and prints them as CSV. At its first start
a lamp trades its code for its credential, once: POST /api/v1/claim. Codes are shown
this once; making one anew voids the one before.

生成贴在灯杆上的一次性认领码。新灯首次开机时用它换取凭据，只能用一次。`,
		Args: codesOrAll(&q),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.Days < 1 || q.Days > 3650 {
				return misuseError{fmt.Errorf("--days %d: want 1 to 3650", q.Days)}
			}
			cfg, err := s.load()
			if err != nil {
				return err
			}
			q.Now = now()
			claims, err := throughSocket(cmd.Context(), s, "claims", q, app.MakeClaims)
			if err != nil {
				return err
			}
			out := csv.NewWriter(cmd.OutOrStdout())
			errs := []error{out.Write([]string{kind, "claim", "until"})}
			for _, c := range claims {
				errs = append(errs, out.Write([]string{c.Username, c.Code, c.Expires.Time().In(cfg.Location()).Format(time.DateOnly)}))
			}
			out.Flush()
			return errors.Join(append(errs, out.Error())...)
		},
	}
	s.addFlags(cmd)
	cmd.Flags().BoolVar(&q.All, "all", false, "every one of the registry that speaks with the broker itself")
	cmd.Flags().BoolVar(&q.Missing, "missing", false, "with --all: only those that have no credential yet")
	cmd.Flags().IntVar(&q.Days, "days", 90, "how long a code is good")
	return cmd
}

func newMosquitto(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mosquitto FOLDER",
		Short: "write mosquitto's password file and access list 导出 mosquitto 的密码和权限文件",
		Long: `Writes the files passwords and acl of all good credentials, lamps and gateways, for
mosquitto 2 as the lamps' broker; mqtt.username may read everything. Give them to it by
password_file and acl_file, and let it read them anew (SIGHUP) after each change.

导出全部有效凭据，供 mosquitto 2 使用；每次变更后重新导出并让 mosquitto 重读（SIGHUP）。`,
		Args: exactArgs(1, "name the folder to write to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			q := app.MosquittoRequest{Prefix: cfg.MQTT.Prefix, Reader: cfg.MQTT.Username, Password: cfg.MQTT.Password.Reveal()}
			if q.Reader == "" {
				q.Reader = "yingguang"
			}
			files, err := throughSocket(cmd.Context(), s, "mosquitto", q, app.Mosquitto)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(args[0], 0o750); err != nil {
				return err
			}
			for _, f := range files {
				if err := os.WriteFile(filepath.Join(args[0], f.Name), f.Data, 0o600); err != nil {
					return err
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s, %s\n", filepath.Join(args[0], "passwords"), filepath.Join(args[0], "acl"))
			return nil
		},
	}
	s.addFlags(cmd)
	return cmd
}
