package profile

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

const received = device.Millis(1767225900000) // 2026-01-01T00:05:00Z

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// plain takes readings[] with battery_v, lamp and t of each.
func plain(t *testing.T) *Profile {
	t.Helper()
	p := &Profile{
		Name: "plain", Topics: []Pattern{must(ParsePattern("plain/{gateway}/up"))}, Form: JSON,
		Batch: must(ParseBatch("readings[]")), Lamp: []Path{{"lamp"}}, Time: Time{Paths: []Path{{"t"}}},
	}
	p.Fields[device.BatteryV] = &Quantity{Paths: []Path{{"v"}}}
	return p
}

func decode(p *Profile, data string) payload.Batch {
	var b payload.Batch
	p.Decode(Names{}, []byte(data), received, &b)
	return b
}

func packed(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	must(z.Write([]byte(text)))
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

func TestGzip(t *testing.T) {
	p := plain(t)
	good := packed(`{"readings":[{"lamp":"A","v":12.5}]}`)
	if b := decode(p, good); len(b.Readings) != 1 {
		t.Errorf("gzip gives %+v", b)
	}
	bomb := packed(strings.Repeat(" ", 16<<20))
	for name, data := range map[string]string{
		"bomb": bomb, "cut": good[:len(good)-9], "wrong sum": good[:len(good)-5] + "xxxxx", "only the head": "\x1f\x8b\x08", "bomb within": packed(bomb),
	} {
		b := decode(p, data)
		want := payload.BadGzip
		if name == "bomb within" { // one layer is unpacked, never a second
			want = payload.BadJSON
		}
		if len(b.Rejects) != 1 || b.Rejects[0].Reason != want || len(b.Readings) != 0 {
			t.Errorf("%s gives %+v", name, b.Rejects)
		}
	}
	spent := testing.Benchmark(func(bench *testing.B) {
		bench.ReportAllocs()
		for range bench.N {
			decode(p, bomb)
		}
	}).AllocedBytesPerOp()
	if spent > 16*MaxInflated {
		t.Errorf("a bomb of %d bytes takes %d bytes of memory", len(bomb), spent)
	}
}

// Each reading of a batch stands or falls alone, and what falls is kept so that it can be
// decoded again by itself; a flood of bad ones does not multiply the message.
func TestBatch(t *testing.T) {
	p := plain(t)
	b := decode(p, `{"site":"x","readings":[{"lamp":"A","v":12.5},{"lamp":"B","v":125},{"lamp":"灯","v":1},{"v":1}]}`)
	if len(b.Readings) != 1 || len(b.Rejects) != 3 {
		t.Fatalf("gives %+v", b)
	}
	if got := string(b.Rejects[0].Item); got != `{"readings":[{"lamp":"B","v":125}],"site":"x"}` {
		t.Errorf("kept is %s", got)
	}
	if b.Rejects[0].Lamp != "B" || b.Rejects[0].Reason != payload.OutOfRange || b.Rejects[1].Reason != payload.BadLamp {
		t.Errorf("rejects are %+v", b.Rejects)
	}

	many := `{"readings":[` + strings.Repeat(`{"lamp":"A","v":900},`, 2499) + `{"lamp":"B","v":900}]}`
	b = decode(p, many)
	total := 0
	for _, r := range b.Rejects {
		total += r.Readings
	}
	if total != 2500 || len(b.Rejects) > singleRejects+2 {
		t.Errorf("%d rejects for %d readings", len(b.Rejects), total)
	}

	large := `{"readings":[` + strings.Repeat(`{"lamp":"A","v":9},`, 1200) + `{"lamp":"B","v":9}]}`
	b = decode(p, large)
	if len(b.Readings) != payload.MaxReadings || len(b.Rejects) != 1 || b.Rejects[0].Readings != 201 || b.Rejects[0].Reason != payload.TooMany {
		t.Errorf("%d readings, rejects %+v", len(b.Readings), b.Rejects)
	}
	for _, empty := range []string{`{"readings":[]}`, `{}`, `[]`, `3`, `{"readings":3}`} {
		if b := decode(p, empty); len(b.Rejects) != 1 {
			t.Errorf("%s gives %+v", empty, b)
		}
	}
}

func TestCBOR(t *testing.T) {
	// {"readings": [{"lamp": "A", "v": 12.5, "t": 1767225600}]}, a key that is a number beside it
	b := decode(plain(t), "\xa2\x68readings\x81\xa3\x64lamp\x61A\x61v\xf9\x4a\x40\x61t\x1a\x69\x55\xb9\x00\x01\x02")
	if len(b.Readings) != 1 || b.Readings[0].Value(device.BatteryV) != 12.5 || b.Readings[0].SentTS != 1767225600000 {
		t.Errorf("gives %+v", b)
	}
	// Tags go, a time is one, bytes are base64.
	b = decode(plain(t), "\xa1\x68readings\x81\xa3\x64lamp\xc6\x61A\x61v\xf9\x4a\x40\x61t\xc1\x1a\x69\x55\xb9\x00")
	if len(b.Readings) != 1 || b.Readings[0].Lamp != "A" || b.Readings[0].SentTS != 1767225600000 {
		t.Errorf("tagged values give %+v", b)
	}
	for _, bad := range []string{"\xbf", "\xa1\x61v\x01\x00", strings.Repeat("\x81", 100) + "\x00"} {
		if b := decode(plain(t), bad); len(b.Rejects) != 1 {
			t.Errorf("%x gives %+v", bad, b)
		}
	}
}

func TestTimes(t *testing.T) {
	shanghai := must(time.LoadLocation("Asia/Shanghai"))
	layout, _ := Layout("YYYY-MM-DD hh:mm:ss")
	const at = device.Millis(1767268800000) // 2026-01-01T20:00:00+08:00
	for _, c := range []struct {
		format string
		zone   *time.Location
		value  any
		want   device.Millis // 0 is refused
	}{
		{TimeAuto, nil, json.Number("1767268800"), at},
		{TimeAuto, nil, json.Number("1767268800000"), at},
		{TimeAuto, nil, "1767268800", at},
		{TimeAuto, nil, "2026-01-01T20:00:00+08:00", at},
		{TimeAuto, nil, "2026-01-01T20:00:00", 0},
		{TimeAuto, nil, json.Number("1767268800000000"), 0},
		{TimeAuto, nil, json.Number("-5"), 0},
		{TimeUnix, nil, json.Number("1767268800"), at},
		{TimeMillis, nil, "1767268800000", at},
		{TimeMicros, nil, json.Number("1767268800000000"), at},
		{TimeNanos, nil, json.Number("1767268800000000000"), at},
		{TimeMillis, nil, "yesterday", 0},
		{layout, shanghai, "2026-01-01 20:00:00", at},
		{layout, shanghai, "2026-13-01 20:00:00", 0},
		{TimeAuto, nil, map[string]any{}, 0},
		{TimeAuto, nil, true, 0},
	} {
		got, err := (&Time{Format: c.format, Zone: c.zone}).parse(c.value)
		if got != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("%q %v gives %d, %v, want %d", c.format, c.value, got, err, c.want)
		}
	}

	p := plain(t)
	if b := decode(p, `{"readings":[{"lamp":"A","v":1,"t":0}]}`); len(b.Readings) != 1 || b.Readings[0].Clock != device.ClockAncient {
		t.Errorf("a clock at the epoch gives %+v", b)
	}
	if b := decode(p, `{"readings":[{"lamp":"A","v":1}]}`); len(b.Readings) != 1 || b.Readings[0].Clock != device.ClockNone || b.Readings[0].TS != received {
		t.Errorf("no clock gives %+v", b)
	}
	p.Time.Require = true
	if b := decode(p, `{"readings":[{"lamp":"A","v":1}]}`); len(b.Rejects) != 1 || b.Rejects[0].Reason != payload.NoTS {
		t.Errorf("no clock where it is required gives %+v", b)
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		field device.Field
		unit  string
		value float64
		want  float64
	}{
		{device.BatteryV, "mV", 12740, 12.74},
		{device.BatteryTemp, "°F", 14, -10},
		{device.BatteryTemp, "°F", -40, -40},
		{device.BatteryTemp, "K", 273.15, 0},
		{device.ChargedWh, "kWh", 43.21, 43210},
		{device.LitS, "h", 1.5, 5400},
		{device.BatterySoC, "‰", 987, 98.7},
		{device.BatterySoC, "fraction", 0.5, 50},
	} {
		if got := must(UnitOf(c.field, c.unit)).to(c.value); got != c.want {
			t.Errorf("%v %s as %s is %v, want %v", c.value, c.unit, c.field, got, c.want)
		}
	}
	if _, err := UnitOf(device.BatteryV, "A"); err == nil {
		t.Error("a voltage in amperes")
	}
}

