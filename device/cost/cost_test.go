package cost

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

func measured(t *testing.T) Handshakes {
	t.Helper()
	h, err := Measure()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// A resumed handshake weighs a part of a full one, in both versions.
func TestHandshakes(t *testing.T) {
	h := measured(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		full, resumed := h[Security{TLS: version}], h[Security{TLS: version, Resume: true}]
		if full < 2000 || full > 6000 || resumed < 500 || resumed*2 > full {
			t.Errorf("%s: %d bytes, resumed %d", tls.VersionName(version), full, resumed)
		}
	}
}

// What people are told: a full reading has some 440 bytes; every 10 minutes on a kept connection
// is some 3 MB a month, a full TLS handshake each time six times that or more.
func TestWhatPeopleAreTold(t *testing.T) {
	h := measured(t)
	full := Sample(0)
	if n := len(payload.AppendJSON(nil, &full)); n < 420 || n > 460 {
		t.Errorf("a full reading has %d bytes", n)
	}
	list, err := Formats(10 * time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	kept := PerMonth(list[0], 10*time.Minute, Link{Security: Security{TLS: tls.VersionTLS13}, Kept: true, KeepAlive: 15 * time.Minute}, h)
	if kept < 2_700_000 || kept > 3_300_000 {
		t.Errorf("a kept connection takes %d bytes a month", kept)
	}
	each := PerMonth(list[0], 10*time.Minute, Link{Security: Security{TLS: tls.VersionTLS13, RSA: true}}, h)
	if ratio := float64(each) / float64(kept); ratio < 5 || ratio > 12 {
		t.Errorf("a handshake each time takes %d bytes, %.1f times", each, ratio)
	}
	resumed := PerMonth(list[0], 10*time.Minute, Link{Security: Security{TLS: tls.VersionTLS13, Resume: true}}, h)
	if !(kept < resumed && resumed < each) {
		t.Errorf("kept %d, resumed %d, each time %d", kept, resumed, each)
	}
	for i := 1; i < len(list); i++ {
		if list[i].Payload/list[i].Readings >= list[0].Payload {
			t.Errorf("%s takes %d bytes for %d readings", list[i].Name, list[i].Payload, list[i].Readings)
		}
	}
}

// Every sample is a reading that ingest would take.
func TestSamplesAreReadings(t *testing.T) {
	for _, r := range []device.Reading{Sample(0), Sample(50), Small()} {
		var d payload.Decoder
		var b payload.Batch
		topic := payload.Topic{Lamp: "JP-0001", Part: payload.Telemetry}
		d.Telemetry(topic, payload.AppendCBOR(nil, &r), 1767268801000, &b)
		if len(b.Readings) != 1 || b.Readings[0].Hash() != r.Hash() {
			t.Errorf("%+v does not come through: %+v", r, b)
		}
	}
}

func TestSizes(t *testing.T) {
	// PUBLISH to a/b with 3 bytes: 0x32, length 10, 0 3 a / b, id 2, payload 3.
	if n := publish("a/b", 3); n != 12 {
		t.Errorf("PUBLISH has %d bytes", n)
	}
	if n := publish("a/b", 200); n != 1+2+2+3+2+200 {
		t.Errorf("a longer PUBLISH has %d bytes", n)
	}
	if n := connect("c", "u", 1); n != 2+10+3+3+3 {
		t.Errorf("CONNECT has %d bytes", n)
	}
	if n := flight(segment + 1); n != segment+1+2*ipTCP {
		t.Errorf("two packets have %d bytes", n)
	}
	hourly := Link{Kept: true, KeepAlive: 5 * time.Minute}
	quiet := Link{Kept: true}
	m := Message{Topic: "a/b", Payload: 3, Readings: 1}
	// An hour without a message holds eleven pings of 2·(2+52)+52 bytes.
	if more := PerMonth(m, time.Hour, hourly, nil) - PerMonth(m, time.Hour, quiet, nil); more != 720*11*160 {
		t.Errorf("pings take %d bytes", more)
	}
}
