package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
)

func newExport(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export FOLDER",
		Short: "write the registry as lamps.csv, people.csv and duty.csv 导出名册",
		Long: `Writes the registry into FOLDER as the files that import reads; importing them
again changes nothing. The files hold people's names and phones: keep them safe.

把名册写成三个 CSV 文件，可原样导入。文件含姓名和电话，请妥善保管。`,
		Args: exactArgs(1, "name the folder to write to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := throughSocket(cmd.Context(), s, "export", struct{}{}, app.ExportFrom)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(args[0], 0o750); err != nil {
				return err
			}
			for _, f := range files {
				path := filepath.Join(args[0], f.Name)
				if err := os.WriteFile(path, f.Data, 0o600); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), path)
			}
			return nil
		},
	}
	s.addFlags(cmd)
	return cmd
}
