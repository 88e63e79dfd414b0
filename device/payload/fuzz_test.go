package payload

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"github.com/yingguang/yingguang/device"
)

// seeds adds the payloads of the golden files.
func seeds(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.golden")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for c := range strings.SplitSeq(string(text), "====\n") {
			input, _, _ := strings.Cut(c, "----\n")
			_, body, _ := strings.Cut(input, "\n")
			if !strings.Contains(body, "hex") {
				f.Add([]byte(strings.TrimSpace(body)))
			}
		}
	}
}

// keepsPromises holds what Telemetry promises for any bytes at all.
func keepsPromises(t *testing.T, payload []byte, topic Topic) *Batch {
	var d Decoder
	var b Batch
	d.Telemetry(topic, payload, received, &b)
	if len(b.Readings)+len(b.Rejects) == 0 {
		t.Fatalf("%q vanished", payload)
	}
	for i := range b.Readings {
		r := &b.Readings[i]
		if err := r.Check(); err != nil {
			t.Fatalf("%q let through: %v", payload, err)
		}
		if !device.ValidCode(string(r.Lamp)) || r.SentTS == 0 || r.TS == 0 || r.Received != received {
			t.Fatalf("%q gives %+v", payload, r)
		}
		if len(r.Faults) > device.MaxFaults || !utf8.ValidString(r.Firmware) || len(r.Firmware) > device.MaxFirmware {
			t.Fatalf("%q gives texts %q %q", payload, r.Firmware, r.Faults)
		}
	}
	for _, r := range b.Rejects {
		if r.Reason == "" || r.Text == "" || r.Readings < 1 || !utf8.ValidString(r.Text) {
			t.Fatalf("%q is rejected as %+v", payload, r)
		}
	}
	return &b
}

// reason is why the message fell as a whole, or empty.
func (b *Batch) reason() Reason {
	if len(b.Readings) == 0 && len(b.Rejects) == 1 && b.Rejects[0].Item == nil {
		return b.Rejects[0].Reason
	}
	return ""
}

func FuzzJSON(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) == 0 || payload[0] >= 0x80 {
			return // not taken for JSON
		}
		valid := json.Valid(payload) && utf8.Valid(payload)
		for _, topic := range []Topic{lampTopic, gatewayTopic} {
			b := keepsPromises(t, payload, topic)
			if bad := b.reason() == BadJSON; bad == valid {
				t.Fatalf("%q: valid to encoding/json: %v, to us: %v (%+v)", payload, valid, !bad, b.Rejects)
			}
		}
	})
}

// Texts and numbers come out as encoding/json and strconv have them.
func FuzzJSONValue(f *testing.F) {
	for _, s := range []string{`0`, `-0`, `12.84`, `1e5`, `123456789012345678901234567890`, `0.1e-400`, `1.7976931348623157e309`, `"\ud800\udc00"`, `"\ud800x"`, `"a\u0000"`, `true`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		valid := json.Valid([]byte(text)) && utf8.ValidString(text)
		if valid && decoder.Decode(&want) != nil {
			return
		}
		var s jsonSource
		var v value
		s.reset([]byte(text))
		s.take(&v)
		if ok := s.end() == nil; ok != valid {
			t.Fatalf("%q: valid %v, want %v", text, ok, valid)
		}
		switch want := want.(type) {
		case string:
			if string(v.text) != want {
				t.Fatalf("%q reads as %q, want %q", text, v.text, want)
			}
		case json.Number:
			if n, _ := strconv.ParseFloat(string(want), 64); v.num != n {
				t.Fatalf("%q reads as %v, want %v", text, v.num, n)
			}
		}
	})
}

func FuzzCBOR(f *testing.F) {
	var r device.Reading
	r.SentTS = received
	r.Set(device.LoadW, 15.5)
	r.Set(device.BatteryA, -1.25)
	r.Faults = []string{"E03"}
	f.Add(AppendCBOR(nil, &r))
	f.Add(AppendBatchCBOR(nil, []device.Reading{r, r}))
	f.Add([]byte("\xbf\x62ts\xc1\xfb\x41\xda\x55\x6e\x40\x00\x00\x00\x7f\x66load_w\xff\x01\xff"))
	f.Add([]byte("\xd9\xd9\xf7\xa1\x68readings\x9f\xa0\x00\xff"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) == 0 || payload[0] < 0x80 || payload[0] == 0xef {
			return // not taken for CBOR
		}
		wellformed := cbor.Wellformed(payload)
		for _, topic := range []Topic{lampTopic, gatewayTopic} {
			b := keepsPromises(t, payload, topic)
			if b.reason() == BadCBOR && wellformed == nil {
				t.Fatalf("%x is refused: %+v", payload, b.Rejects)
			}
		}
	})
}

// Numbers and texts come out as the library has them.
func FuzzCBORValue(f *testing.F) {
	for _, s := range []string{"\x18\x64", "\x3b\xff\xff\xff\xff\xff\xff\xff\xff", "\xf9\x00\x01", "\xf9\xfc\x00", "\xfa\x47\xc3\x50\x00", "\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a", "\x7f\x61a\x61b\xff", "\xf5", "\xf6"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, item []byte) {
		var s cborSource
		var v value
		if s.reset(item); s.fault != nil {
			return
		}
		s.take(&v)
		if s.i != len(item) {
			t.Fatalf("%x: %d of %d bytes are taken", item, s.i, len(item))
		}
		var number float64
		var text string
		switch {
		case v.time:
		case v.kind == kindNumber && cbor.Unmarshal(item, &number) == nil && number != v.num && number == number:
			t.Fatalf("%x reads as %v, want %v", item, v.num, number)
		case v.kind == kindText && cbor.Unmarshal(item, &text) == nil && text != string(v.text):
			t.Fatalf("%x reads as %q, want %q", item, v.text, text)
		}
	})
}

func FuzzStatus(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		var d Decoder
		st, err := d.Status(Topic{Gateway: "GW-01", Part: Status}, payload, received)
		var r *Reject
		if err != nil && (!errors.As(err, &r) || r.Text == "" || r.Readings != 1) {
			t.Fatalf("%q gives %v", payload, err)
		}
		if err == nil && st.Subject != "gateway:GW-01" {
			t.Fatalf("%q gives %+v", payload, st)
		}
	})
}

func FuzzTopic(f *testing.F) {
	for _, s := range append(Filters("jiaping"), "jiaping/lamps/JP-0001/telemetry", "jiaping/gateways/G/command/result", "", "/", "jiaping/") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		topic, err := ParseTopic("jiaping", name)
		if err == nil && topic.Name("jiaping") != name {
			t.Fatalf("%q reads as %+v", name, topic)
		}
	})
}
