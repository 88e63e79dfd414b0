package app

import (
	"strings"
	"testing"

	"github.com/yingguang/yingguang/configs"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/journal"
	"github.com/yingguang/yingguang/registry"
)

// What a gateway said of a lamp that is not its own is replayed once the registry
// gives it that lamp, and never before.
func TestForeignReadingIsReplayedOnceTheLampIsTheGateways(t *testing.T) {
	cfg := configs.Default()
	cfg.Broker.Anonymous = false
	a := &App{cfg: &cfg}
	a.rooms.registry = openRegistry(t)
	a.rooms.strangers = &strangers{registry: a.rooms.registry}
	assign := func(gateway string) {
		t.Helper()
		text := "lamp,stage,batch,village,place,place_kind,lat,lon,gateway\n" +
			"JP-0002,installed,1,大垭村,石坝大院,courtyard,29.01,106.28," + gateway + "\n"
		if _, err := a.rooms.registry.Import(t.Context(), []registry.File{{Name: "lamps.csv", Data: strings.NewReader(text)}}, registry.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	r := device.Reading{Lamp: "JP-0002", Gateway: "GW-02", TS: 1767268800000, SentTS: 1767268800000, Received: 1767268801000}
	batch := payload.AppendBatchJSON(nil, []device.Reading{r})
	for name, kept := range map[string]journal.Rejected{
		"as it is":     {Payload: batch, Length: len(batch), Encoded: journal.EncodeBlock(nil, &journal.Block{At: r.Received, Readings: []device.Reading{r}})},
		"as a message": {Payload: []byte(strings.Replace(string(batch), `}]`, `,"battery_v":12.9}]`, 1))},
	} {
		kept.Topic, kept.Lamp, kept.Reason, kept.Received, kept.Readings = "jiaping/gateways/GW-02/telemetry", r.Lamp, "foreign_lamp", r.Received, 1
		kept.Length = len(kept.Payload)
		for gateway, ok := range map[string]bool{"GW-01": false, "GW-02": true} {
			assign(gateway)
			b, err := a.replayBlock(ingest.NewDecoder("jiaping", nil), payload.NewClocks(), &kept)
			if ok != (err == nil) || !ok && !strings.Contains(err.Error(), "may not speak for") {
				t.Errorf("%s, the lamp is %s's: %v", name, gateway, err)
			}
			if ok && err == nil && (b.Replay.Refused || len(b.Readings) != 1 || b.Readings[0].Lamp != "JP-0002" || b.Readings[0].Gateway != "GW-02") {
				t.Errorf("%s: %+v of %+v", name, b.Readings, b.Replay)
			}
		}
	}
}
