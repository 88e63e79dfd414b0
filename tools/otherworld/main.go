// Otherworld is a second town of lamps, made by other physics than the simulator's, other
// makers' controllers and with fields missing at random. The rules were not written with it in
// view: how well they judge it says how well they might judge a real town.
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "otherworld:", err)
		os.Exit(1)
	}
}

func run() error {
	out := flag.String("out", "", "folder for lamps.csv, readings.ndjson.gz and truth.csv of one month")
	seed := flag.Uint64("seed", 1, "same seed, same month")
	at := flag.Int("month", 1, "month of the year")
	lamps := flag.Int("lamps", 200, "how many lamps")
	days := flag.Int("days", 30, "how long")
	rain := flag.Bool("rain", false, "dull without end, and nothing broken")
	judged := flag.Bool("score", false, "make months, let the rules judge them, and write docs/second-town.md")
	tune := flag.Bool("tune", false, "with -score: months that rules may be tuned on, and no page")
	list := flag.Bool("v", false, "with -score: name each missed label and each false alert")
	n := flag.Int("months", 8, "with -score: how many months")
	only := flag.String("only", "", "with -score: one month alone, such as jan-1 or rain")
	var harder trial
	harder.flags()
	flag.Parse()
	if *judged {
		return scoreAll(context.Background(), *tune, *list, !*tune && *only == "" && *n == 8 && harder == (trial{}), *n, *only, harder)
	}
	if *out == "" {
		return errors.New("-out: name a folder, or -score")
	}
	began := time.Now()
	m := month{*seed, time.Date(2025, time.Month(*at), 1, 12, 0, 0, 0, zone), *days, *lamps, *rain, harder}
	r := m.live()
	fmt.Fprintf(os.Stderr, "%d lamps, %d messages, %d labels in %.1f s\n", len(r.lamps), len(r.messages), len(r.labels), time.Since(began).Seconds())
	return r.write(*out, m)
}

// write puts the three files of a recording into a folder.
func (r *recording) write(dir string, m month) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := toFile(filepath.Join(dir, "lamps.csv"), func(w *bufio.Writer) error { return writeLamps(w, r.lamps) }); err != nil {
		return err
	}
	if err := toFile(filepath.Join(dir, "truth.csv"), func(w *bufio.Writer) error {
		fmt.Fprintln(w, "subject,fault,start,end,optional")
		for _, l := range r.labels {
			fmt.Fprintln(w, l)
		}
		return nil
	}); err != nil {
		return err
	}
	return toFile(filepath.Join(dir, "readings.ndjson.gz"), func(w *bufio.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return err
		}
		b := bufio.NewWriterSize(z, 1<<18)
		r.lines(b, m)
		if err := b.Flush(); err != nil {
			return err
		}
		return z.Close()
	})
}

// lines writes the messages with an observing mark each minute that somebody listened.
func (r *recording) lines(w *bufio.Writer, m month) {
	mark := m.from
	for _, one := range r.messages {
		for ; !mark.After(one.received); mark = mark.Add(time.Minute) {
			if !r.off.has(mark) {
				fmt.Fprintf(w, "{\"observing\":%q}\n", mark.Format(time.RFC3339))
			}
		}
		fmt.Fprintf(w, "{\"topic\":%q,\"received\":%q,\"payload\":%s}\n", one.topic, one.received.Format(time.RFC3339Nano), one.payload)
	}
}

func toFile(name string, write func(*bufio.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<18)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
