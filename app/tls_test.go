package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/ingest/certs/certtest"
	"github.com/yingguang/yingguang/tools/freeport"
)

// Towards a mosquitto that asks for client certificates: with ours `check` gets in,
// without it or with a wrong one it says what is missing.
func TestTLSTowardsMosquitto(t *testing.T) {
	binary := debian(t, "mosquitto", "mosquitto")
	ours, theirs := certtest.NewAuthority(t, "ours"), certtest.NewAuthority(t, "theirs")
	cert, key := ours.Make("broker")
	client, clientKey := ours.Make("ingest")
	address := freeport.Address(t)
	conf := filepath.Join(t.TempDir(), "m.conf")
	text := fmt.Sprintf("user root\nlistener %s 127.0.0.1\nallow_anonymous true\ncafile %s\ncertfile %s\nkeyfile %s\nrequire_certificate true\n",
		address[strings.LastIndexByte(address, ':')+1:], ours.File, cert, key)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	try := func(set map[string]string) error {
		set["mqtt.url"], set["data_dir"], set["simulator.enabled"] = "tls://"+address, t.TempDir(), "false"
		cfg, err := configs.Load(configs.Source{Set: set})
		if err != nil {
			t.Fatal(err)
		}
		for _, trial := range app.Trials(cfg) {
			if strings.HasPrefix(trial.Name, "MQTT broker") {
				_, err := trial.Try(t.Context())
				return err
			}
		}
		t.Fatal("the broker is not tried")
		return nil
	}
	good := func() map[string]string {
		return map[string]string{"mqtt.ca_file": ours.File, "mqtt.cert_file": client, "mqtt.key_file": clientKey}
	}
	eventually(t, patience, "our certificate is let in", func() (bool, string) {
		err := try(good())
		return err == nil, fmt.Sprint(err)
	})
	if err := try(map[string]string{"mqtt.ca_file": theirs.File, "mqtt.cert_file": client, "mqtt.key_file": clientKey}); err == nil || !strings.Contains(err.Error(), "mqtt.ca_file") {
		t.Errorf("a broker that we do not know: %v", err)
	}
	if err := try(map[string]string{"mqtt.ca_file": ours.File}); err == nil {
		t.Error("without a client certificate we were let in")
	}
}
