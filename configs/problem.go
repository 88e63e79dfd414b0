package configs

import (
	"fmt"
	"strings"
)

// Problem is one mistake in the settings.
type Problem struct {
	File   string // or "environment", "flag --set"
	Line   int    // from 1; 0 where the setting is not from a file
	Column int    // from 1
	Width  int    // how much of the line is meant
	Source string // the line itself
	Key    string // dotted
	Text   string // what is wrong
	Hint   string // what to do
}

func (p Problem) String() string {
	var b strings.Builder
	switch {
	case p.Line > 0:
		fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	case p.File != "":
		fmt.Fprintf(&b, "%s: ", p.File)
	}
	if p.Key != "" {
		fmt.Fprintf(&b, "%s: ", p.Key)
	}
	b.WriteString(p.Text)
	if p.Source != "" {
		source, column := tabless(p.Source, p.Column)
		fmt.Fprintf(&b, "\n%6d | %s\n       | %s%s", p.Line, source,
			strings.Repeat(" ", max(column-1, 0)), strings.Repeat("^", max(p.Width, 1)))
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "\n  hint 提示: %s", p.Hint)
	}
	return b.String()
}

// tabless keeps the caret under its word whatever a tab's width.
func tabless(source string, column int) (string, int) {
	return strings.ReplaceAll(source, "\t", " "), column
}

// Problems is every mistake of one set of settings; it is the error of Load.
type Problems []Problem

func (ps Problems) Error() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.String()
	}
	return strings.Join(texts, "\n")
}

// nearest is the word of known that differs least from s, or empty if none is near.
func nearest(s string, known []string) string {
	best, at := "", 1+len(s)/3
	for _, k := range known {
		if d := distance(s, k); d <= at && (best == "" || d < distance(s, best)) {
			best = k
		}
	}
	return best
}

// distance is Levenshtein's, over bytes: keys are ASCII.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
