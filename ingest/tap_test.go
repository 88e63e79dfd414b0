package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// script is a connection whose reads are written beforehand.
type script struct {
	net.Conn
	reads [][]byte
	wrote [][]byte
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.reads) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.reads[0])
	if s.reads[0] = s.reads[0][n:]; len(s.reads[0]) == 0 {
		s.reads = s.reads[1:]
	}
	return n, nil
}

func (s *script) Write(p []byte) (int, error) {
	s.wrote = append(s.wrote, bytes.Clone(p))
	return len(p), nil
}

func (s *script) SetWriteDeadline(time.Time) error { return nil }
func (s *script) Close() error                     { return nil }

// tapped is a tap over a script, with what it hands over.
func tapped(maxPayload int, reads ...[]byte) (*tap, *script, *queue) {
	s := &script{reads: reads}
	q := newQueue()
	return newTap(s, maxPayload, q, func() device.Millis { return 7 }), s, q
}

// packet is one MQTT packet with that first byte.
func packet(first byte, body ...byte) []byte {
	return append(binary.AppendUvarint([]byte{first}, uint64(len(body))), body...)
}

// message1 is a PUBLISH with QoS 1, message0 with QoS 0.
func message1(id uint16, topic, payload string) []byte {
	body := append(binary.BigEndian.AppendUint16(nil, uint16(len(topic))), topic...)
	return packet(publish|2, append(binary.BigEndian.AppendUint16(body, id), payload...)...)
}

func message0(topic, payload string) []byte {
	body := append(binary.BigEndian.AppendUint16(nil, uint16(len(topic))), topic...)
	return packet(publish, append(body, payload...)...)
}

// told writes down what a queue holds.
func told(q *queue) (out []string) {
	all, _ := q.take(nil)
	for _, d := range all {
		for i := range d.messages {
			m := &d.messages[i]
			out = append(out, fmt.Sprintf("%d %v %s %s", m.id, m.ack, m.topic, m.payload))
		}
		d.done()
	}
	return out
}

// The stream may be cut anywhere: paho gets its packets whole and in order, and we ours.
func TestTapPartsTheStream(t *testing.T) {
	connack, suback, pingresp := packet(0x20, 0, 0), packet(0x90, 0, 1, 1), packet(0xd0)
	stream := slices.Concat(connack, message1(1, "a/b", "one"), message1(258, "a/b", ""), suback,
		message0("c", "none"), message1(3, "d", strings.Repeat("x", 200)), pingresp, message1(4, "e", "last"))
	want := []string{"1 true a/b one", "258 true a/b ", "0 false c none", "3 true d " + strings.Repeat("x", 200), "4 true e last"}
	for size := 1; size <= len(stream); size++ {
		tap, _, q := tapped(1000, slices.Collect(slices.Chunk(stream, size))...)
		var got []string
		var pass []byte
		for buffer := make([]byte, 3); ; {
			n, err := tap.Read(buffer)
			pass = append(pass, buffer[:n]...)
			got = append(got, told(q)...)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, want) || !bytes.Equal(pass, slices.Concat(connack, suback, pingresp)) {
			t.Fatalf("cut after every %d bytes: paho gets %x, we %q", size, pass, got)
		}
	}
}

// Messages keep their bytes while others follow, however many.
func TestTapKeepsBytesUntilDone(t *testing.T) {
	var stream []byte
	const n = 5000
	for i := range n {
		stream = append(stream, message1(uint16(i+1), "t", fmt.Sprint("payload ", i, strings.Repeat(" ", 200)))...)
	}
	tap, _, q := tapped(1000, slices.Collect(slices.Chunk(stream, 3001))...)
	if _, err := tap.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	got := told(q)
	if len(got) != n {
		t.Fatalf("%d messages of %d", len(got), n)
	}
	for i, g := range got {
		if !strings.HasPrefix(g, fmt.Sprintf("%d true t payload %d ", i+1, i)) {
			t.Fatalf("message %d reads %q", i, g)
		}
	}
}

// A payload beyond the limit is read past: its head, length and digest are kept.
func TestTapReadsPastWhatIsTooLarge(t *testing.T) {
	huge := strings.Repeat("0123456789", 300_000)
	sum := sha256.Sum256([]byte(huge))
	stream := slices.Concat(message1(1, "t", "before"), message1(2, "t", huge), message0("t", huge[:2000]), message1(3, "t", "after"))
	tap, _, q := tapped(1000, slices.Collect(slices.Chunk(stream, 50_021))...)
	if _, err := tap.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	all, _ := q.take(nil)
	var got []message
	for _, d := range all {
		got = append(got, d.messages...)
	}
	if len(got) != 4 || got[0].large != nil || got[3].large != nil || got[1].large == nil || got[2].large == nil {
		t.Fatalf("%d messages: %+v", len(got), got)
	}
	m := got[1]
	if m.id != 2 || string(m.topic) != "t" || m.length() != len(huge) || m.large.digest() != hex.EncodeToString(sum[:]) || string(m.payload) != huge[:journal.MaxRejectedPayload] {
		t.Errorf("kept: number %d, topic %s, %d bytes of %d", m.id, m.topic, len(m.payload), m.length())
	}
	if len(tap.in.bytes) != chunkBytes {
		t.Errorf("a chunk has grown to %d bytes", len(tap.in.bytes))
	}
}

