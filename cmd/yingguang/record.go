package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/simulator"
)

// recordFlags are those of `yingguang simulate --out`.
type recordFlags struct {
	out, truth, plan, from, off string
	days                        float64
	perfect, offKept            bool
	cores                       int
}

func (r *recordFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&r.out, "out", "", "write a recording for `yingguang backtest` to this file (.gz is compressed, - is the terminal) 写成回放文件")
	fl.StringVar(&r.truth, "truth", "", "with --out: write the truth about the faults here, CSV 写出真实故障")
	fl.StringVar(&r.plan, "plan", "", "with --out: faults, a file with one a line as for --fault, or drawn: summer, winter, mixed, rain 故障计划")
	fl.StringVar(&r.from, "from", "", "with --out: first day, such as 2026-07-05; empty is the plan's season 起始日期")
	fl.Float64Var(&r.days, "days", 30, "with --out: how many days 天数")
	fl.BoolVar(&r.perfect, "perfect-radio", false, "with --out: nothing is lost, late or repeated 信号不丢不迟不重")
	fl.StringVar(&r.off, "off", "", "with --out: our own service is off each day, such as 18:00-08:30 服务每日停机")
	fl.BoolVar(&r.offKept, "off-kept", false, "with --off: the broker keeps what comes 停机时由 broker 保留")
	fl.IntVar(&r.cores, "cores", 0, "with --out: how many cores; 0 is all 使用核数")
}

// record writes a recording and its truth.
func (r *recordFlags) record(cmd *cobra.Command, f *simulateFlags) error {
	lamps, err := readLamps(f.lamps)
	if err != nil {
		return err
	}
	rec := simulator.Recording{
		Lamps: lamps, Prefix: f.prefix, Location: shanghai(), Seed: f.seed, Interval: f.interval,
		Perfect: r.perfect, Cores: r.cores, Span: time.Duration(r.days * float64(24*time.Hour)).Truncate(time.Minute),
	}
	if rec.Faults, err = app.Faults(f.faults); err != nil {
		return misuseError{err}
	}
	if err := r.read(&rec, lamps); err != nil {
		return misuseError{err}
	}
	out := &screen{out: cmd.ErrOrStderr()}
	began, told := time.Now(), 0.0 //nolint:forbidigo // how long it took, for the terminal
	rec.Progress = func(done float64) {
		if done >= told+0.1 {
			told = done
			out.progress("%.0f %%", 100*done)
		}
	}
	var result simulator.Recorded
	err = writeFile(r.out, cmd.OutOrStdout(), func(w io.Writer) error {
		result, err = rec.Write(cmd.Context(), w)
		return err
	})
	if err != nil {
		return err
	}
	if r.truth != "" {
		err := writeFile(r.truth, cmd.OutOrStdout(), func(w io.Writer) error {
			return simulator.WriteTruth(w, result.Truth, rec.Location)
		})
		if err != nil {
			return err
		}
	}
	must := 0
	for _, l := range result.Truth {
		if !l.Optional {
			must++
		}
	}
	out.progress("%d readings in %d messages; truth: %d labels that must be found, %d that may; %.1f s",
		result.Readings, result.Messages, must, len(result.Truth)-must, time.Since(began).Seconds()) //nolint:forbidigo // see above
	return nil
}

// read takes plan, beginning and times off.
func (r *recordFlags) read(rec *simulator.Recording, lamps []device.Lamp) error {
	if r.days <= 0 || r.days > 3700 {
		return fmt.Errorf("--days %v: want more than 0 and at most ten years", r.days)
	}
	mix, err := simulator.ParseMix(r.plan)
	switch {
	case r.plan == "":
	case err == nil:
		rec.Faults = append(rec.Faults, simulator.DrawPlan(rec.Seed, lamps, rec.Span, mix)...)
	default:
		text, failed := os.ReadFile(r.plan)
		if failed != nil {
			return fmt.Errorf("--plan: %w: give a file with one fault a line, or one of %v", failed, simulator.Mixes)
		}
		plan, failed := simulator.ReadPlan(string(text))
		if failed != nil {
			return fmt.Errorf("--plan %s: %w", r.plan, failed)
		}
		rec.Faults = append(rec.Faults, plan...)
	}
	rec.From = simulator.Mix(r.plan).Begins(2026, rec.Location)
	if r.from != "" {
		if rec.From, err = time.ParseInLocation(time.DateOnly, r.from, rec.Location); err != nil {
			if rec.From, err = time.Parse(time.RFC3339, r.from); err != nil {
				return fmt.Errorf("--from %q: write it like 2026-07-05 or 2026-07-05T12:00:00+08:00", r.from)
			}
		}
	}
	rec.Off, err = parseOff(r.off)
	rec.Off.Kept = r.offKept
	return err
}

// parseOff reads 18:00-08:30.
func parseOff(s string) (simulator.Off, error) {
	if s == "" {
		return simulator.Off{}, nil
	}
	from, until, ok := strings.Cut(s, "-")
	a, err1 := time.Parse("15:04", from)
	b, err2 := time.Parse("15:04", until)
	if !ok || err1 != nil || err2 != nil || a.Equal(b) {
		return simulator.Off{}, fmt.Errorf("--off %q: write it like 18:00-08:30", s)
	}
	clock := func(t time.Time) time.Duration {
		return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	return simulator.Off{From: clock(a), Until: clock(b)}, nil
}

// writeFile writes a file by do: compressed where its name ends in .gz, and to
// the terminal where it is -.
func writeFile(name string, terminal io.Writer, do func(io.Writer) error) error {
	if name == "-" {
		return do(terminal)
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(file, 1<<20)
	if strings.HasSuffix(name, ".gz") {
		packed := newPacker(buffer)
		err = errors.Join(do(packed), packed.Close())
	} else {
		err = do(buffer)
	}
	return errors.Join(err, buffer.Flush(), file.Close())
}

// recordOnly lists the flags that need --out.
var recordOnly = []string{"truth", "plan", "from", "days", "perfect-radio", "off", "off-kept", "cores"}

// check refuses flags that do not belong together.
func (r *recordFlags) check(cmd *cobra.Command) error {
	var wrong []string
	for _, name := range recordOnly {
		if r.out == "" && cmd.Flags().Changed(name) {
			wrong = append(wrong, "--"+name)
		}
	}
	for _, name := range []string{"broker", "speed", "start", "backfill", "for"} {
		if r.out != "" && cmd.Flags().Changed(name) {
			wrong = append(wrong, "--"+name)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	if r.out == "" {
		return misuseError{fmt.Errorf("%s: only together with --out", strings.Join(wrong, ", "))}
	}
	return misuseError{fmt.Errorf("%s: not together with --out, which publishes nothing", strings.Join(wrong, ", "))}
}
