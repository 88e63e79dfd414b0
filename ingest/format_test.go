package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"testing"

	"github.com/yingguang/yingguang/configs/profiles"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/device/profile"
	"github.com/yingguang/yingguang/ingest"
	"github.com/yingguang/yingguang/journal"
)

func shipped(t testing.TB, expected map[device.LampID]string) *profile.Set {
	t.Helper()
	list, err := profiles.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return profile.NewSet(list, "jiaping", func(l device.LampID) string { return expected[l] })
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Each vendor's messages come in over the embedded broker, by topic or by the lamp's profile in
// the registry, in gzip or not; what cannot be taken is in rejected with its reason.
func TestProfilesOverTheBroker(t *testing.T) {
	formats := shipped(t, map[device.LampID]string{"JP-0004": "thingsboard"})
	h := embedded(t, func(c *ingest.Config) { c.Formats = formats })
	lamp := h.lamp("vendors")
	publish(t, lamp, "epever/JP-0001/modbus", "0104020057f8ce")
	publish(t, lamp, "renogy/JP-0002/state", `{"battery_voltage":12.9,"load_status":"on"}`)
	publish(t, lamp, "vedirect/JP-0003", `{"V":"12740","LOAD":"ON"}`)
	publish(t, lamp, "jiaping/lamps/JP-0004/telemetry", `{"ts":1767268800000,"values":{"battery_v":12.9}}`)
	publish(t, lamp, "thingsboard/gateways/GW-01/telemetry", gzipped(t, `{"JP-0005":[{"ts":1767268800000,"values":{"battery_v":12.8}},{"ts":1767268860000,"values":{"battery_v":128}}]}`))
	publish(t, lamp, "application/1/device/70b3d57ed0000001/event/up", `{"time":"2026-01-01T12:00:00Z","deviceInfo":{"tags":{"lamp":"JP-0006"}},"object":{"battery_v":12850}}`)
	publish(t, lamp, "v3/lamps@jiaping/devices/jp-0007/up", `{"uplink_message":{"decoded_payload":{"battery_v":12900},"received_at":"2026-01-01T12:00:00Z"}}`)
	publish(t, lamp, "jiaping/lamps/JP-0008/telemetry", gzipped(t, `{"ts":1767268800,"lamp_on":true}`))
	publish(t, lamp, "jiaping/lamps/JP-0009/telemetry", gzipped(t, `{"ts":1767268800,"lamp_on":true}`)[:20])
	publish(t, lamp, "epever/JP-0010/modbus", "0104020058f8ce")

	want := []device.LampID{"JP-0001", "JP-0002", "JP-0003", "JP-0004", "JP-0005", "JP-0006", "JP-0007", "JP-0008"}
	got := map[device.LampID]device.Reading{}
	for _, r := range h.read(func(g *tally) bool { return len(g.readings) >= len(want) }).readings {
		got[r.Lamp] = r
	}
	for _, id := range want {
		if _, ok := got[id]; !ok {
			t.Errorf("%s is missing", id)
		}
	}
	lora := got["JP-0007"]
	if lora.Value(device.BatteryV) != 12.9 || got["JP-0005"].Gateway != "GW-01" {
		t.Errorf("JP-0007 gives %+v, JP-0005 came by %q", lora, got["JP-0005"].Gateway)
	}
	var refused []journal.Rejected
	eventually(t, "three are rejected", func() bool {
		var err error
		refused, err = h.journal.RejectedList(context.Background(), 0, 10)
		return err == nil && len(refused) == 3
	})
	reasons := map[string]journal.Rejected{}
	for _, r := range refused {
		reasons[r.Reason] = r
	}
	if len(reasons["bad_gzip"].Payload) != 20 || string(reasons["bad_modbus"].Payload) != "0104020058f8ce" {
		t.Errorf("rejected are %+v", refused)
	}

	// What was kept of the batch is decoded again as it would be today.
	again := ingest.NewDecoder("jiaping", formats)
	var b payload.Batch
	kept := reasons["out_of_range"]
	if err := again.Decode(kept.Topic, kept.Payload, kept.Received, &b); err != nil || len(b.Rejects) != 1 || b.Rejects[0].Lamp != "JP-0005" {
		t.Errorf("decoding %s again gives %v, %+v", kept.Payload, err, b)
	}
	if err := again.Decode("somewhere/else", nil, 1, &b); err == nil {
		t.Error("a topic of nobody decodes")
	}
}
