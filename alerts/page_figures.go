package alerts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// figures writes a fault's figures as a table: those of the catalogue, and under each the town's own.
func (e *Entry) figures(b *strings.Builder, own []Override) {
	fmt.Fprint(b, "\n| 阈值 threshold | 值 value | 单位 unit | 依据 source |\n|---|---|---|---|\n")
	all := append([]Threshold{
		{fireName, e.Fire.Minutes(), "min", "our choice: it must hold so long, so that a passing reading is none"},
		{clearName, e.Clear.Minutes(), "min", "our choice: it must be well so long, so that it does not come and go"},
	}, e.Limits...)
	for i := range all {
		t := &all[i]
		unit, source := t.Words(e.Fault)
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", t.Name, short(t.Value), unit.both(), source.both())
		for _, o := range e.own(t.Name, own) {
			fmt.Fprintf(b, "| ↳ %s | **%s**（原 shipped %s） | %s | 本镇的设置 the town's own, alerts.rules |\n", o.where().both(), short(o.Value), short(t.Value), unit.both())
		}
	}
}

// own gives what the settings say of one figure, the widest first; of two for the same lamps the later holds.
func (e *Entry) own(name string, all []Override) []Override {
	var out []Override
	for _, o := range all {
		if o.Fault != e.Fault || o.Name != name {
			continue
		}
		out = slices.DeleteFunc(out, func(p Override) bool { return p.Village == o.Village && p.Profile == o.Profile })
		out = append(out, o)
	}
	slices.SortStableFunc(out, func(a, b Override) int { return a.weight() - b.weight() })
	return out
}

// where says in words for which lamps an override holds.
func (o *Override) where() Words {
	switch village, profile := string(o.Village), o.Profile; {
	case village != "" && profile != "":
		return Words{village + "接 " + profile + " 的灯", profile + " lamps of " + village}
	case village != "":
		return Words{village + "的灯", "lamps of " + village}
	case profile != "":
		return Words{"接 " + profile + " 的灯", profile + " lamps"}
	}
	return Words{"全镇", "the whole town"}
}

// both gives a text in both languages, Chinese first; once where they are the same.
func (w Words) both() string {
	if w.ZH == w.EN {
		return w.ZH
	}
	return w.ZH + " " + w.EN
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
