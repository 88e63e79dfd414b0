package simulator

import (
	"os"
	"strings"
	"testing"
)

// docs/simulator.md names every fault with all its causes.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for row := range strings.Lines(string(text)) {
		if cells := strings.Split(row, "|"); len(cells) > 3 {
			rows[strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[2])
		}
	}
	for _, f := range Injectable {
		var want []string
		for _, c := range Causes(f) {
			want = append(want, "`"+c+"`")
		}
		if have, known := rows["`"+string(f)+"`"]; !known || have != strings.Join(want, ", ") {
			t.Errorf("the page says of %s: %q, want %q", f, have, strings.Join(want, ", "))
		}
	}
}
