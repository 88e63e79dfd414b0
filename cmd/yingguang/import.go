package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/registry"
)

func newImport(s *settings) *cobra.Command {
	var request app.ImportRequest
	cmd := &cobra.Command{
		Use:   "import FOLDER",
		Short: "take lamps.csv, people.csv and duty.csv into the registry 导入名册",
		Long: `Takes lamps.csv, people.csv and duty.csv (those that are there) into the registry.
With a bad line it imports nothing and lists every bad line; --dry-run only checks,
--only-good leaves the bad lines out. Lamps and people that a file does not name
stay as they are; a duty file replaces the rota of each place that it names.

导入名册。有错误的行时一行也不导入，并逐行列出；--dry-run 只检查，--only-good 跳过错误的行。`,
		Args: exactArgs(1, "name the folder that holds lamps.csv, people.csv, duty.csv"),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := registry.OpenFolder(os.DirFS(args[0]))
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			for _, f := range files {
				data, err := io.ReadAll(f.Data)
				if err != nil {
					return err
				}
				request.Files = append(request.Files, app.ImportFile{Name: f.Name, Data: data})
			}
			report, err := throughSocket(cmd.Context(), s, "import", request, app.ImportInto)
			if err != nil {
				return err
			}
			return printReport(cmd, report, request)
		},
	}
	s.addFlags(cmd)
	cmd.Flags().BoolVar(&request.DryRun, "dry-run", false, "check and count, import nothing")
	cmd.Flags().BoolVar(&request.OnlyGood, "only-good", false, "leave bad lines out and import the others")
	return cmd
}

func printReport(cmd *cobra.Command, report registry.Report, request app.ImportRequest) error {
	for _, bad := range report.Bad {
		fmt.Fprintln(cmd.ErrOrStderr(), bad.Error())
	}
	for _, f := range report.Files {
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %d new, %d changed, %d same", f.File, f.New, f.Changed, f.Same)
		if f.Removed > 0 {
			fmt.Fprintf(cmd.OutOrStdout(), ", %d removed", f.Removed)
		}
		fmt.Fprintln(cmd.OutOrStdout())
	}
	switch {
	case request.DryRun && len(report.Bad) == 0:
		fmt.Fprintln(cmd.OutOrStdout(), "nothing imported: this was a dry run 仅检查，未导入")
	case len(report.Bad) > 0 && !report.Imported:
		return fmt.Errorf("%d bad lines, nothing imported 有 %d 行错误，未导入: mend them, or use --only-good", len(report.Bad), len(report.Bad))
	}
	return nil
}

// throughSocket asks the running process, or where none runs does the work here
// while holding the data folder.
func throughSocket[Q, R any](ctx context.Context, s *settings, name string, query Q, here func(context.Context, *registry.DB, Q) (R, error)) (R, error) {
	var none R
	cfg, err := s.load()
	if err != nil {
		return none, err
	}
	result, err := app.Ask[R](ctx, cfg.DataDir, name, query)
	if !errors.Is(err, app.ErrNotRunning) || here == nil {
		return result, err
	}
	folder, err := app.OpenFolder(cfg.DataDir)
	if err != nil {
		return none, err
	}
	defer folder.Release() //nolint:errcheck // the lock goes with the process
	db, err := registry.Open(ctx, folder.Sub("registry.db"), registry.InZone(cfg.Location()))
	if err != nil {
		return none, err
	}
	defer db.Close() // every change is committed
	return here(ctx, db, query)
}

// exactArgs is cobra.ExactArgs with a sentence that helps.
func exactArgs(n int, hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return misuseError{fmt.Errorf("%s wants %d argument, got %d: %s", cmd.CommandPath(), n, len(args), hint)}
		}
		return nil
	}
}
