package gate

import (
	"encoding/binary"
	"time"
)

// hello is a CONNECT.
type hello struct {
	client    string
	clean     bool
	keepAlive time.Duration // 0 for none
	will      *message
	username  string
	password  string
	named     bool // it gave a user name
}

// The answers of a CONNACK.
const (
	welcome     = 0
	wrongLevel  = 1
	badClientID = 2
	unavailable = 3
	badPassword = 4
	notAllowed  = 5
)

// parseHello reads a CONNECT of MQTT 3.1 or 3.1.1. answer is what CONNACK must say
// where it cannot be served; an error needs no answer.
func parseHello(p packet) (h hello, answer byte, err error) {
	f := fields{rest: p.body}
	if p.kind() != connect || p.first&0xf != 0 {
		return h, 0, broken("the first packet is no CONNECT")
	}
	name, level := string(f.bytes()), f.byte()
	if !(name == "MQTT" && level == 4 || name == "MQIsdp" && level == 3) {
		if name == "MQTT" {
			return h, wrongLevel, nil
		}
		return h, 0, broken("not MQTT")
	}
	flags := f.byte()
	h.clean = flags&2 != 0
	h.keepAlive = time.Duration(f.uint16()) * time.Second
	if flags&1 != 0 {
		return h, 0, broken("the reserved flag of CONNECT is set")
	}
	if h.client, err = f.text("client id"); err != nil {
		return h, 0, err
	}
	if err = h.readWill(&f, flags); err != nil {
		return h, 0, err
	}
	if h.named = flags&0x80 != 0; h.named {
		if h.username, err = f.text("user name"); err != nil {
			return h, 0, err
		}
	}
	if flags&0x40 != 0 {
		h.password = string(f.bytes())
	}
	switch {
	case f.short:
		return h, 0, broken("CONNECT ends too early")
	case len(f.rest) > 0:
		return h, 0, broken("CONNECT goes on after its end")
	case flags&0xc0 == 0x40:
		return h, 0, broken("a password without a user name")
	case h.client == "" && !h.clean:
		return h, badClientID, nil
	}
	return h, welcome, nil
}

func (h *hello) readWill(f *fields, flags byte) error {
	qos, retain := flags>>3&3, flags&0x20 != 0
	if flags&4 == 0 {
		if qos != 0 || retain {
			return broken("flags of a last will without the will")
		}
		return nil
	}
	topic, err := f.text("topic of the last will")
	if err != nil {
		return err
	}
	if qos == 3 {
		return broken("QoS 3 does not exist")
	}
	h.will = &message{topic: topic, qos: qos, retain: retain, payload: f.bytes()}
	return nil
}

// appendHello is our own CONNECT towards the broker behind us.
func appendHello(b []byte, client, username, password string, clean bool) []byte {
	flags := byte(0xc0)
	if clean {
		flags |= 2
	}
	b = appendHeader(b, connect<<4, 10+6+len(client)+len(username)+len(password))
	b = append(appendText(b, "MQTT"), 4, flags)
	b = binary.BigEndian.AppendUint16(b, 0) // no keep-alive: it is this machine
	return appendText(appendText(appendText(b, client), username), password)
}
