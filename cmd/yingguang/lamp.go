package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/device"
)

func newLamp(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lamp",
		Short: "add lamps, and let them in or keep them out 路灯：登记、凭据、吊销",
		Long: `Adds lamps, and makes or withdraws the credentials by which they speak with the
broker. docs/security.md says how a town goes about it.

登记路灯，发放或吊销路灯连接消息服务器的凭据。`,
	}
	cmd.AddCommand(newLampAdd(s), newAdopt(s), newCredential(s, device.KindLamp), newRevoke(s, device.KindLamp), newClaims(s, device.KindLamp), newMosquitto(s))
	return cmd
}

func newGateway(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gateway",
		Short: "let gateways in or keep them out 网关：凭据、吊销",
		Long: `Makes or withdraws the credentials of gateways. A gateway may speak for itself and
for the lamps whose column gateway names it.

发放或吊销网关的凭据。网关只能代表名册中归属于它的路灯。`,
	}
	cmd.AddCommand(newCredential(s, device.KindGateway), newRevoke(s, device.KindGateway), newClaims(s, device.KindGateway))
	return cmd
}

func newLampAdd(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add CODE column=value …",
		Short: "add one lamp to the registry and make its credential 登记一盏路灯并发放凭据",
		Long: `Adds one lamp to the registry, its columns as in lamps.csv, and prints its
credential, which is shown this once.

登记一盏路灯（列名同 lamps.csv）并打印它的凭据，只显示这一次。

  yingguang lamp add JP-0401 stage=installed village=大垭村 place=DY-012 place_kind=courtyard lat=29.01 lon=106.31`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return misuseError{errors.New("yingguang lamp add wants a code and columns: see `yingguang lamp add --help`")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			header, line := []string{"lamp"}, []string{args[0]}
			for _, pair := range args[1:] {
				column, value, ok := strings.Cut(pair, "=")
				if !ok {
					return misuseError{fmt.Errorf("%q has no =: write columns like village=大垭村", pair)}
				}
				header, line = append(header, column), append(line, value)
			}
			var file bytes.Buffer
			out := csv.NewWriter(&file)
			if err := errors.Join(out.Write(header), out.Write(line)); err != nil {
				return err
			}
			out.Flush()
			request := app.ImportRequest{Files: []app.ImportFile{{Name: "lamps.csv", Data: file.Bytes()}}}
			report, err := throughSocket(cmd.Context(), s, "import", request, app.ImportInto)
			if err != nil {
				return err
			}
			if err := printReport(cmd, report, request); err != nil {
				return err
			}
			return printCredentials(cmd, s, app.CredentialRequest{Kind: device.KindLamp, Codes: args[:1]})
		},
	}
	s.addFlags(cmd)
	return cmd
}
