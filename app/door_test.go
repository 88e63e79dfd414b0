package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/yingguang/yingguang/app"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
	"github.com/yingguang/yingguang/tools/freeport"
)

// patience is for machines that do much else.
const patience = 3 * time.Minute

func outcome(token mqtt.Token) error {
	if !token.WaitTimeout(patience) {
		return fmt.Errorf("no answer in %v", patience)
	}
	return token.Error()
}

func knock(url string, s registry.Secret) (mqtt.Client, chan error, error) {
	lost := make(chan error, 1)
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(url).SetClientID("of " + s.Username).SetUsername(s.Username).SetPassword(s.Password).
		SetAutoReconnect(false).SetConnectTimeout(patience).SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }))
	return c, lost, outcome(c.Connect())
}

func ask[R any](h *house, verb string, q any) R {
	h.t.Helper()
	r, err := app.Ask[R](h.t.Context(), h.data, verb, q)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// The verbs on a running system: a lamp with its credential gets in, its readings are
// stored; one that misbehaves is told of to the office; one that is revoked is gone.
func TestCredentialsOfARunningTown(t *testing.T) {
	h := newHouse(t, map[string]string{"broker.anonymous": "false"})
	h.ready()
	if _, _, err := knock(h.addr.MQTT, registry.Secret{}); err == nil {
		t.Error("somebody without a name was let in")
	}
	of := app.CredentialRequest{Kind: device.KindLamp, Codes: []string{"JP-0001"}}
	before := ask[[]registry.Secret](h, "credential", of)[0]
	_, lost, err := knock(h.addr.MQTT, before)
	if err != nil {
		t.Fatal(err)
	}
	secret := ask[[]registry.Secret](h, "credential", of)[0]
	within(t, "the secret of before is void at once", lost)
	lamp, lost, err := knock(h.addr.MQTT, secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := outcome(lamp.Publish("jiaping/lamps/JP-0001/telemetry", 1, false, `{"ts":1790000000,"battery_v":12.9}`)); err != nil {
		t.Fatal(err)
	}
	h.settled(1)

	lamp.Publish("jiaping/lamps/JP-0002/telemetry", 1, false, `{"ts":1790000000,"battery_v":12.9}`)
	within(t, "it is sent away for another's topic", lost)
	eventually(t, patience, "the office is told, naming the lamp", func() (bool, string) {
		got := h.rows(`SELECT title FROM notice WHERE subject = 'lamp:JP-0001' AND kind = 'office' AND ticket IS NULL AND person LIKE 'O-%'`)
		return len(got) > 0 && strings.HasPrefix(got[0], "JP-0001 "), fmt.Sprint(got)
	})

	// A lamp whose readings are all nonsense: deep, NaN, huge, NUL, no UTF-8. Each message
	// is acknowledged and kept with its reason, and the office hears of the lamp.
	mad, _, err := knock(h.addr.MQTT, ask[[]registry.Secret](h, "credential", app.CredentialRequest{Kind: device.KindLamp, Codes: []string{"JP-0005"}})[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		strings.Repeat("[", 10_000), `{"ts":NaN}`, `{"ts":1790000000,"battery_v":1e999}`, "{\"fw\":\"\x00\"}", "{\"fw\":\"\xff\xfe\"}", "", "\x00",
		`{"readings":[` + strings.Repeat(`{"ts":1790000000,"battery_v":999},`, 99) + `{"ts":1790000000,"battery_v":999}]}`,
	} {
		if err := outcome(mad.Publish("jiaping/lamps/JP-0005/telemetry", 1, false, text)); err != nil {
			t.Fatalf("%.20q: %v", text, err)
		}
	}
	eventually(t, patience, "the office is told of garbage", func() (bool, string) {
		got := h.rows(`SELECT title FROM notice WHERE subject = 'lamp:JP-0005' AND kind = 'office'`)
		return len(got) > 0 && len(got[0]) > len("JP-0005 "), fmt.Sprint(got) // the words too
	})

	other := ask[[]registry.Secret](h, "credential", app.CredentialRequest{Kind: device.KindLamp, Codes: []string{"JP-0003"}})[0]
	_, lost, err = knock(h.addr.MQTT, other)
	if err != nil {
		t.Fatal(err)
	}
	if got := ask[[]string](h, "revoke", app.CredentialRequest{Kind: device.KindLamp, Codes: []string{"JP-0003"}}); !slices.Equal(got, []string{"JP-0003"}) {
		t.Errorf("revoked %v", got)
	}
	within(t, "the revoked lamp is disconnected", lost)
	if _, _, err := knock(h.addr.MQTT, other); err == nil {
		t.Error("it came back")
	}
}

func within[T any](t *testing.T, what string, c <-chan T) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("not within %v: %s", patience, what)
	}
}

// A mosquitto with the exported files lets the same lamps in, to the same topics.
func TestMosquittoTakesTheExport(t *testing.T) {
	binary := debian(t, "mosquitto", "mosquitto")
	dir := t.TempDir()
	db, err := registry.Open(t.Context(), filepath.Join(dir, "town.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const lamps = "lamp,stage,batch,village,place,place_kind,lat,lon\nJP-0001,installed,1,大垭村,石坝大院,courtyard,29.01,106.28\n"
	if _, err := app.ImportInto(t.Context(), db, app.ImportRequest{Files: []app.ImportFile{{Name: "lamps.csv", Data: []byte(lamps)}}}); err != nil {
		t.Fatal(err)
	}
	secrets, err := app.MakeCredentials(t.Context(), db, app.CredentialRequest{Kind: device.KindLamp, All: true})
	if err != nil {
		t.Fatal(err)
	}
	files, err := app.Mosquitto(t.Context(), db, app.MosquittoRequest{Prefix: "jiaping", Reader: "ingest", Password: "of ingest"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil { // mosquitto leaves root
		t.Fatal(err)
	}
	address := freeport.Address(t)
	port := address[strings.LastIndexByte(address, ':')+1:]
	conf := fmt.Sprintf("user root\nlistener %s 127.0.0.1\nallow_anonymous false\npassword_file %s\nacl_file %s\n", port, filepath.Join(dir, "passwords"), filepath.Join(dir, "acl"))
	if err := os.WriteFile(filepath.Join(dir, "m.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-c", filepath.Join(dir, "m.conf"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	url := "tcp://" + address
	var reader mqtt.Client
	eventually(t, patience, "mosquitto lets ingest in", func() (bool, string) {
		c, _, err := knock(url, registry.Secret{Username: "ingest", Password: "of ingest"})
		reader = c
		return err == nil, fmt.Sprint(err)
	})
	got := make(chan string, 10)
	if err := outcome(reader.Subscribe("jiaping/lamps/+/telemetry", 1, func(_ mqtt.Client, m mqtt.Message) { got <- m.Topic() })); err != nil {
		t.Fatal(err)
	}
	lamp, _, err := knock(url, secrets[0])
	if err != nil {
		t.Fatal(err)
	}
	// mosquitto acknowledges what may not be written, and drops it.
	for _, code := range []string{"JP-0002", "JP-0001"} {
		if err := outcome(lamp.Publish("jiaping/lamps/"+code+"/telemetry", 1, false, "x")); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case topic := <-got:
		if topic != "jiaping/lamps/JP-0001/telemetry" {
			t.Errorf("a message of another lamp came through: %s", topic)
		}
	case <-time.After(patience):
		t.Error("the lamp's own message did not come")
	}
	if _, _, err := knock(url, registry.Secret{Username: "JP-0001", Password: "wrong"}); err == nil {
		t.Error("a wrong password was let in")
	}
}
