package series

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/influxdata/line-protocol"

	"github.com/yingguang/yingguang/device"
)

// fullReading carries every field, each with a value of its own.
func fullReading(lamp device.LampID, ts device.Millis) device.Reading {
	r := device.Reading{
		Lamp: lamp, TS: ts, SentTS: ts, Received: ts + 1234, HasSeq: true, Boot: 7, Seq: 4294967295,
		Firmware: `v1.2 "beta"\n`, Faults: []string{"over,volt", `quo"te`},
	}
	for f := range device.NumFields {
		switch s := device.Fields[f]; s.Kind {
		case device.Bool:
			r.Set(f, 1)
		case device.Enum:
			r.Set(f, float64(len(s.Words)-1))
		case device.Counter:
			r.Set(f, 100000+float64(f))
		default:
			r.Set(f, s.Min+(s.Max-s.Min)*0.37+float64(f)/100)
		}
	}
	return r
}

func TestLines(t *testing.T) {
	const ts = 1767225600000 // 2026-01-01T00:00:00Z
	only := func(set func(*device.Reading)) device.Reading {
		r := device.Reading{Lamp: "JP-0001", TS: ts, SentTS: ts, Received: ts + 5}
		set(&r)
		return r
	}
	cases := []struct {
		name    string
		reading device.Reading
	}{
		{"every field", fullReading("JP-0001", ts)},
		{"battery alone", only(func(r *device.Reading) { r.Set(device.BatteryV, 12.8) })},
		{"zero and minus", only(func(r *device.Reading) { r.Set(device.BatteryA, 0); r.Set(device.RSSI, -87.5) })},
		{"off", only(func(r *device.Reading) { r.Set(device.LampOn, 0) })},
		{"no form", only(func(r *device.Reading) { r.Set(device.PanelV, math.NaN()); r.Set(device.LoadV, math.Inf(1)) })},
		{"no such word", only(func(r *device.Reading) { r.Set(device.ChargeState, 17); r.Set(device.BatteryV, 12) })},
		{"counters", only(func(r *device.Reading) { r.Set(device.LitS, 1<<53); r.Set(device.ChargedWh, 1.0/3) })},
		{"a clock that was not believed", only(func(r *device.Reading) {
			r.SentTS, r.TS, r.Clock = 40_000, ts+5, device.ClockAncient
			r.Set(device.BatteryV, 12)
		})},
		{"strange code", only(func(r *device.Reading) { r.Lamp = `a b,c=d\`; r.Set(device.PanelW, 1e-7) })},
	}
	var got strings.Builder
	e := newEncoder()
	for _, c := range cases {
		text, lines := e.reading(nil, &c.reading)
		fmt.Fprintf(&got, "# %s\n%s\n", c.name, text)
		if lines != bytes.Count(text, []byte("\n")) {
			t.Errorf("%s: %d lines are told", c.name, lines)
		}
	}
	n := device.NightLight{
		Lamp: "JP-0001", Night: "2026-01-01", Dusk: ts, Dawn: ts + 13*3600_000, LitS: 12600, ExpectedS: 36000,
		ObservedS: 30000, Switches: 3, SoCMin: 41.5, Readings: 120,
	}
	fmt.Fprintf(&got, "# night\n%s\n", e.night(nil, &n))
	n.ExpectedS, n.SoCMin = 0, math.NaN()
	fmt.Fprintf(&got, "# night of which little is known\n%s", e.night(nil, &n))

	golden(t, "testdata/lines.golden", got.String())
}

// golden compares with a file, or writes it where UPDATE_GOLDEN is set.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestAppendFloat(t *testing.T) {
	values := []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 0.01, 0.001, 12.8, 12.85, -0.05, 99.99, 1e6, 1e15, 1 << 53, 1.005, 0.295, 4.35, 1e-9, 1.0 / 3}
	for i := range 20000 {
		values = append(values, float64(i-10000)/100, float64(i)*0.01, float64(i)/1000)
	}
	for _, v := range values {
		text := string(appendFloat(nil, v))
		back, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Float64bits(back) != math.Float64bits(v) {
			t.Fatalf("%v is written %q and read back as %v, %v", v, text, back, err)
		}
		if f, e := strconv.FormatFloat(v, 'f', -1, 64), strconv.FormatFloat(v, 'e', -1, 64); len(text) > len(f) && len(text) > len(e) {
			t.Fatalf("%v is written %q, shorter are %q and %q", v, text, f, e)
		}
	}
}

// FuzzReading reads every encoded line back with InfluxData's own parser.
func FuzzReading(f *testing.F) {
	f.Add("JP-0001", "v1", "over_volt", 12.8, -1.5, uint8(1), uint32(3), int64(1767225600000))
	f.Add(`a b,c=d`, `"quoted" \`, "comma,= and space", 1e-300, math.MaxFloat64, uint8(255), uint32(0), int64(1))
	e := newEncoder()
	f.Fuzz(func(t *testing.T, lamp, firmware, fault string, v, a float64, word uint8, seq uint32, ts int64) {
		control := func(r rune) bool { return r < ' ' }
		if lamp == "" || strings.ContainsRune(lamp, '\\') || strings.ContainsFunc(lamp+firmware+fault, control) {
			return // no lamp code holds these; this parser stumbles over control characters where InfluxDB does not
		}
		ts = int64(uint64(ts) % 4102444800000)
		r := device.Reading{Lamp: device.LampID(lamp), TS: device.Millis(ts), Received: 5, HasSeq: true, Seq: seq, Firmware: firmware}
		if fault != "" {
			r.Faults = []string{fault}
		}
		r.Set(device.BatteryV, v)
		r.Set(device.RSSI, a)
		r.Set(device.ChargeState, float64(word))
		lines, _ := e.reading(nil, &r)

		handler := protocol.NewMetricHandler()
		metrics, err := protocol.NewParser(handler).Parse(lines)
		if err != nil {
			t.Fatalf("%q: %v", lines, err)
		}
		got := map[string]any{}
		for _, m := range metrics {
			if tags := m.TagList(); len(tags) != 1 || tags[0].Key != "lamp" || tags[0].Value != lamp {
				t.Fatalf("%q: tags %+v", lines, tags[0])
			}
			if m.Time().UnixNano() != r.PointNanos() {
				t.Fatalf("%q: at %d, want %d", lines, m.Time().UnixNano(), r.PointNanos())
			}
			for _, field := range m.FieldList() {
				got[m.Name()+"."+field.Key] = field.Value
			}
		}
		want := map[string]any{"status.received_ms": int64(5), "status.boot": int64(0), "status.seq": int64(seq)}
		finite := func(key string, v float64) {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				want[key] = v
			}
		}
		finite("battery.battery_v", v)
		finite("status.rssi_dbm", a)
		if words := device.Fields[device.ChargeState].Words; int(word) < len(words) {
			want["battery.charge_state"] = words[word]
		}
		if firmware != "" {
			want["status.fw"] = firmware
		}
		if fault != "" {
			want["status.faults"] = fault
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", lines, diff)
		}
	})
}

func BenchmarkReading(b *testing.B) {
	e := newEncoder()
	r := device.Reading{Lamp: "JP-0001", TS: 1767225600000, SentTS: 1767225600000, Received: 1767225601000, HasSeq: true, Boot: 3, Seq: 5}
	for f, v := range map[device.Field]float64{
		device.BatteryV: 12.84, device.BatteryA: -1.25, device.BatterySoC: 81.3, device.BatteryTemp: 18.5,
		device.PanelV: 17.9, device.PanelW: 42.7, device.LoadW: 29.6, device.LampOn: 1, device.DimPct: 100, device.RSSI: -87,
	} {
		r.Set(f, v)
	}
	buf, lines := e.reading(nil, &r)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = e.reading(buf[:0], &r)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
}
