package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// result is the line that a program reads. Messages are counted by lamp and seq.
type result struct {
	Acked           int    `json:"acked"`            // got their PUBACK
	Stored          int    `json:"stored"`           // are in InfluxDB; more than acked where a PUBACK was cut off
	DuplicatePoints int    `json:"duplicate_points"` // are there more than once
	Rejected        int    `json:"rejected"`         // are in the rejected stream
	Lost            int    `json:"lost"`             // got their PUBACK and are in neither, by our doing
	Kills           int    `json:"kills"`
	LostByBroker    int    `json:"lost_by_mosquitto"` // got mosquitto's PUBACK; mosquitto never got ours, and has them no longer
	Control         int    `json:"control_missed"`    // of the acked, how many a session that only acknowledges missed
	Cuts            int    `json:"cuts"`
	Freezes         int    `json:"freezes"`
	FullDisks       int    `json:"full_disks"`
	ClockJumps      int    `json:"clock_jumps"`
	Exits           int    `json:"exits"`   // ends of our process that nobody asked for, and after which it was started again
	Crashes         int    `json:"crashes"` // of these, by a panic or a signal: none is right
	Sent            int    `json:"sent_again"`
	Duplicates      int    `json:"duplicates_removed"` // the ledger's count
	Wrong           string `json:"wrong,omitempty"`    // what the ledger and InfluxDB do not agree about
	Seed            uint64 `json:"seed"`
	Broker          string `json:"broker,omitempty"`
}

func (r *result) bad() bool {
	return r.Lost > 0 || r.Wrong != "" || r.DuplicatePoints > 0 || r.Acked == 0 || r.Crashes > 0
}

func sum(rounds []result, o options) result {
	t := result{Seed: o.seed}
	for _, r := range rounds {
		t.Acked += r.Acked
		t.Stored += r.Stored
		t.DuplicatePoints += r.DuplicatePoints
		t.Rejected += r.Rejected
		t.Lost += r.Lost
		t.Kills += r.Kills
		t.LostByBroker += r.LostByBroker
		t.Control += r.Control
		t.Cuts += r.Cuts
		t.Freezes += r.Freezes
		t.FullDisks += r.FullDisks
		t.ClockJumps += r.ClockJumps
		t.Exits += r.Exits
		t.Crashes += r.Crashes
		t.Sent += r.Sent
		t.Duplicates += r.Duplicates
		if r.Wrong != "" {
			t.Wrong = r.Broker + ": " + r.Wrong
		}
	}
	return t
}

// Marks in the page between which the report stands.
const (
	reportBegin = "<!-- chaos: written by make chaos CHAOS_REPORT=docs/ingest.md -->\n"
	reportEnd   = "<!-- /chaos -->"
)

// report prints the table, or writes it into the page.
func report(o options, rounds []result, total result, took time.Duration) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of trouble at %d messages/s offered, seed %d; %s with everything at rest again. %d CPUs, %s, %s, InfluxDB 1.8.10, %s.\n\n",
		o.lasts, o.rate, o.seed, took.Round(time.Second), runtime.NumCPU(), runtime.GOOS+"/"+runtime.GOARCH, runtime.Version(), mosquittoVersion())
	b.WriteString("| |")
	for _, r := range rounds {
		fmt.Fprintf(&b, " %s |", r.Broker)
	}
	b.WriteString(" together |\n|---|" + strings.Repeat("---:|", len(rounds)+1) + "\n")
	row := func(name string, of func(result) int) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, r := range append(rounds, total) {
			fmt.Fprintf(&b, " %d |", of(r))
		}
		b.WriteByte('\n')
	}
	row("messages that got their PUBACK", func(r result) int { return r.Acked })
	row("messages sent again", func(r result) int { return r.Sent })
	row("in InfluxDB", func(r result) int { return r.Stored })
	row("in InfluxDB more than once", func(r result) int { return r.DuplicatePoints })
	row("in the rejected stream", func(r result) int { return r.Rejected })
	row("**lost**", func(r result) int { return r.Lost })
	row("lost by mosquitto before we had them", func(r result) int { return r.LostByBroker })
	row("copies removed", func(r result) int { return r.Duplicates })
	row("kill -9", func(r result) int { return r.Kills })
	row("connections cut", func(r result) int { return r.Cuts })
	row("processes frozen", func(r result) int { return r.Freezes })
	row("disk full", func(r result) int { return r.FullDisks })
	row("clock jumps", func(r result) int { return r.ClockJumps })
	row("ended by itself", func(r result) int { return r.Exits })
	row("of these by a panic", func(r result) int { return r.Crashes })
	if o.report == "" {
		fmt.Printf("%s\n", b.String())
		return nil
	}
	page, err := os.ReadFile(o.report)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(page), reportBegin)
	_, tail, ok2 := strings.Cut(rest, reportEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s: no place for the report: it wants the lines %q and %q", o.report, reportBegin, reportEnd)
	}
	return os.WriteFile(o.report, []byte(head+reportBegin+"\n"+b.String()+"\n"+reportEnd+tail), 0o644)
}

func mosquittoVersion() string {
	out, _ := exec.Command(mosquittoPath(), "-h").Output()
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
