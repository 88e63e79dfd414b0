package profiles

import (
	"testing"
	"unicode/utf8"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/device/profile"
)

// keepsPromises holds what Decode promises for any bytes at all.
func keepsPromises(t *testing.T, p *profile.Profile, data []byte) {
	var b payload.Batch
	names := profile.Names{Lamp: "JP-0001", Gateway: "GW-01", Device: "70b3d57ed0000001"}
	p.Decode(names, data, exampleReceived, &b)
	if len(b.Readings) > payload.MaxReadings {
		t.Fatalf("%s: %q gives %d readings", p.Name, data, len(b.Readings))
	}
	for i := range b.Readings {
		r := &b.Readings[i]
		if err := r.Check(); err != nil {
			t.Fatalf("%s: %q let through: %v", p.Name, data, err)
		}
		if !device.ValidCode(string(r.Lamp)) || r.TS == 0 || r.Received != exampleReceived {
			t.Fatalf("%s: %q gives %+v", p.Name, data, r)
		}
		if len(r.Faults) > device.MaxFaults || !utf8.ValidString(r.Firmware) || len(r.Firmware) > device.MaxFirmware {
			t.Fatalf("%s: %q gives texts %q %q", p.Name, data, r.Firmware, r.Faults)
		}
		for _, f := range r.Faults {
			if len(f) > device.MaxFaultLen || !utf8.ValidString(f) {
				t.Fatalf("%s: %q gives the fault %q", p.Name, data, f)
			}
		}
	}
	for _, r := range b.Rejects {
		if r.Reason == "" || r.Text == "" || r.Readings < 1 || !utf8.ValidString(r.Text) {
			t.Fatalf("%s: %q is rejected as %+v", p.Name, data, r)
		}
		if r.Item == nil {
			continue
		}
		// What is kept of a batch is refused again by itself, for the same reason.
		var again payload.Batch
		p.Decode(names, r.Item, exampleReceived, &again)
		if len(again.Readings) != 0 || len(again.Rejects) != 1 || again.Rejects[0].Reason != r.Reason && r.Reason != payload.TooMany {
			t.Fatalf("%s: %q of %q gives %+v, not again %s", p.Name, r.Item, data, again, r.Reason)
		}
	}
}