func TestRawTypes(t *testing.T) {
	b := []byte{0xff, 0x83, 0xff, 0xfe}
	for kind, want := range map[RawType]float64{
		U8: 255, S8: -1, U16: 0xff83, S16: -125, U16LE: 0x83ff, S16LE: -31745, U32: 0xff83fffe, S32: -8126466,
		U32Low: 0xfffeff83, S32Low: -65661, U32LE: 0xfeff83ff,
	} {
		if got := kind.of(b); got != want {
			t.Errorf("%s is %v, want %v", kind, got, want)
		}
	}
	if crc := crc16([]byte("123456789")); crc != 0x4b37 { // the check value of CRC-16/MODBUS
		t.Errorf("the CRC is %04x", crc)
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, topic string
		want           string
	}{
		{"epever/{lamp}/modbus", "epever/JP-0001/modbus", "JP-0001  "},
		{"epever/{lamp}/modbus", "epever//modbus", ""},
		{"epever/{lamp}/modbus", "epever/JP-0001/modbus/x", ""},
		{"epever/{lamp}/modbus", "epever/JP-0001", ""},
		{"application/+/device/{device}/event/up", "application/7/device/70b3/event/up", "  70b3"},
		{"a/{gateway}/b", "a/GW 1/b", ""},
		{"a/{gateway}/b", "a/GW-1/b", " GW-1 "},
		{"{lamp}", "x/y", ""},
	} {
		p := must(ParsePattern(c.pattern))
		n, ok := p.Match(c.topic)
		got := ""
		if ok {
			got = fmt.Sprintf("%s %s %s", n.Lamp, n.Gateway, n.Device)
		}
		if got != c.want {
			t.Errorf("%s on %s gives %q, want %q", c.pattern, c.topic, got, c.want)
		}
	}
}

