package payload

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
)

var update = flag.Bool("update", false, "write what the decoder gives into the golden files")

// received is when every message of the golden files came.
const received = device.Millis(1767225900000) // 2026-01-01T00:05:00Z

// A golden file holds cases: a topic, a payload over one or more lines ("hex" and
// its digits for bytes that are no text), a line ----, and what is expected, up
// to a line ====. Lines of the payload that begin with # are remarks.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) == 0 {
		t.Fatalf("golden files: %v, %v", files, err)
	}
	var d Decoder // one for all: nothing of one message may be left in the next
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".golden"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cases := strings.Split(strings.TrimSuffix(string(text), "====\n"), "====\n")
			for i, c := range cases {
				input, want, ok := strings.Cut(c, "----\n")
				topic, body, _ := strings.Cut(input, "\n")
				if !ok {
					t.Fatalf("case %d has no line ----:\n%s", i+1, c)
				}
				got := outcome(&d, topic, golden(t, body))
				if *update {
					cases[i] = input + "----\n" + got
				} else if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
					t.Errorf("%s\n(-want +got):\n%s", input, diff)
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(strings.Join(cases, "====\n")+"====\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func golden(t *testing.T, body string) []byte {
	t.Helper()
	var lines []string
	for line := range strings.Lines(body) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	body = strings.TrimSuffix(strings.Join(lines, ""), "\n")
	digits, isHex := strings.CutPrefix(body, "hex ")
	if !isHex {
		return []byte(body)
	}
	payload, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return payload
}

// outcome says in lines what became of one message.
func outcome(d *Decoder, name string, payload []byte) string {
	var out strings.Builder
	reject := func(err error) {
		var r *Reject
		if !errors.As(err, &r) {
			panic(err)
		}
		fmt.Fprintf(&out, "reject %s lamp=%s readings=%d\n\t%s\n", r.Reason, r.Lamp, r.Readings, r.Text)
		if r.Item != nil && len(r.Item) <= 100 {
			fmt.Fprintf(&out, "\titem %q\n", r.Item)
		}
	}
	topic, err := ParseTopic("jiaping", name)
	if err != nil {
		reject(err)
		return out.String()
	}
	if topic.Part == Status {
		s, err := d.Status(topic, payload, received)
		if err != nil {
			reject(err)
		} else {
			fmt.Fprintf(&out, "status %s online=%v ts=%s\n", s.Subject, s.Online, show(s.TS))
		}
		return out.String()
	}
	var b Batch
	d.Telemetry(topic, payload, received, &b)
	for i := range b.Readings {
		out.WriteString(describe(&b.Readings[i]))
	}
	for i := range b.Rejects {
		reject(&b.Rejects[i])
	}
	if b.Unknown > 0 {
		fmt.Fprintf(&out, "unknown beside readings: %d\n", b.Unknown)
	}
	return out.String()
}

func describe(r *device.Reading) string {
	clock := [...]string{"ok", "ahead", "ancient", "steady", "none"}[r.Clock]
	s := fmt.Sprintf("reading lamp=%s gateway=%s ts=%s sent=%s clock=%s\n\t", r.Lamp, r.Gateway, show(r.TS), show(r.SentTS), clock)
	if r.HasSeq {
		s += fmt.Sprintf("boot=%d seq=%d ", r.Boot, r.Seq)
	}
	for f := range device.NumFields {
		if v, ok := r.Get(f); ok {
			s += fmt.Sprintf("%s=%v ", f, v)
		}
	}
	return s + fmt.Sprintf("fw=%q faults=%q unknown=%d\n", r.Firmware, r.Faults, r.Unknown)
}

func show(m device.Millis) string {
	if m == 0 {
		return "none"
	}
	return m.Time().Format(time.RFC3339Nano)
}
