package app

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/registry"
)

const mill = `title: {zh: 试验, en: a mill}
topics: ["mill/{lamp}"]
fields: {battery_v: mv}
examples: [{topic: mill/JP-0001, payload: '{"mv":12}', readings: [{lamp: JP-0001, battery_v: 12}]}]
`

// A mended profile decodes from the reload on; one with a mistake changes nothing and says where it is.
func TestProfilesAreReadAnew(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "mill.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(mill)
	db, err := registry.Open(t.Context(), filepath.Join(t.TempDir(), "registry.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lamps := registry.File{Name: "lamps.csv", Data: strings.NewReader("lamp,stage,village,place,place_kind,lat,lon,profile\nJP-0001,installed,大垭村,石坝大院,courtyard,29.01,106.28,mil\n")}
	if report, err := db.Import(t.Context(), []registry.File{lamps}, registry.Options{}); err != nil {
		t.Fatalf("%v: %+v", err, report)
	}
	var log bytes.Buffer
	cfg := configs.Default()
	cfg.Ingest.Profiles = dir
	a := &App{cfg: &cfg, log: slog.New(slog.NewTextHandler(&log, nil))}
	a.rooms.registry = db
	if err := a.openFormats(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "profile=mil ") && !strings.Contains(log.String(), "profile=mil\n") {
		t.Errorf("nobody is told of the profile that is not there: %s", log.String())
	}
	decoded := func() string {
		var b payload.Batch
		a.rooms.formats.Format("mill/JP-0001")([]byte(`{"mv":12900}`), 1767268800000, &b)
		if len(b.Rejects) > 0 {
			return string(b.Rejects[0].Reason)
		}
		return fmt.Sprint(b.Readings[0].Lamp, " ", b.Readings[0].Value(device.BatteryV))
	}
	if got := decoded(); got != "out_of_range" {
		t.Fatalf("before: %s", got)
	}
	write(strings.Replace(mill, "battery_v: mv", "batery_v: mv", 1))
	if _, err := a.reloadProfiles(t.Context(), struct{}{}); err == nil || !strings.Contains(err.Error(), "mill.yaml:3:10") {
		t.Errorf("a mistake gives %v", err)
	}
	if got := decoded(); got != "out_of_range" {
		t.Errorf("after a mistake: %s", got)
	}
	write(strings.NewReplacer("battery_v: mv", "battery_v: {path: mv, unit: mV}", `["mill/{lamp}"]`, `["mill/{lamp}", "windmill/{lamp}"]`, `"mv":12}`, `"mv":12000}`).Replace(mill))
	answer, err := a.reloadProfiles(t.Context(), struct{}{})
	if diff := cmp.Diff([]string{"windmill/+"}, answer.Topics); err != nil || diff != "" {
		t.Errorf("%v, topics %s", err, diff)
	}
	if got := decoded(); got != "JP-0001 12.9" {
		t.Errorf("after: %s", got)
	}
}
