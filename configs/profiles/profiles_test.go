package profiles

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/device/profile"
)

var update = flag.Bool("update", false, "write the messages of testdata/bad anew")

// Every example of every shipped profile gives what it says.
func TestShippedExamples(t *testing.T) {
	list, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 10 {
		t.Fatalf("only %d profiles", len(list))
	}
	for _, p := range list {
		t.Run(p.Name, func(t *testing.T) {
			for _, e := range p.Examples {
				for _, bad := range p.Try(e) {
					t.Errorf("%s:%d: %s: %s", p.File, e.Line, e.Name, bad)
				}
			}
		})
	}
}

// An example that promises something else is found out, so that those above prove something.
func TestExamplesCanFail(t *testing.T) {
	list, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		for _, e := range p.Examples {
			for _, r := range e.Readings {
				r["battery_v"] += "1"
			}
			if len(e.Rejected) > 0 {
				e.Rejected = nil
			}
			if len(e.Readings)+len(e.Rejected) > 0 && len(p.Try(e)) == 0 {
				t.Errorf("%s:%d passes whatever it promises", p.File, e.Line)
			}
		}
	}
}

// No topic of a shipped profile is another's too, or one of wire format 1.
func TestShippedTopicsAreApart(t *testing.T) {
	list, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	owner := map[string]string{}
	for _, p := range list {
		for _, topic := range p.Topics {
			f := topic.Filter()
			if other := owner[f]; other != "" {
				t.Errorf("%s is a topic of %s and of %s", f, other, p.Name)
			}
			owner[f] = p.Name
			if strings.HasPrefix(f, "+") || strings.HasPrefix(f, "jiaping/") {
				t.Errorf("%s: %s takes in too much", p.Name, f)
			}
		}
	}
}

// One broken file per mistake that a person can make, each with the message it must give.
func TestBrokenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 15 {
		t.Fatalf("found %d broken files, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			_, err := ReadFile(name)
			var problems configs.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("ReadFile gave %v, want Problems", err)
			}
			got := problems.Error() + "\n"
			want := strings.TrimSuffix(name, ".yaml") + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			for _, p := range problems {
				if p.Line == 0 || p.File != name {
					t.Errorf("a problem without file and line: %+v", p)
				}
			}
		})
	}
}

// A town's folder stands above what is shipped; its small files extend shipped ones.
func TestTownsFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("victron-vedirect.yaml", `
title: {zh: 本镇, en: ours}
extends: renogy-bt
topics: ["ours/{lamp}"]
fields: {battery_v: {path: mv, unit: mV}, panel_v: }
examples: [{topic: ours/JP-0001, payload: '{"mv":12800,"pv_voltage":3,"load_power":1}', readings: [{lamp: JP-0001, battery_v: 12.8, load_w: 1}]}]
`)
	write("devices.csv", "\ufeffdevice,lamp\n70B3D57ED0000001, JP-0042\n")
	list, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Name != "victron-vedirect" || list[0].English != "ours" {
		t.Fatalf("first is %s %q", list[0].Name, list[0].English)
	}
	for _, e := range list[0].Examples {
		for _, bad := range list[0].Try(e) {
			t.Error(bad)
		}
	}
	lora := profile.NewSet(list, "jiaping", nil).Named("chirpstack-v4")
	e := lora.Examples[1] // has no tag that names the lamp
	e.Topic = strings.Replace(e.Topic, "70b3d57ed0000002", "70b3d57ed0000001", 1)
	e.Readings[0]["lamp"] = "JP-0042"
	for _, bad := range lora.Try(e) {
		t.Error(bad)
	}

	write("devices.csv", "device,lamp\na,JP 1\na,JP-0001\nb\n")
	var problems configs.Problems
	if _, err = Load(dir); !errors.As(err, &problems) || len(problems) != 2 || problems[0].Line != 2 || problems[1].Line != 4 {
		t.Errorf("a bad devices.csv gives %v", err)
	}
	if _, err = Load(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there gives %v", err)
	}
}

func FuzzProfile(f *testing.F) {
	entries, err := shipped.ReadDir(".")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		text, err := shipped.ReadFile(e.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	broken, _ := filepath.Glob("testdata/bad/*.yaml")
	for _, name := range broken {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		files := map[string]source{"x": {file: "x.yaml", text: text}}
		if err := gather(shipped, "", files); err != nil {
			t.Fatal(err)
		}
		p, err := (&resolver{files: files, done: map[string]*profile.Profile{}}).profile("x", nil)
		if err != nil {
			return
		}
		for _, e := range p.Examples {
			p.Try(e) // whatever it says, it says it without panic
		}
	})
}

// Whatever comes, every profile gives valid readings and reasons, and does not panic.
func FuzzDecode(f *testing.F) {
	list, err := Load("")
	if err != nil {
		f.Fatal(err)
	}
	for i, p := range list {
		for _, e := range p.Examples {
			f.Add(uint8(i), e.Payload)
			var tree any
			if json.Unmarshal(e.Payload, &tree) == nil {
				inCBOR, err := cbor.Marshal(tree)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(uint8(i), inCBOR)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		keepsPromises(t, list[int(which)%len(list)], data)
	})
}

func FuzzDevices(f *testing.F) {
	f.Add("device,lamp\n70b3d57ed0000001,JP-0042\n")
	f.Add("\"")
	f.Add("a,JP-0001\n\"b")
	f.Fuzz(func(t *testing.T, text string) {
		devices, err := parseDevices(strings.NewReader(text), "devices.csv")
		if err != nil && !strings.Contains(err.Error(), "devices.csv") {
			t.Errorf("the error does not name the file: %v", err)
		}
		for id, lamp := range devices {
			if id == "" || lamp == "" {
				t.Errorf("%q is %q", id, lamp)
			}
		}
	})
}