// While the journal refuses, the broker sends everything again every few seconds:
// that must not fill our memory.
func TestTapHoldsOneCopy(t *testing.T) {
	first := append(message1(7, "t", "x"), message1(8, "t", "y")...)
	again := bytes.Clone(first)
	again[0] |= dupBit
	again[len(again)/2] |= dupBit
	tap, s, q := tapped(1000, first, again, message0("t", "z"), message0("t", "z"))
	if _, err := tap.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if got := told(q); len(got) != 4 {
		t.Fatalf("taken: %q, want each number once, and QoS 0 always", got)
	}
	tap.failed, s.reads = nil, [][]byte{again} // taken, but not acknowledged
	_, _ = tap.Read(make([]byte, 1))
	if got := told(q); len(got) != 0 {
		t.Fatalf("taken again before the acknowledgement: %q", got)
	}
	tap.ack([]uint16{8})
	tap.failed, s.reads = nil, [][]byte{again} // 8 is another message now
	_, _ = tap.Read(make([]byte, 1))
	if got := told(q); len(got) != 1 || !strings.HasPrefix(got[0], "8 ") {
		t.Fatalf("after the acknowledgement of 8: %q", got)
	}
	tap.failed, s.reads = nil, [][]byte{first} // another message with a number that is taken
	_, _ = tap.Read(make([]byte, 1))
	if got := told(q); len(got) != 2 {
		t.Fatalf("numbers given twice by the broker: %q, want both", got)
	}
}

// A broker that keeps to no window does not fill our memory: nothing is read while
// too much waits, and paho's pings are answered meanwhile.
func TestTapPausesWhileTooMuchWaits(t *testing.T) {
	one := message1(1, "t", strings.Repeat("x", 60<<10))
	var reads [][]byte
	for range 2 * maxQueued / len(one) {
		reads = append(reads, one)
	}
	tap, s, q := tapped(64<<10, append(reads, packet(0x20, 0, 0))...)
	answers := make(chan byte)
	go func() {
		defer close(answers)
		for b := [1]byte{}; ; {
			if _, err := tap.Read(b[:]); err != nil {
				return
			}
			answers <- b[0]
		}
	}()
	deadline := time.After(2 * time.Minute)
	next := func() byte {
		select {
		case b := <-answers:
			return b
		case <-deadline:
			t.Fatal("no answer within two minutes")
			return 0
		}
	}
	for !q.full() {
		select {
		case <-deadline:
			t.Fatal("the queue is not full after two minutes")
		case <-time.After(time.Millisecond):
		}
	}
	for range 2 {
		if _, err := tap.Write(packet(pingreq)); err != nil {
			t.Fatal(err)
		}
		if b := []byte{next(), next()}; !bytes.Equal(b, packet(pingresp)) {
			t.Fatalf("a ping is answered with %x", b)
		}
	}
	q.mu.Lock()
	waits := q.bytes
	q.mu.Unlock()
	if waits > maxQueued+len(one) {
		t.Fatalf("%d bytes wait", waits)
	}
	n := len(told(q)) // room again: it goes on up to the next pause, and so on to the end
	for b := byte(0); b != 0x20; {
		select {
		case b = <-answers:
		case <-q.ready:
			n += len(told(q))
		case <-deadline:
			t.Fatal("it does not go on")
		}
	}
	if n += len(told(q)); n != len(reads) || len(s.wrote) != 2 {
		t.Errorf("%d of %d messages, %d writes", n, len(reads), len(s.wrote))
	}
	tap.Close()
	for range answers {
	}
}

// A pause ends when the connection is closed.
func TestTapPauseEnds(t *testing.T) {
	tap, _, q := tapped(1000)
	q.push(&delivery{tap: tap, bytes: maxQueued})
	tap.Close()
	if _, err := tap.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
}

// Acknowledgements that belong together are one write, in the given order.
func TestTapJoinsAcks(t *testing.T) {
	tap, s, _ := tapped(1000)
	tap.ack([]uint16{1, 258, 3})
	if want := []byte{0x40, 2, 0, 1, 0x40, 2, 1, 2, 0x40, 2, 0, 3}; len(s.wrote) != 1 || !bytes.Equal(s.wrote[0], want) {
		t.Errorf("wrote %x, want %x in one", s.wrote, want)
	}
}

// What is no MQTT ends the connection with words, and not the process.
func TestTapRefuses(t *testing.T) {
	for want, stream := range map[string][]byte{
		"QoS 2":                packet(publish|4, 0, 1, 'a', 0, 1),
		"length":               {publish | 2, 0xff, 0xff, 0xff, 0xff, 1},
		"a topic of":           packet(publish|2, 0, 9, 'a', 0, 1),
		"a message of 1 bytes": packet(publish|2, 0),
		"type 9":               slices.Concat([]byte{0x90}, binary.AppendUvarint(nil, maxControl+1)),
	} {
		tap, _, _ := tapped(1000, stream)
		_, err := tap.Read(make([]byte, 1))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%x: %v, want words about %s", stream, err, want)
		}
	}
}

// Whatever comes, cut wherever: nothing is invented, and cutting changes nothing.
func FuzzTap(f *testing.F) {
	f.Add(slices.Concat(packet(0x20, 0, 0), message1(1, "a/b", "one"), message0("c", "none"), packet(0xd0)), 3)
	f.Add(message1(1, "t", strings.Repeat("x", 500)), 100)
	f.Add(packet(publish|4, 0, 1, 'a', 0, 1), 1)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		if size < 1 || len(stream) == 0 {
			return
		}
		type result struct{ messages, pass, err string }
		read := func(reads [][]byte) result {
			tap, _, q := tapped(100, reads...)
			pass, err := io.ReadAll(tap)
			text := ""
			if err != nil {
				text = err.Error()
			}
			return result{strings.Join(told(q), "\n"), string(pass), text}
		}
		whole, cut := read([][]byte{stream}), read(slices.Collect(slices.Chunk(stream, size)))
		if whole != cut {
			t.Fatalf("whole %+v, cut after every %d bytes %+v", whole, size, cut)
		}
	})
}