// Which profile decodes a topic: the lamp's own by the registry, else the first that fits.
func TestSet(t *testing.T) {
	named := func(name, key string, topics ...Pattern) *Profile {
		p := &Profile{Name: name, Topics: topics, QoS: 1, Form: JSON}
		p.Fields[device.BatteryV] = &Quantity{Paths: []Path{{key}}}
		return p
	}
	a, b := named("a", "va", "x/{lamp}"), named("b", "vb", "x/{lamp}")
	s := NewSet([]*Profile{a, b}, "jiaping", func(l device.LampID) string { return map[device.LampID]string{"B1": "b"}[l] })
	for topic, want := range map[string]string{
		"x/A1": "va", "x/B1": "vb", "jiaping/lamps/B1/telemetry": "vb", "push/b/cloud": "vb",
		"jiaping/lamps/A1/telemetry": "", "jiaping/lamps/B1/status": "", "push/none/cloud": "", "y/A1": "", "jiaping/gateways/B1/telemetry": "",
	} {
		format := s.Format(topic)
		if format == nil {
			if want != "" {
				t.Errorf("%s has no format", topic)
			}
			continue
		}
		var got payload.Batch
		format([]byte(`{"va":1,"vb":2}`), received, &got)
		switch {
		case strings.HasPrefix(topic, "push/"):
			if want == "" || len(got.Rejects) != 1 { // nothing names the lamp
				t.Errorf("%s gives %+v", topic, got)
			}
		case want == "":
			t.Errorf("%s has a format", topic)
		case len(got.Readings) != 1 || got.Readings[0].Value(device.BatteryV) != map[string]float64{"va": 1, "vb": 2}[want]:
			t.Errorf("%s gives %+v", topic, got)
		}
	}
	fieldNamed := named("c", "vc", "z/{lamp}/{gateway}")
	fieldNamed.Lamp = []Path{{"lamp"}}
	s2 := NewSet([]*Profile{a, fieldNamed, named("d", "vd", "u/{device}")}, "jiaping", nil)
	for topic, want := range map[string]string{"x/A1": "A1 ", "x/灯": " ", "z/A1/G1": " G1", "u/A1": " ", "nobody": " "} {
		if lamp, gateway := s2.Owner(topic); string(lamp)+" "+string(gateway) != want {
			t.Errorf("%s is %q's and %q's", topic, lamp, gateway)
		}
	}
	if f := s.Filters(); len(f) != 1 || f["x/+"] != 1 {
		t.Errorf("filters are %v", f)
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("application/+/device/{device}/event/up", "application/7/device/70b3/event/up")
	f.Add("{lamp}/{gateway}", "a/b")
	f.Fuzz(func(t *testing.T, pattern, topic string) {
		p, err := ParsePattern(pattern)
		if err != nil {
			return
		}
		if n, ok := p.Match(topic); ok && strings.Count(topic, "/") != strings.Count(pattern, "/") {
			t.Fatalf("%s fits %s: %+v", topic, pattern, n)
		}
	})
}

func FuzzModbus(f *testing.F) {
	f.Add([]byte("\x01\x04\x02\x00\x57\xf8\xce"))
	f.Add([]byte("01 04 02 00 57 f8 ce"))
	f.Add([]byte("0x01,0x84,0x02,0xc2,0xc1"))
	f.Add([]byte(`{"data":["0104020057f8ce",3]}`))
	p := &Profile{Name: "m", Form: Modbus, Ask: []Answer{{4, 0x311A, 1}, {4, 0x3200, 3}, {3, 1, 125}}, Frames: []Path{{"data"}}}
	p.Fields[device.BatterySoC] = &Quantity{Register: &Raw{0x311A, U16}}
	p.Fields[device.BatteryA] = &Quantity{Register: &Raw{0x3200, S32Low}}
	f.Fuzz(func(t *testing.T, data []byte) {
		// The bytes as they are, and as the body of a frame whose CRC is right.
		framed := append([]byte{1, 4, byte(len(data))}, data...)
		crc := crc16(framed)
		framed = append(framed, byte(crc), byte(crc>>8))
		for _, data := range [][]byte{data, framed} {
			var b payload.Batch
			p.Decode(Names{Lamp: "JP-0001"}, data, received, &b)
			if len(b.Readings)+len(b.Rejects) == 0 {
				t.Fatalf("%x vanished", data)
			}
			for i := range b.Readings {
				if err := b.Readings[i].Check(); err != nil {
					t.Fatalf("%x let through: %v", data, err)
				}
			}
		}
	})
}
