// Command yingguang is the fleet monitor for solar street lights: one binary
// with a verb for each job. `yingguang run` is the system itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // nights need Asia/Shanghai on machines without zone files

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program; its result is the exit code: 0 done, 1 failed, 2 misused.
func run(args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(environ)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "yingguang: %v\n", err)
	var misuse misuseError
	if errors.As(err, &misuse) {
		return 2
	}
	return 1
}

// misuseError is an error in the words of the command, not in what it does.
type misuseError struct{ error }

func newRoot(environ []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "yingguang",
		Short: "萤光: watches solar street lights and tells the right person 太阳能路灯监测",
		Long: `萤光 Yingguang watches a town's solar street lights: it takes their MQTT telemetry,
keeps it in InfluxDB, finds what is wrong and tells the volunteers of the place.

萤光接收路灯的 MQTT 遥测，存入 InfluxDB，诊断故障并通知负责的志愿者。

  yingguang run        the whole system; without settings, the demo 运行（默认为演示）`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return misuseError{fmt.Errorf("%w\nsee `%s --help`", err, cmd.CommandPath())}
	})
	s := &settings{environ: environ}
	root.AddCommand(
		newRun(s), newIngest(s), newCheck(s), newSimulate(s), newLoad(s),
		newBacktest(s), newScore(), newRules(s),
		newImport(s), newExport(s), newLedger(s), newRejected(s), newLogin(s),
		newProfile(s), newLamp(s), newGateway(s),
		newVersion(),
	)
	return root
}
