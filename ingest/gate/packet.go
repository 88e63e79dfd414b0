package gate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// The packets of MQTT 3.1.1 by their number.
const (
	connect = 1 + iota
	connack
	publish
	puback
	pubrec
	pubrel
	pubcomp
	subscribe
	suback
	unsubscribe
	unsuback
	pingreq
	pingresp
	disconnect
)

// Bounds of a packet, in bytes after the fixed header.
const (
	// MaxPacket is the largest that a lamp may send.
	MaxPacket = 1 << 20
	// maxConnect bounds what somebody may send who is not known yet.
	maxConnect = 8 << 10
	readStep   = 64 << 10 // so much is believed of a length before it has come
)

// packet is one MQTT packet: its first byte and what follows the length.
type packet struct {
	first byte
	body  []byte
}

func (p packet) kind() int { return int(p.first >> 4) }

// errTooLarge is for a packet beyond the bound; nothing of its body was read.
var errTooLarge = errors.New("too large")

// readPacket reads one packet of at most limit bytes after its fixed header.
func readPacket(r io.ByteReader, from io.Reader, limit int) (packet, error) {
	first, err := r.ReadByte()
	if err != nil {
		return packet{}, err
	}
	length := 0
	for shift := 0; ; shift += 7 {
		if shift > 21 {
			return packet{}, broken("the length of a packet has more than four bytes")
		}
		b, err := r.ReadByte()
		if err != nil {
			return packet{}, cut(err)
		}
		length |= int(b&0x7f) << shift
		if b&0x80 == 0 {
			break
		}
	}
	if length > limit {
		return packet{first: first}, fmt.Errorf("%w: %d bytes, at most %d", errTooLarge, length, limit)
	}
	body := make([]byte, 0, min(length, readStep))
	for len(body) < length {
		n := min(length-len(body), readStep)
		body = append(body, make([]byte, n)...)
		if _, err := io.ReadFull(from, body[len(body)-n:]); err != nil {
			return packet{}, cut(err)
		}
	}
	return packet{first, body}, nil
}

// appendHeader begins a packet of length bytes after its fixed header.
func appendHeader(b []byte, first byte, length int) []byte {
	b = append(b, first)
	for {
		digit := byte(length & 0x7f)
		if length >>= 7; length == 0 {
			return append(b, digit)
		}
		b = append(b, digit|0x80)
	}
}

// brokenError says how a packet is against the protocol.
type brokenError string

func (e brokenError) Error() string { return string(e) }

func broken(format string, args ...any) error { return brokenError(fmt.Sprintf(format, args...)) }

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fields takes a body apart; after the first lack everything it gives is empty.
type fields struct {
	rest  []byte
	short bool
}

func (f *fields) take(n int) []byte {
	if n > len(f.rest) {
		f.rest, f.short = nil, true
		return nil
	}
	out := f.rest[:n]
	f.rest = f.rest[n:]
	return out
}

func (f *fields) byte() byte {
	if b := f.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (f *fields) uint16() uint16 {
	if b := f.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (f *fields) bytes() []byte { return f.take(int(f.uint16())) }

// text is UTF-8 without NUL.
func (f *fields) text(what string) (string, error) {
	b := f.bytes()
	switch {
	case f.short:
		return "", broken("a packet ends within its %s", what)
	case !utf8.Valid(b):
		return "", broken("the %s is not UTF-8", what)
	case bytes.IndexByte(b, 0) >= 0:
		return "", broken("the %s has a NUL in it", what)
	}
	return string(b), nil
}

// message is a PUBLISH, or a last will.
type message struct {
	topic    string
	qos      byte
	retain   bool
	id       uint16 // 0 with QoS 0
	payload  []byte
	repeated bool
}

// parsePublish reads a PUBLISH. Its payload is part of p's body.
func parsePublish(p packet) (message, error) {
	m := message{qos: p.first >> 1 & 3, retain: p.first&1 != 0, repeated: p.first&8 != 0}
	f := fields{rest: p.body}
	var err error
	if m.topic, err = f.text("topic"); err != nil {
		return m, err
	}
	switch m.qos {
	case 0:
	case 1, 2:
		if m.id = f.uint16(); m.id == 0 {
			return m, broken("a message with QoS %d needs a packet number", m.qos)
		}
	default:
		return m, broken("QoS 3 does not exist")
	}
	m.payload = f.rest
	return m, nil
}

// appendPublish is the packet of m under the number id.
func appendPublish(b []byte, m message, id uint16) []byte {
	first := byte(publish<<4) | m.qos<<1
	if m.retain {
		first |= 1
	}
	length := 2 + len(m.topic) + len(m.payload)
	if m.qos > 0 {
		length += 2
	}
	b = appendHeader(b, first, length)
	b = appendText(b, m.topic)
	if m.qos > 0 {
		b = binary.BigEndian.AppendUint16(b, id)
	}
	return append(b, m.payload...)
}

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// filter is one line of a SUBSCRIBE.
type filter struct {
	topic string
	qos   byte
}

// parseSubscribe reads a SUBSCRIBE or an UNSUBSCRIBE, whose filters have no QoS.
func parseSubscribe(p packet) (id uint16, filters []filter, err error) {
	f := fields{rest: p.body}
	if id = f.uint16(); id == 0 || p.first&0xf != 2 {
		return 0, nil, broken("a subscription needs a packet number and the flags 0010")
	}
	for len(f.rest) > 0 {
		var one filter
		if one.topic, err = f.text("topic filter"); err != nil {
			return 0, nil, err
		}
		if p.kind() == subscribe {
			if one.qos = f.byte(); f.short || one.qos > 2 {
				return 0, nil, broken("a subscription needs a QoS of 0, 1 or 2")
			}
		}
		filters = append(filters, one)
	}
	if len(filters) == 0 {
		return 0, nil, broken("a subscription without a topic")
	}
	return id, filters, nil
}

// appendSubscribe is a SUBSCRIBE or UNSUBSCRIBE.
func appendSubscribe(b []byte, kind int, id uint16, filters []filter) []byte {
	length := 2
	for _, f := range filters {
		length += 2 + len(f.topic)
		if kind == subscribe {
			length++
		}
	}
	b = appendHeader(b, byte(kind<<4)|2, length)
	b = binary.BigEndian.AppendUint16(b, id)
	for _, f := range filters {
		b = appendText(b, f.topic)
		if kind == subscribe {
			b = append(b, f.qos)
		}
	}
	return b
}
