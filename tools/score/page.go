package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/score"
)

// The figures and the catalogue stand between these lines of the page; what people
// wrote around them stays.
const (
	pageBegins = "<!-- make score writes from here -->"
	pageEnds   = "<!-- to here -->"
)

// writePage puts the figures and the catalogue into the page.
func writePage(name string, s *sum, o options) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), pageBegins)
	_, after, ok2 := strings.Cut(rest, pageEnds)
	if !ok || !ok2 {
		return fmt.Errorf("%s: there is no %q followed by %q", name, pageBegins, pageEnds)
	}
	var b bytes.Buffer
	b.WriteString(before + pageBegins + "\n\n")
	s.figures(&b, o)
	fmt.Fprint(&b, "## 规则 The rules\n\n")
	if err := alerts.WritePage(&b, alerts.Catalogue(), nil); err != nil {
		return err
	}
	b.WriteString(pageEnds + after)
	return os.WriteFile(name, b.Bytes(), 0o644)
}

// figures writes the tables.
func (s *sum) figures(b *bytes.Buffer, o options) {
	t := &s.report.Total
	fmt.Fprintf(b, "## 结果 Figures\n\n%d town-months of %d lamps and %d days, seeds from %d: precision %.3f, recall %.3f.\n", len(s.months), o.lamps, o.days,
		s.months[0].seed, t.Precision(), t.Recall())
	fmt.Fprintf(b, "%.2f tickets per volunteer and week (%d volunteers); %d false tickets in %d months of rain without a fault.\n\n", s.weekly, volunteers, s.rainTickets, s.rainMonths)
	fmt.Fprint(b, "| fault | labelled | found | missed | false | precision | recall | median delay | 95 % | limit |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for i := range s.report.Faults {
		l := &s.report.Faults[i]
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %.3f | %.3f | %s | %s | %s |\n", l.Fault, l.Labels, l.Found, l.Missed(), l.False,
			l.Precision(), l.Recall(), score.Short(l.Delay(0.5)), score.Short(l.Delay(0.95)), score.Short(l.Limit))
	}
	fmt.Fprintf(b, "| all | %d | %d | %d | %d | %.3f | %.3f | | | |\n\n", t.Labels, t.Found, t.Missed(), t.False, t.Precision(), t.Recall())
	if len(s.report.Confused) > 0 {
		fmt.Fprint(b, "| was | was said | times |\n|---|---|---|\n")
		for _, c := range s.confusions() {
			fmt.Fprintf(b, "| %s | %s | %d |\n", orNothing(c.Was), orNothing(c.Said), s.report.Confused[c])
		}
		b.WriteByte('\n')
	}
	fmt.Fprint(b, "| month | seed | readings | labelled | missed | false |\n|---|---|---|---|---|---|\n")
	for _, m := range s.months {
		l := &m.report.Total
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d |\n", m.mix, m.seed, m.readings, l.Labels, l.Missed(), l.False)
	}
	b.WriteByte('\n')
}
