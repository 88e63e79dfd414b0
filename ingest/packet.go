package ingest

import (
	"bytes"
	"encoding/binary"
)

// Packet types of MQTT 3.1.1, in the upper four bits, and where QoS stands below.
const (
	publish  = 0x30
	puback   = 0x40
	pingreq  = 0xc0
	pingresp = 0xd0
	typeBits = 0xf0
	qosBits  = 0x06
	dupBit   = 0x08
)

// maxControl bounds packets that are no messages: a SUBACK has a byte for each filter.
const maxControl = 64 << 10

// parse takes what is whole of the bytes that were read. Its error ends the connection.
func (t *tap) parse() error {
	d := t.begin()
	defer func() { t.hand(d) }()
	for {
		if t.large != nil && !t.readPast(d) {
			return nil
		}
		rest := t.in.bytes[t.from:t.to]
		head, size, err := t.header(rest)
		if err != nil || head == 0 {
			return err
		}
		body := rest[head:]
		if rest[0]&typeBits != publish {
			if size > maxControl {
				return t.wrong("a packet of type %d has %d bytes", rest[0]>>4, size)
			}
			if t.need = head + size; len(rest) < t.need {
				return nil
			}
			t.pass = append(t.pass, rest[:t.need]...)
			t.from += t.need
			continue
		}
		m, start, err := t.publish(rest[0], body[:min(len(body), size)], size)
		if err != nil {
			return err
		}
		if start > 0 && size-start > t.maxPayload {
			m.topic = bytes.Clone(m.topic)
			m.large = newLarge(size - start)
			t.large = &m
			t.from += head + start
			continue
		}
		if t.need = head + size; start == 0 || len(rest) < t.need {
			if start == 0 { // first only as much as tells whether it is too large
				t.need = min(t.need, head+2+1<<16+2)
			}
			return nil
		}
		m.payload = body[start:size:size]
		d.messages = append(d.messages, m)
		t.from += t.need
	}
}

// header reads a packet's first bytes; head is 0 where some are still to come.
func (t *tap) header(rest []byte) (head, size int, err error) {
	t.need = 0
	if len(rest) < 2 {
		return 0, 0, nil
	}
	if rest[1] < 0x80 {
		return 2, int(rest[1]), nil
	}
	n, head := binary.Uvarint(rest[1:min(len(rest), 5)])
	switch {
	case head > 0:
		return 1 + head, int(n), nil
	case len(rest) >= 5:
		return 0, 0, t.wrong("a packet's length has more than four bytes")
	}
	return 0, 0, nil
}

// publish reads a message up to its payload, which begins at start; start is 0
// where the bytes do not reach so far. size is that of the whole body.
func (t *tap) publish(first byte, body []byte, size int) (m message, start int, err error) {
	if m.ack = first&qosBits == 1<<1; !m.ack && first&qosBits != 0 {
		return m, 0, errQoS2
	}
	m.again = first&dupBit != 0
	if size < 2 {
		return m, 0, t.wrong("a message of %d bytes", size)
	}
	if len(body) < 2 {
		return m, 0, nil
	}
	start = 2 + int(binary.BigEndian.Uint16(body))
	end := start
	if m.ack {
		start += 2
	}
	if start > size {
		return m, 0, t.wrong("a topic of %d bytes in a message of %d", end-2, size)
	}
	if start > len(body) {
		return m, 0, nil
	}
	m.topic = body[2:end:end]
	if m.ack {
		m.id = binary.BigEndian.Uint16(body[end:])
	}
	return m, start, nil
}

// readPast takes what has come of a payload beyond the limit; true once it is over.
func (t *tap) readPast(d *delivery) bool {
	t.from += t.large.large.take(t.large, t.in.bytes[t.from:t.to])
	if t.large.large.left > 0 {
		t.need = 0
		return false
	}
	d.messages = append(d.messages, *t.large)
	t.large = nil
	return true
}
