package ruletest_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/alerts/ruletest"
)

func zone(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// scripts reads alerts/testdata.
func scripts(t *testing.T) []*ruletest.Script {
	t.Helper()
	names, err := filepath.Glob("../testdata/*.test")
	if err != nil || len(names) < 12 {
		t.Fatalf("found %d scripts, %v", len(names), err)
	}
	var out []*ruletest.Script
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ruletest.Parse(name, string(text), zone(t))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func TestRules(t *testing.T) {
	for _, s := range scripts(t) {
		t.Run(filepath.Base(s.Name), func(t *testing.T) {
			if err := s.Run(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A run that is killed and resumed at random minutes makes exactly the changes
// and nights of one that was not.
func TestKilledAndResumed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range scripts(t) {
		want := s.Play(nil)
		for run := range 3 {
			state := map[string][]byte{}
			kills := 0
			got := s.Play(func(e *alerts.Engine, changed map[string][]byte) *alerts.Engine {
				for key, value := range changed {
					if value == nil {
						delete(state, key)
					} else {
						state[key] = value
					}
				}
				if run > 0 && rng.IntN(30) > 0 {
					return e
				}
				kills++
				fresh := s.NewEngine()
				if err := fresh.Restore(state); err != nil {
					t.Fatal(err)
				}
				return fresh
			})
			if kills == 0 {
				t.Errorf("%s: never killed", s.Name)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("%s, killed %d times: %s", s.Name, kills, diff)
			}
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"lamp":                    "x:1: want lamp",
		"lamp JP-0001 colour=red": `x:1: a lamp has no "colour"`,
		"JP-0001 18:00-19:00 lit": "x:1: \"JP-0001\" before the first night",
		"night 2026-13-01":        "x:1: night",
		"night 2026-01-04\nJP-0001 18:00-19:00 lit":                       "x:2: lamp JP-0001 is not declared",
		"lamp A\nnight 2026-01-04\nA 18:00-19:00 brilliant":               "x:3: \"brilliant\"",
		"lamp A\nnight 2026-01-04\nA 25:00-19:00 lit":                     "x:3: time \"25:00\"",
		"lamp A\nnight 2026-01-04\nexpect 18:00 firing lamp_gone A":       "x:3: fault \"lamp_gone\"",
		"lamp A\nnight 2026-01-04\nexpect 18:00 gone lamp_dark A":         "x:3: state \"gone\"",
		"lamp A schedule=\"dusk+0h:100":                                   "x:1: a \" is not closed",
		"lamp A\nnight 2026-01-04\nA 18:00-19:00 lit battery_temp_c=200":  "x:3: battery_temp_c=200: want -40 to 90",
		"lamp A\nnight 2026-01-04\nnights 3\nA 18:00-19:00 lit":           "x:4: nights without its end",
		"lamp A\nnight 2026-01-04\nnights 900":                            "x:3: want nights 7",
		"lamp A interval=1s":                                              "x:1: \"1s\"",
		"lamp A\nnight 2026-01-04\n# nothing":                             "no reading",
		"lamp A-1..A-9\nnight 2026-01-04\nA-1..A-9999999 18:00-19:00 lit": "x:3:",
	} {
		_, err := ruletest.Parse("x", text, zone(t))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want %q", text, err, want)
		}
	}
}

// A script can fail: an alert that does not come and one that was not expected are both named.
func TestRunNamesDifferences(t *testing.T) {
	s, err := ruletest.Parse("x", `
lamp A schedule="dusk+0h:100 dawn:0"
night 2026-01-04
A 12:00-20:00 dark 13.2V
expect 18:00-18:10 firing lamp_dark A
expect night A lit=4h
`, zone(t))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Run()
	for _, want := range []string{"x:5: expected", "not expected: 2026-01-04 18:", "x:6: night 2026-01-04 of A"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run: %v, want %q in it", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob("../testdata/*.test")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	z := zone(f)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := ruletest.Parse("x", text, z); err != nil && !strings.HasPrefix(err.Error(), "x:") {
			t.Errorf("error without a line: %v", err)
		}
	})
}
