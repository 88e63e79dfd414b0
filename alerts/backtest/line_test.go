package backtest

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/yingguang/yingguang/device/payload"
)

// The quick way and the careful one say the same of every line that both take.
func FuzzLine(f *testing.F) {
	for _, s := range []string{
		`{"topic":"t/lamps/A/telemetry","received":"2026-01-04T19:00:02+08:00","payload":{"ts":1767524400,"load_w":0}}`,
		`{"topic":"t/lamps/A/status","received":"2026-01-04T19:00:02Z","payload":{"online":true},"more":1}`,
		`{"observing":"2026-01-04T19:00:02+08:00"}`,
		`{"payload":{"a":"}"},"topic":"\u0041","received":"2026-01-04T19:00:02.5+08:00"} `,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		quick, ok := quickly(text)
		careful, err := carefully(text)
		if !ok || err != nil || !utf8.Valid(text) {
			return
		}
		if quick.guessed && !bytes.Equal(bytes.TrimSpace(quick.payload), careful.payload) {
			var d payload.Decoder
			var out payload.Batch
			d.Telemetry(payload.Topic{Lamp: "A", Part: payload.Telemetry}, quick.payload, 1, &out)
			if len(out.Rejects) == 0 || out.Rejects[0].Reason != payload.BadJSON {
				t.Errorf("a wrong guess would be taken: %q, want %q", quick.payload, careful.payload)
			}
			return
		}
		if quick.mark != careful.mark || quick.at != careful.at || !quick.mark && string(quick.topic) != string(careful.topic) {
			t.Errorf("%q: %+v, want %+v", text, quick, careful)
		}
	})
}
