package payload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yingguang/yingguang/device"
)

var (
	lampTopic    = Topic{Lamp: "JP-0001", Part: Telemetry}
	gatewayTopic = Topic{Gateway: "GW-01", Part: Telemetry}
)

// sample makes a reading with a random choice of fields, within their ranges.
func sample(r *rand.Rand, lamp device.LampID) device.Reading {
	out := device.Reading{Lamp: lamp, Received: received, SentTS: received - device.Millis(r.Int64N(1e9))}
	if r.IntN(2) == 0 {
		out.HasSeq, out.Boot, out.Seq = true, r.Uint32(), r.Uint32()
	}
	out.Set(device.BatteryV, 12.8)
	for f := range device.NumFields {
		if r.IntN(3) == 0 {
			continue
		}
		s := &device.Fields[f]
		v := s.Min + r.Float64()*(s.Max-s.Min)
		switch {
		case s.Kind == device.Bool || s.Kind == device.Enum:
			v = float64(r.IntN(int(s.Max) + 1))
		case s.Kind == device.Counter || r.IntN(3) == 0:
			v = math.Trunc(v)
		case r.IntN(2) == 0:
			v = math.Trunc(v*100) / 100
		}
		out.Set(f, v+0)
	}
	for range r.IntN(3) {
		out.Faults = append(out.Faults, []string{"E03", `over"temp\`, "过温", ""}[r.IntN(4)])
	}
	if r.IntN(2) == 0 {
		out.Firmware = "2.1.0-β"
	}
	out.Place()
	return out
}

func TestWhatIsEncodedDecodesTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var d Decoder
	var got Batch
	for range 500 {
		want := sample(r, "JP-0001")
		for name, payload := range map[string][]byte{"json": AppendJSON(nil, &want), "cbor": AppendCBOR(nil, &want)} {
			d.Telemetry(lampTopic, payload, received, &got)
			if diff := cmp.Diff([]device.Reading{want}, got.Readings, cmp.AllowUnexported(device.Reading{})); diff != "" || len(got.Rejects) > 0 {
				t.Fatalf("%s %q %v (-want +got):\n%s", name, payload, got.Rejects, diff)
			}
		}
	}
	var want []device.Reading
	for i := range 100 {
		one := sample(r, device.LampID(fmt.Sprintf("JP-%04d", i)))
		one.Gateway = "GW-01"
		want = append(want, one)
	}
	for name, payload := range map[string][]byte{"json": AppendBatchJSON(nil, want), "cbor": AppendBatchCBOR(nil, want)} {
		d.Telemetry(gatewayTopic, payload, received, &got)
		if diff := cmp.Diff(want, got.Readings, cmp.AllowUnexported(device.Reading{})); diff != "" || len(got.Rejects) > 0 {
			t.Fatalf("%s %v (-want +got):\n%s", name, got.Rejects, diff)
		}
	}
}

// Others read what we write: the standard library and the CBOR library see the same values.
func TestEncodersAgainstLibraries(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		reading := sample(r, "JP-0001")
		var fromJSON, fromCBOR map[string]any
		if err := json.Unmarshal(AppendJSON(nil, &reading), &fromJSON); err != nil {
			t.Fatal(err)
		}
		if err := cbor.Unmarshal(AppendCBOR(nil, &reading), &fromCBOR); err != nil {
			t.Fatal(err)
		}
		for _, m := range []map[string]any{fromJSON, fromCBOR} {
			for k, v := range m {
				switch n := v.(type) {
				case uint64:
					m[k] = float64(n)
				case int64:
					m[k] = float64(n)
				}
			}
		}
		if diff := cmp.Diff(fromJSON, fromCBOR, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-json +cbor):\n%s", diff)
		}
		if got := fromJSON["battery_v"]; got != reading.Value(device.BatteryV) {
			t.Fatalf("battery_v %v, want %v", got, reading.Value(device.BatteryV))
		}
	}
}

func TestEncodingWhatJSONCannotSay(t *testing.T) {
	var r device.Reading
	r.Set(device.LoadW, math.NaN())
	r.Set(device.BatteryA, math.Inf(1))
	r.Set(device.ChargeState, 77)
	r.Firmware = "a\x00\xff"
	if got := AppendJSON(nil, &r); !json.Valid(got) {
		t.Errorf("%s is not JSON", got)
	}
	if got := AppendCBOR(nil, &r); cbor.Wellformed(got) != nil {
		t.Errorf("%x is not CBOR", got)
	}
}

func TestStatusEncodesAndDecodes(t *testing.T) {
	var d Decoder
	for _, want := range []device.Status{
		{Subject: "lamp:JP-0001", Online: true, TS: 1767225600123, Received: received},
		{Subject: "lamp:JP-0001", Received: received},
	} {
		got, err := d.Status(Topic{Lamp: "JP-0001", Part: Status}, AppendStatusJSON(nil, want.Online, want.TS), received)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestTopicsRoundTrip(t *testing.T) {
	for _, prefix := range []string{"", "jiaping", "towns/jiaping"} {
		for _, want := range []Topic{
			{Lamp: "JP-0001", Part: Telemetry},
			{Lamp: "a", Part: Status},
			{Gateway: "GW_1", Part: Telemetry},
			{Gateway: "g", Part: Status},
			{Lamp: "x", Part: Command},
			{Lamp: "x", Part: CommandResult},
		} {
			got, err := ParseTopic(prefix, want.Name(prefix))
			if err != nil || got != want {
				t.Errorf("%q: got %+v, %v", want.Name(prefix), got, err)
			}
		}
	}
	want := []string{"p/lamps/+/telemetry", "p/gateways/+/telemetry", "p/lamps/+/status", "p/gateways/+/status"}
	if diff := cmp.Diff(want, Filters("p")); diff != "" {
		t.Errorf("filters (-want +got):\n%s", diff)
	}
}

func TestEveryFieldHasItsSlot(t *testing.T) {
	for f := range device.NumFields {
		if got := slotOf([]byte(device.Fields[f].Name)); got != slot(f) {
			t.Errorf("%s is taken for %s", f, got)
		}
	}
	for s := slotLamp; s < slotUnknown; s++ {
		if got := slotOf([]byte(s.String())); got != s {
			t.Errorf("%s is taken for %s", s, got)
		}
	}
	if slotUnknown >= 63 {
		t.Errorf("%d slots do not fit item.seen", slotUnknown)
	}
}

func TestBatchBeyondTheLimit(t *testing.T) {
	item := `{"lamp":"JP-0001","ts":1767225600,"load_w":1},`
	payload := []byte(`{"readings":[` + strings.TrimSuffix(strings.Repeat(item, MaxReadings+7), ",") + `]}`)
	var d Decoder
	var got Batch
	d.Telemetry(gatewayTopic, payload, received, &got)
	if len(got.Readings) != MaxReadings || len(got.Rejects) != 1 {
		t.Fatalf("%d readings and %d rejects", len(got.Readings), len(got.Rejects))
	}
	r := got.Rejects[0]
	if r.Reason != TooMany || r.Readings != 7 || bytes.Count(r.Item, []byte("lamp")) != 7 {
		t.Errorf("rejected %s, counts %d, item %q", r.Reason, r.Readings, r.Item)
	}
}

// Deep nesting must cost no stack, and strings that never come again no memory.
func TestHostileSenders(t *testing.T) {
	var d Decoder
	var got Batch
	deep := []byte(`{"ts":1767225600,"load_w":1,"x":` + strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20) + `}`)
	d.Telemetry(lampTopic, deep, received, &got)
	if len(got.Rejects) != 1 || got.Rejects[0].Reason != TooDeep {
		t.Errorf("deep JSON gives %+v", got.Rejects)
	}
	d.Telemetry(lampTopic, append([]byte{0xa1, 0x61, 'x'}, bytes.Repeat([]byte{0x81}, 1<<20)...), received, &got)
	if len(got.Rejects) != 1 || got.Rejects[0].Reason != TooDeep {
		t.Errorf("deep CBOR gives %+v", got.Rejects)
	}
	for i := range 3 * maxInterned {
		d.Telemetry(lampTopic, fmt.Appendf(nil, `{"ts":1767225600,"load_w":1,"fw":"%d"}`, i), received, &got)
	}
	if len(d.names) > maxInterned {
		t.Errorf("%d strings are kept, want at most %d", len(d.names), maxInterned)
	}
	d.Telemetry(lampTopic, fmt.Appendf(nil, `{"ts":1767225600,"load_w":1%s}`, strings.Repeat(`,"x":0`, 70000)), received, &got)
	if len(got.Readings) != 1 || got.Readings[0].Unknown != math.MaxUint16 {
		t.Errorf("70000 unknown fields give %+v", got)
	}
}

// What a caller keeps of one message must not change with the next.
func TestReadingsOutliveTheNextMessage(t *testing.T) {
	var d Decoder
	var b Batch
	payload := []byte(`{"ts":1767225600,"load_w":1,"fw":"1\u002e0","faults":["\u0041B"]}`)
	d.Telemetry(lampTopic, payload, received, &b)
	kept := b.Readings[0]
	clear(payload)
	d.Telemetry(lampTopic, []byte(`{"ts":1767225600,"load_w":1,"fw":"9\u002e9","faults":["\u0043D"]}`), received, &b)
	if kept.Firmware != "1.0" || kept.Faults[0] != "AB" {
		t.Errorf("kept %q and %q", kept.Firmware, kept.Faults)
	}
}
