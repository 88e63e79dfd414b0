package registry

import (
	"fmt"
	"strings"
)

// LineError says what is wrong at one place of a file, and what to do about it.
type LineError struct {
	File    string // as it was given
	Line    int    // 1 is the header; 0 is the file as a whole
	Column  string // its name in the header; empty for the line as a whole
	Value   string // what stands there, shortened
	Reason  string // what is wrong
	Hint    string // what to do
	Chinese string // reason and hint in Chinese
}

// Error is the one line for a terminal: file:line: column "value": reason; hint (Chinese).
func (e LineError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Column != "" {
		b.WriteString(e.Column)
		if e.Value != "" {
			fmt.Fprintf(&b, " %q", e.Value)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Reason)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	if e.Chinese != "" {
		b.WriteString("（" + e.Chinese + "）")
	}
	return b.String()
}

// mistake is a LineError before it knows where it stands.
type mistake struct{ reason, hint, chinese string }

func wrong(reason, hint, chinese string) *mistake { return &mistake{reason, hint, chinese} }

func (m *mistake) at(file string, line int, column, value string) LineError {
	const most = 60
	if r := []rune(value); len(r) > most {
		value = string(r[:most]) + "…"
	}
	return LineError{file, line, column, value, m.reason, m.hint, m.chinese}
}
