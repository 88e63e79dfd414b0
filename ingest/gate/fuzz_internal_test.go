package gate

import (
	"bytes"
	"reflect"
	"testing"
)

func readAll(b []byte) (packet, error) {
	r := bytes.NewReader(b)
	return readPacket(r, r, MaxPacket)
}

// add gives a target the packets as their first byte and their body. Framing has a
// target of its own: mutated, most lengths would be wrong, and a wrong one costs the memory
// that it claims, a thousand times the work of parsing.
func add(f *testing.F, packets ...[]byte) {
	f.Helper()
	for _, b := range packets {
		p, err := readAll(b)
		if err != nil {
			f.Fatalf("%x: %v", b, err)
		}
		f.Add(p.first, p.body)
	}
}

// FuzzPacket: whatever comes on a connection, a packet is read within its bounds, and is
// what came.
func FuzzPacket(f *testing.F) {
	f.Add(appendHello(nil, "gate-1", "gate", "secret", true))
	f.Add([]byte("\x30\x05\x00\x03a/b1"))
	f.Add([]byte("\x30\x85\x00\x00\x03a/b1")) // a length in two bytes, the second of which says nothing
	f.Add([]byte("\x10\xff\xff\xff\xff\x7f"))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Add([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")) // TLS at a plain port
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 10
		r := bytes.NewReader(data)
		p, err := readPacket(r, r, limit)
		if err != nil {
			return
		}
		read := data[:len(data)-r.Len()]
		if len(p.body) > limit || p.first != read[0] || !bytes.HasSuffix(read[2:], p.body) {
			t.Errorf("%x gives %x and %x", data, p.first, p.body)
		}
		out := append(appendHeader(nil, p.first, len(p.body)), p.body...)
		if again, err := readAll(out); err != nil || again.first != p.first || !bytes.Equal(again.body, p.body) {
			t.Errorf("%x became %x, %v", p, again, err)
		}
	})
}

// FuzzHello: whatever is in the first packet of a connection, a CONNECT that is
// understood is understood again as we would write it.
func FuzzHello(f *testing.F) {
	add(f, appendHello(nil, "gate-1", "gate", "secret", true),
		[]byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"),
		[]byte("\x10\x13\x00\x06MQIsdp\x03\xc2\x00\x3c\x00\x01a\x00\x00\x00\x00"),
		[]byte("\x10\x16\x00\x04MQTT\x04\x2e\x00\x00\x00\x01a\x00\x03t/x\x00\x02hi"),
		[]byte("\x10\x0c\x00\x04MQTT\x05\x02\x00\x3c\x00\x00"))
	f.Fuzz(func(t *testing.T, first byte, body []byte) {
		h, answer, err := parseHello(packet{first, body})
		if err != nil || answer != welcome {
			return
		}
		if h.client == "" && !h.clean || h.will != nil && h.will.qos > 2 || !h.named && h.username != "" {
			t.Errorf("accepted %+v", h)
		}
		ours, err := readAll(appendHello(nil, h.client, h.username, h.password, h.clean))
		if err != nil {
			t.Fatal(err)
		}
		again, answer, err := parseHello(ours)
		if err != nil || answer != welcome && h.client != "" || again.client != h.client || again.username != h.username || again.password != h.password {
			t.Errorf("%+v became %+v, %d, %v", h, again, answer, err)
		}
	})
}

// FuzzPublish: what is understood of a message is what is passed on.
func FuzzPublish(f *testing.F) {
	add(f, appendPublish(nil, message{topic: "jiaping/lamps/JP-0001/telemetry", qos: 1, payload: []byte(`{"ts":1}`)}, 7),
		appendPublish(nil, message{topic: "a", retain: true}, 0),
		[]byte{0x30, 5, 0, 3, 'a', 0, 'b'},
		[]byte{0x36, 5, 0, 1, 'a', 0, 1},
		[]byte{0x3a, 5, 0, 1, 'a', 0, 1})
	f.Fuzz(func(t *testing.T, first byte, body []byte) {
		m, err := parsePublish(packet{publish<<4 | first&0xf, body})
		if err != nil {
			return
		}
		out, err := readAll(appendPublish(nil, m, m.id))
		if err != nil {
			t.Fatal(err)
		}
		again, err := parsePublish(out)
		again.repeated = m.repeated // it is the gate's own message
		if err != nil || again.topic != m.topic || again.qos != m.qos || again.id != m.id || again.retain != m.retain || !bytes.Equal(again.payload, m.payload) {
			t.Errorf("%+v became %+v, %v", m, again, err)
		}
		for _, r := range []right{{}, {prefix: "jiaping", lamp: "JP-0001"}} {
			if r.publish(m.topic) && (m.topic[0] == '$' || bytes.ContainsAny([]byte(m.topic), "+#\x00 ")) {
				t.Errorf("%q may be sent", m.topic)
			}
		}
	})
}

// FuzzSubscribe: the filters that are passed on are those that were understood, and none
// of somebody else.
func FuzzSubscribe(f *testing.F) {
	add(f, appendSubscribe(nil, subscribe, 7, []filter{{"jiaping/lamps/JP-0001/command", 1}, {"#", 2}}),
		appendSubscribe(nil, unsubscribe, 7, []filter{{"$SYS/#", 0}}),
		[]byte{0x82, 2, 0, 1},
		[]byte{0x80, 6, 0, 1, 0, 1, 'a', 0})
	f.Fuzz(func(t *testing.T, first byte, body []byte) {
		p := packet{first, body}
		if p.kind() != subscribe && p.kind() != unsubscribe {
			p.first = subscribe<<4 | first&0xf
		}
		id, filters, err := parseSubscribe(p)
		if err != nil {
			return
		}
		out, err := readAll(appendSubscribe(nil, p.kind(), id, filters))
		if err != nil {
			t.Fatal(err)
		}
		againID, again, err := parseSubscribe(out)
		if err != nil || id == 0 || againID != id || !reflect.DeepEqual(again, filters) {
			t.Errorf("%d %v became %d %v, %v", id, filters, againID, again, err)
		}
		for _, one := range filters {
			if (right{prefix: "jiaping", lamp: "JP-0001"}).subscribe(one.topic) && one.topic != "jiaping/lamps/JP-0001/command" {
				t.Errorf("%q may be read", one.topic)
			}
		}
	})
}
