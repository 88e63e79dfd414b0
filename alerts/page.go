package alerts

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// WritePage writes the entries as a page of Markdown in both languages, that reads
// well in a terminal too. Under a figure that a town has set otherwise stands its own, and for whom.
func WritePage(w io.Writer, entries []Entry, own []Override) error {
	var b strings.Builder
	for i := range entries {
		entries[i].page(&b, own)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (e *Entry) page(b *strings.Builder, own []Override) {
	fmt.Fprintf(b, "### %s %s · %s\n\n", e.Fault, e.Title.ZH, e.Title.EN)
	both := func(label Words, text Words) {
		fmt.Fprintf(b, "- %s %s: %s %s\n", label.ZH, label.EN, text.ZH, text.EN)
	}
	both(Words{"居民", "villager"}, e.Villager)
	both(Words{"志愿者", "volunteer"}, e.Volunteer)
	both(Words{"带上", "bring"}, e.Bring)
	both(Words{"先看", "check"}, e.Check)
	both(Words{"缓急", "severity"}, e.Severity.words())
	fmt.Fprintf(b, "- 对象 on: %s\n", strings.Join(e.Kinds, ", "))
	fmt.Fprintf(b, "- 时间 time: fires after 持续 %s, ends after 恢复 %s; to be found within 应在 %s\n", length(e.Fire), length(e.Clear), length(e.Limit))
	if len(e.DependsOn) > 0 {
		fmt.Fprintf(b, "- 以下故障时不另报 not raised under: %s\n", codeList(e.DependsOn))
	}
	if len(e.Explains) > 0 {
		fmt.Fprintf(b, "- 会引起 brings about: %s\n", codeList(e.Explains))
	}
	if len(e.Limits) > 0 {
		e.figures(b, own)
	}
	b.WriteByte('\n')
}

func codeList(faults []device.Fault) string {
	words := make([]string, len(faults))
	for i, f := range faults {
		words[i] = string(f)
	}
	return strings.Join(words, ", ")
}

func length(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}

func (s Severity) words() Words {
	switch s {
	case Hazard:
		return Words{"立即（可能伤人或被盗）", "now: people could be hurt, or something is being stolen"}
	case Urgent:
		return Words{"今晚", "tonight"}
	case Major:
		return Words{"几天内", "within days"}
	}
	return Words{"顺路时", "at the next visit"}
}
