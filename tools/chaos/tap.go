package main

import (
	"io"
	"sync"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// promises knows which messages ingest acknowledged to an external broker: seen on
// the wire, so that a loss can be laid at the right door.
type promises struct {
	mu    sync.Mutex
	acked map[id]bool
}

func newPromises() *promises { return &promises{acked: map[id]bool{}} }

func (p *promises) has(m id) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.acked[m]
}

// tap listens to one connection.
func (p *promises) tap() (up, down io.Writer) {
	open := map[uint16]id{} // what was delivered on it and not yet acknowledged
	var mu sync.Mutex
	down = listen(func(packet packets.ControlPacket) {
		if m, ok := packet.(*packets.PublishPacket); ok && m.Qos > 0 {
			mu.Lock()
			defer mu.Unlock()
			open[m.MessageID], _ = parse(m.Payload)
		}
	})
	up = listen(func(packet packets.ControlPacket) {
		if a, ok := packet.(*packets.PubackPacket); ok {
			mu.Lock()
			m := open[a.MessageID]
			mu.Unlock()
			p.mu.Lock()
			p.acked[m] = true
			p.mu.Unlock()
		}
	})
	return up, down
}

// listen gives a writer that hands every whole packet to take.
func listen(take func(packets.ControlPacket)) io.Writer { return &packetWriter{take: take} }

type packetWriter struct {
	rest []byte
	take func(packets.ControlPacket)
}

func (w *packetWriter) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		n := packetLength(w.rest)
		if n == 0 || n > len(w.rest) {
			return len(b), nil
		}
		if packet, err := packets.ReadPacket(newReader(w.rest[:n])); err == nil {
			w.take(packet)
		}
		w.rest = append(w.rest[:0], w.rest[n:]...)
	}
}

// packetLength is how long the packet at the beginning of b is, or 0 where b is too
// short to tell.
func packetLength(b []byte) int {
	length, shift := 0, 0
	for i := 1; i < len(b) && i <= 4; i++ {
		length |= int(b[i]&0x7f) << shift
		if b[i]&0x80 == 0 {
			return 1 + i + length
		}
		shift += 7
	}
	return 0
}
