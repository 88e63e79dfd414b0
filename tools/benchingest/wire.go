package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// Packet types of MQTT 3.1.1, in the upper four bits.
const (
	packetConnect    = 0x10
	packetConnack    = 0x20
	packetPublish    = 0x30
	packetPuback     = 0x40
	packetSubscribe  = 0x82
	packetSuback     = 0x90
	packetPingreq    = 0xc0
	packetPingresp   = 0xd0
	packetDisconnect = 0xe0
)

// wire is one raw MQTT connection: the load must cost far less than what is measured.
type wire struct {
	net.Conn
	in  *bufio.Reader
	out *bufio.Writer
}

func newWire(c net.Conn) *wire {
	return &wire{c, bufio.NewReaderSize(c, 64<<10), bufio.NewWriterSize(c, 64<<10)}
}

// dial connects as client; clean false makes or joins a persistent session.
func dial(address, client string, clean bool) (*wire, error) {
	c, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	w := newWire(c)
	flags := byte(0)
	if clean {
		flags = 2
	}
	body := appendText(nil, "MQTT")
	body = append(body, 4, flags, 0, 0) // level 3.1.1, no keep-alive
	body = appendText(body, client)
	if err = w.packet(packetConnect, body); err == nil {
		err = w.out.Flush()
	}
	kind := byte(0)
	if err == nil {
		kind, body, err = w.read(nil)
	}
	if err == nil && (kind != packetConnack || len(body) != 2 || body[1] != 0) {
		err = fmt.Errorf("the broker answers CONNECT with %x %x", kind, body)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("connect to %s as %s: %w", address, client, err)
	}
	return w, nil
}

// session makes a persistent session that receives filters with QoS 1, and leaves.
func session(address, client string, filters ...string) error {
	w, err := dial(address, client, false)
	if err != nil {
		return err
	}
	defer w.Close()
	body := []byte{0, 1}
	for _, f := range filters {
		body = append(appendText(body, f), 1)
	}
	if err := w.packet(packetSubscribe, body); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	kind, body, err := w.read(nil)
	if err != nil || kind != packetSuback {
		return fmt.Errorf("subscribe as %s: %x %x %w", client, kind, body, err)
	}
	if err := w.packet(packetDisconnect, nil); err != nil {
		return err
	}
	return w.out.Flush()
}

func (w *wire) packet(head byte, body []byte) error {
	if err := w.out.WriteByte(head); err != nil {
		return err
	}
	if _, err := w.out.Write(binary.AppendUvarint(nil, uint64(len(body)))); err != nil {
		return err
	}
	_, err := w.out.Write(body)
	return err
}

// publish writes a message with QoS 1 into the buffer.
func (w *wire) publish(topic string, id uint16, payload []byte) error {
	head := append(w.out.AvailableBuffer(), packetPublish|2)
	head = binary.AppendUvarint(head, uint64(2+len(topic)+2+len(payload)))
	head = appendText(head, topic)
	head = binary.BigEndian.AppendUint16(head, id)
	if _, err := w.out.Write(head); err != nil {
		return err
	}
	_, err := w.out.Write(payload)
	return err
}

// read takes one packet; body is good until the next call with the same buffer.
func (w *wire) read(buffer []byte) (kind byte, body []byte, err error) {
	if kind, err = w.in.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(w.in)
	if err != nil {
		return 0, nil, err
	}
	if n > 1<<20 {
		return 0, nil, fmt.Errorf("a packet of %d bytes", n)
	}
	if uint64(cap(buffer)) < n {
		buffer = make([]byte, n)
	}
	_, err = io.ReadFull(w.in, buffer[:n])
	return kind, buffer[:n], err
}

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}
