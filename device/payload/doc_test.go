package payload

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
)

// page is docs/wire-format.md, whose tables and examples must say what the code does.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/wire-format.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rows are the cells of the table that begins with the given header cell.
func rows(t *testing.T, page, header string) [][]string {
	t.Helper()
	_, table, ok := strings.Cut(page, "\n| "+header+" |")
	table, _, _ = strings.Cut(table, "\n\n")
	lines := strings.Split(table, "\n")
	if !ok || len(lines) < 3 {
		t.Fatalf("no table %q", header)
	}
	var out [][]string
	for _, line := range lines[2:] {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		out = append(out, cells)
	}
	return out
}

func TestPageHasTheFields(t *testing.T) {
	var want, got []string
	for _, s := range device.Fields {
		want = append(want, fmt.Sprintf("`%s` %s %v %s", s.Name, s.Range(), s.Measured, s.Series))
	}
	beside := map[string]bool{}
	for _, cells := range rows(t, page(t), "field") {
		if s := slotOf([]byte(strings.Trim(cells[0], "`"))); s >= slotLamp {
			beside[s.String()] = true
			continue
		}
		got = append(got, fmt.Sprintf("%s %s %v %s", cells[0], cells[1], cells[2] == "yes", cells[3]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-code +page):\n%s", diff)
	}
	for s := slotLamp; s < slotUnknown; s++ {
		if !beside[s.String()] {
			t.Errorf("the page has no row for %s", s)
		}
	}
}

func TestPageHasTheReasons(t *testing.T) {
	var want, got []string
	for _, r := range Reasons {
		want = append(want, "`"+string(r)+"`")
	}
	for _, cells := range rows(t, page(t), "reason") {
		got = append(got, cells[0])
	}
	want = append(want, "`too_large`", "`foreign_lamp`", "`series_refused`") // of other rooms
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons (-code +page):\n%s", diff)
	}
}

func TestPageHasTheLimits(t *testing.T) {
	text := strings.Join(strings.Fields(page(t)), " ")
	for _, want := range []string{
		fmt.Sprintf("up to %d readings", MaxReadings),
		fmt.Sprintf("deeper than %d levels within one field", MaxDepth),
		fmt.Sprintf("in CBOR beyond %d levels", maxCBORNesting),
		fmt.Sprintf("list of at most %d texts of at most %d bytes", device.MaxFaults, device.MaxFaultLen),
		fmt.Sprintf("text of at most %d bytes", device.MaxFirmware),
		fmt.Sprintf("more than %d minutes ahead", device.ClockAheadMs/60000),
		fmt.Sprintf("is 1 to %d of `A-Z", device.MaxCodeLen),
		"below 100,000,000,000 it is Unix seconds",
		"From 100,000,000,000,000 on",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if secondsBelow != 100_000_000_000 || millisBelow != 100_000_000_000_000 {
		t.Error("the page says other limits of ts")
	}
}

func TestPageExamples(t *testing.T) {
	lines := regexp.MustCompile(`(?m)^    .*mosquitto_pub.* -t (\S+) (.*)$`).FindAllStringSubmatch(page(t), -1)
	if len(lines) < 8 {
		t.Fatalf("%d examples found", len(lines))
	}
	var got []string
	var d Decoder
	for _, m := range lines {
		body := strings.TrimSuffix(strings.TrimPrefix(m[2], "-m '"), "'")
		if m[2] == "-s" {
			quoted := m[0][strings.Index(m[0], "'")+1 : strings.LastIndex(m[0], "'")]
			var err error
			if body, err = strconv.Unquote(`"` + quoted + `"`); err != nil {
				t.Fatal(err)
			}
		}
		first, _, _ := strings.Cut(outcome(&d, m[1], []byte(body)), "lamp=")
		got = append(got, strings.TrimSpace(first))
	}
	want := []string{
		"reading", "reading", "reading", "reading", "reading",
		"status lamp:JP-0001 online=true ts=2026-01-01T12:00:00Z", "status lamp:JP-0001 online=false ts=none",
		"reject out_of_range",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("examples (-want +got):\n%s", diff)
	}
}
