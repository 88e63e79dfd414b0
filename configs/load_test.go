package configs

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the messages of testdata/bad anew")

// One broken file per mistake that a person can make, each with the message it must give.
func TestBrokenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 15 {
		t.Fatalf("found %d broken files, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			_, err := Load(Source{File: name})
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("Load gave %v, want Problems", err)
			}
			got := problems.Error() + "\n"
			if strings.Contains(got, "hunter2") {
				t.Errorf("the message carries the secret:\n%s", got)
			}
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
		})
	}
}

func TestDefaultsLoad(t *testing.T) {
	c, err := Load(Source{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Web.Listen != "127.0.0.1:8080" || c.Journal.MaxBytes != 8<<30 || c.Location().String() != "Asia/Shanghai" {
		t.Errorf("defaults came out as %+v", c)
	}
}

// Flags stand above the environment, it above the file, that above the defaults.
func TestPrecedence(t *testing.T) {
	path := filepath.Join(t.TempDir(), "town.yaml")
	text := "data_dir: /from/file\nmqtt: {prefix: fromfile}\ningest: {observing: 30s}\n" +
		"notify: {channels: {email: 'smtp://file', wecom: 'wecom://file'}}\nsimulator: {faults: [lamp_dark@JP-0001+2h]}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Source{
		File:    path,
		Environ: []string{"YINGGUANG_DATA_DIR=/from/env", "YINGGUANG_MQTT_PREFIX=fromenv", "YINGGUANG_NOTIFY_CHANNELS_EMAIL=smtp://env", "HOME=/x"},
		Set:     map[string]string{"mqtt.prefix": "fromflag", "journal.max_bytes": "2GiB"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.DataDir != "/from/env" || c.MQTT.Prefix != "fromflag" || c.Ingest.Observing != 30*time.Second || c.Journal.MaxBytes != 2<<30 {
		t.Errorf("got data_dir %s, prefix %s, observing %v, max %v", c.DataDir, c.MQTT.Prefix, c.Ingest.Observing, c.Journal.MaxBytes)
	}
	if diff := cmp.Diff(map[string]Secret{"email": "smtp://env", "wecom": "wecom://file"}, c.Notify.Channels, cmp.Transformer("reveal", Secret.Reveal)); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"lamp_dark@JP-0001+2h"}, c.Simulator.Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestUnknownVariableAndFlag(t *testing.T) {
	_, err := Load(Source{Environ: []string{"YINGGUANG_WEB_LISTN=x"}, Set: map[string]string{"web.lissten": "y"}})
	for _, want := range []string{"YINGGUANG_WEB_LISTN is not a setting", "did you mean YINGGUANG_WEB_LISTEN", "flag: web.lissten: is not a setting", "did you mean web.listen"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}

func TestSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Source{Set: map[string]string{"mqtt.password_file": path}})
	if err != nil {
		t.Fatal(err)
	}
	if c.MQTT.Password.Reveal() != "hunter2" || c.MQTT.Password.String() != "***" {
		t.Errorf("password is %q, prints %v", c.MQTT.Password.Reveal(), c.MQTT.Password)
	}
}

// Every setting says what it is for, so that check --settings is a manual.
func TestDescribe(t *testing.T) {
	var b strings.Builder
	if err := Describe(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"web.listen", "127.0.0.1:8080", "journal.max_bytes", "8.0GiB"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "clock_file") {
		t.Error("a setting of our own tests is listed")
	}
}

// FuzzLoad: whatever stands in a settings file, it is read or its mistakes are named.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("web: {listen: '127.0.0.1:1'}\n"))
	f.Add([]byte("mqtt:\n\tprefix: a"))
	f.Add([]byte("a: &x [*x]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		read := func(string) ([]byte, error) { return text, nil }
		if _, err := loadFrom(Source{File: "fuzz.yaml"}, read); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
