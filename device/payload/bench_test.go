package payload

import (
	"math/rand/v2"
	"testing"

	"github.com/yingguang/yingguang/device"
)

// A reading as the sample town's lamps send it: 21 fields.
const usual = `{"ts":1767225600,"boot":3,"seq":17,"battery_v":12.84,"battery_a":-1.25,"battery_soc_pct":71,"battery_temp_c":-3.5,` +
	`"panel_v":0.12,"panel_a":0,"panel_w":0,"load_v":12.8,"load_a":1.17,"load_w":15,"lamp_on":true,"dim_pct":50,` +
	`"charge_state":"off","charged_wh":48211.5,"consumed_wh":44010,"lit_s":16200000,"rssi_dbm":-71,"fw":"2.1.0"}`

func benchmarkTelemetry(b *testing.B, topic Topic, payload []byte, readings int) {
	var d Decoder
	var out Batch
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		d.Telemetry(topic, payload, received, &out)
		if len(out.Readings) != readings {
			b.Fatal(out.Rejects)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(readings), "ns/reading")
}

func BenchmarkJSON(b *testing.B) { benchmarkTelemetry(b, lampTopic, []byte(usual), 1) }

func BenchmarkCBOR(b *testing.B) {
	r := usualReading()
	benchmarkTelemetry(b, lampTopic, AppendCBOR(nil, &r), 1)
}

func BenchmarkGatewayJSON(b *testing.B) {
	benchmarkTelemetry(b, gatewayTopic, AppendBatchJSON(nil, many()), 100)
}

func BenchmarkGatewayCBOR(b *testing.B) {
	benchmarkTelemetry(b, gatewayTopic, AppendBatchCBOR(nil, many()), 100)
}

func BenchmarkAppendJSON(b *testing.B) {
	r := usualReading()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendJSON(dst[:0], &r)
	}
}

func BenchmarkAppendCBOR(b *testing.B) {
	r := usualReading()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendCBOR(dst[:0], &r)
	}
}

func BenchmarkParseTopic(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseTopic("jiaping", "jiaping/lamps/JP-0001/telemetry"); err != nil {
			b.Fatal(err)
		}
	}
}

func usualReading() device.Reading {
	var d Decoder
	var out Batch
	d.Telemetry(lampTopic, []byte(usual), received, &out)
	return out.Readings[0]
}

func many() []device.Reading {
	r := rand.New(rand.NewPCG(1, 1))
	out := make([]device.Reading, 100)
	for i := range out {
		out[i] = usualReading()
		out[i].SentTS -= device.Millis(r.Int64N(1e6))
	}
	return out
}
