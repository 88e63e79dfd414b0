package cost

import (
	"bytes"
	"compress/gzip"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// Month is 30 days.
const Month = 30 * 24 * time.Hour

// Message is one message of a lamp as it is published.
type Message struct {
	Name     string
	Topic    string
	Payload  int // bytes
	Readings int // in it
}

// Link is how a lamp keeps touch.
type Link struct {
	Security
	Kept      bool          // one connection for ever; else one for each message
	KeepAlive time.Duration // of MQTT: a ping after so long without a message, where Kept
}

// The login that CONNECT carries: a lamp's code as client and name, and a
// password of 26 characters, as `yingguang lamp credential` makes them.
const (
	clientName   = "JP-0001"
	passwordSize = 26
)

// PerMonth is the bytes on the air of both directions, of a lamp that measures
// every interval and sends when a message is full.
func PerMonth(m Message, interval time.Duration, l Link, h Handshakes) int {
	every := interval * time.Duration(m.Readings)
	times := int(Month / every)
	guard := l.record()
	p := publish(m.Topic, m.Payload) + guard
	one := flight(p) + acks(p) + flight(puback+guard) + ipTCP // the last acknowledges PUBACK
	pinging := flight(ping+guard) + flight(ping+guard) + ipTCP
	if l.Kept {
		pings := 0
		if l.KeepAlive > 0 {
			pings = int((every - 1) / l.KeepAlive)
		}
		return times*(one+pings*pinging) + opening + h[Security{TLS: l.TLS, RSA: l.RSA}]
	}
	login := flight(connect(clientName, clientName, passwordSize)+guard) + flight(connack+guard)
	return times * (opening + h[l.Security] + login + one + flight(disconnect+guard) + closing)
}

// Sample is a full reading of a lamp that burns, some 440 bytes of JSON; minute
// makes those that follow differ as real ones do.
func Sample(minute int) device.Reading {
	m := float64(minute)
	r := device.Reading{Lamp: "JP-0001", SentTS: device.Millis(1767268800000 + int64(minute)*60_000), HasSeq: true, Boot: 3, Seq: uint32(1700 + minute/10), Firmware: "2.4.1"}
	for f, v := range map[device.Field]float64{
		device.BatteryV: 12.94 - m/2000, device.BatteryA: -1.21 - float64(minute%7)/100, device.BatterySoC: 81 - m/100, device.BatterySoCMethod: 1,
		device.BatteryTemp: 11.5 - m/400, device.PanelV: 0.3, device.PanelA: 0, device.PanelW: 0,
		device.LoadV: 12.9 - m/2000, device.LoadA: 1.2 + float64(minute%3)/100, device.LoadW: 15.5 + float64(minute%3)/10, device.LampOn: 1, device.DimPct: 100,
		device.ControllerTemp: 14.25 - m/500, device.ChargeState: 0, device.ChargedWh: 45120, device.ConsumedWh: 40211 + float64(minute/4), device.LitS: 3211200 + 60*m,
		device.SwitchCount: 812, device.RSSI: -71 - float64(minute%5), device.Tilt: 0.5,
	} {
		if s := device.Fields[f]; s.Kind == device.Number {
			v = float64(int(v*100)) / 100
		} else {
			v = float64(int(v))
		}
		r.Set(f, v)
	}
	return r
}

// Small is the least that tells whether a lamp burns and how its battery does.
func Small() device.Reading {
	full := Sample(0)
	r := device.Reading{Lamp: full.Lamp, SentTS: full.SentTS, HasSeq: true, Boot: full.Boot, Seq: full.Seq}
	for _, f := range []device.Field{device.BatteryV, device.LoadW, device.LampOn} {
		r.Set(f, full.Value(f))
	}
	return r
}

// Formats are a lamp's messages in wire format 1 for readings every interval:
// single ones, and batches of an hour in gzip.
func Formats(interval time.Duration) ([]Message, error) {
	topic := payload.TelemetryTopic("jiaping", "JP-0001")
	full, small := Sample(0), Small()
	n := max(1, int(time.Hour/interval))
	var hour []device.Reading
	for i := range n {
		hour = append(hour, Sample(i*int(interval/time.Minute)))
	}
	packedJSON, err := gzipped(payload.AppendBatchJSON(nil, hour))
	if err != nil {
		return nil, err
	}
	packedCBOR, err := gzipped(payload.AppendBatchCBOR(nil, hour))
	if err != nil {
		return nil, err
	}
	return []Message{
		{"JSON", topic, len(payload.AppendJSON(nil, &full)), 1},
		{"CBOR", topic, len(payload.AppendCBOR(nil, &full)), 1},
		{"small JSON", topic, len(payload.AppendJSON(nil, &small)), 1},
		{"small CBOR", topic, len(payload.AppendCBOR(nil, &small)), 1},
		{"JSON, an hour in gzip", topic, packedJSON, n},
		{"CBOR, an hour in gzip", topic, packedCBOR, n},
	}, nil
}

func gzipped(data []byte) (int, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := z.Write(data); err != nil {
		return 0, err
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	return b.Len(), nil
}
