package score

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Write prints the table by fault, and the sums.
func (r *Report) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "fault\tlabels\tfound\tmissed\talerts\tfalse\tprecision\trecall\tmedian delay\t95 %\tlimit\t")
	for i := range r.Faults {
		l := &r.Faults[i]
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%.3f\t%.3f\t%s\t%s\t%s\t\n", l.Fault, l.Labels, l.Found, l.Missed(), l.Alerts, l.False,
			l.Precision(), l.Recall(), Short(l.Delay(0.5)), Short(l.Delay(0.95)), Short(l.Limit))
	}
	l := &r.Total
	fmt.Fprintf(t, "all\t%d\t%d\t%d\t%d\t%d\t%.3f\t%.3f\t\t\t\t\n", l.Labels, l.Found, l.Missed(), l.Alerts, l.False, l.Precision(), l.Recall())
	return t.Flush()
}

// WriteList names each label that was missed and each false alert, in order of time.
func (r *Report) WriteList(w io.Writer, zone *time.Location) {
	at := func(t device.Millis) string { return t.Time().In(zone).Format("2006-01-02 15:04") }
	missed := slices.SortedFunc(slices.Values(r.Missed), func(a, b Miss) int { return cmp.Compare(a.Start, b.Start) })
	for _, m := range missed {
		end := "…"
		if m.End != 0 {
			end = at(m.End)
		}
		fmt.Fprintf(w, "missed  %s  %-18s %s, to %s", at(m.Start), m.Fault, m.Subject, end)
		for _, a := range m.Instead {
			fmt.Fprintf(w, "; said %s %s", a.Fault, at(a.At))
		}
		fmt.Fprintln(w)
	}
	for _, a := range slices.SortedFunc(slices.Values(r.False), func(a, b Alert) int { return cmp.Compare(a.At, b.At) }) {
		end := ""
		if a.End != 0 {
			end = ", to " + at(a.End)
		}
		fmt.Fprintf(w, "false   %s  %-18s %s%s\n", at(a.At), a.Fault, a.Subject, end)
	}
}

// JSON is the outcome in one line.
func (r *Report) JSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"precision": Round(r.Total.Precision()), "recall": Round(r.Total.Recall()),
		"false": r.Total.False, "missed": r.Total.Missed(), "labels": r.Total.Labels,
	})
}

// Round rounds a share to four places.
func Round(v float64) float64 { return float64(int(v*1e4+0.5)) / 1e4 }

// Short writes a duration as people read it: 12m, 3.5h, 2.1d.
func Short(d time.Duration) string {
	switch {
	case d < 100*time.Minute:
		return fmt.Sprintf("%.0fm", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1fh", d.Hours())
	}
	return fmt.Sprintf("%.1fd", d.Hours()/24)
}
