package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/yingguang/yingguang/device"
)

// codecVersion begins every block; a block of another version is refused, never guessed at.
const codecVersion = 1

// ErrCorrupt is wrapped by every error of DecodeBlock.
var ErrCorrupt = errors.New("journal block cannot be read")

// Flags of a block.
const (
	flagObserving = 1 << iota
	flagReplay    // a Replay stands at the end
	flagRefused   // of the Replay
)

// EncodeBlock appends the encoding of b to dst. Integers are varints, values
// float64 little endian, texts led by their length.
func EncodeBlock(dst []byte, b *Block) []byte {
	dst = append(dst, codecVersion)
	dst = binary.AppendVarint(dst, int64(b.At))
	var flags byte
	if b.Observing {
		flags |= flagObserving
	}
	if b.Replay != nil {
		flags |= flagReplay
		if b.Replay.Refused {
			flags |= flagRefused
		}
	}
	dst = append(dst, flags)
	dst = binary.AppendUvarint(dst, uint64(len(b.Readings)))
	for i := range b.Readings {
		dst = appendReading(dst, b.At, &b.Readings[i])
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.Statuses)))
	for _, s := range b.Statuses {
		dst = appendText(dst, string(s.Subject))
		online := byte(0)
		if s.Online {
			online = 1
		}
		dst = append(dst, online)
		dst = binary.AppendVarint(dst, int64(s.TS))
		dst = binary.AppendVarint(dst, int64(s.Received-b.At))
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.LeftOut)))
	for _, l := range b.LeftOut {
		dst = appendText(dst, string(l.Lamp))
		dst = binary.AppendUvarint(dst, uint64(l.Rejected))
		dst = binary.AppendUvarint(dst, uint64(l.Duplicate))
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.Nights)))
	for _, n := range b.Nights {
		dst = appendNight(dst, n)
	}
	if r := b.Replay; r != nil {
		dst = appendText(dst, r.ID)
		dst = appendText(dst, string(r.Lamp))
		dst = binary.AppendVarint(dst, int64(r.Received-b.At))
		dst = binary.AppendUvarint(dst, uint64(r.Readings))
	}
	return dst
}

func appendReading(dst []byte, at device.Millis, r *device.Reading) []byte {
	dst = appendText(dst, string(r.Lamp))
	dst = appendText(dst, string(r.Gateway))
	dst = binary.AppendVarint(dst, int64(r.Received-at))
	dst = binary.AppendVarint(dst, int64(r.TS-r.Received))
	dst = binary.AppendVarint(dst, int64(r.SentTS-r.TS))
	head := byte(r.Clock)
	if r.HasSeq {
		head |= 0x80
	}
	dst = append(dst, head)
	if r.HasSeq {
		dst = binary.AppendUvarint(dst, uint64(r.Boot))
		dst = binary.AppendUvarint(dst, uint64(r.Seq))
	}
	dst = binary.AppendUvarint(dst, uint64(r.Mask()))
	for mask := r.Mask(); mask != 0; mask &= mask - 1 {
		v, _ := r.Get(device.Field(bits.TrailingZeros32(mask)))
		dst = appendFloat(dst, v)
	}
	dst = appendText(dst, r.Firmware)
	dst = binary.AppendUvarint(dst, uint64(len(r.Faults)))
	for _, s := range r.Faults {
		dst = appendText(dst, s)
	}
	return binary.AppendUvarint(dst, uint64(r.Unknown))
}

func appendNight(dst []byte, n device.NightLight) []byte {
	dst = appendText(dst, string(n.Lamp))
	dst = appendText(dst, n.Night)
	dst = binary.AppendVarint(dst, int64(n.Dusk))
	dst = binary.AppendVarint(dst, int64(n.Dawn))
	for _, v := range []float64{n.LitS, n.ExpectedS, n.ObservedS, n.SoCMin} {
		dst = appendFloat(dst, v)
	}
	dst = binary.AppendVarint(dst, int64(n.Switches))
	return binary.AppendVarint(dst, int64(n.Readings))
}

func appendText(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendFloat(dst []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
}

// DecodeBlock reads what EncodeBlock wrote. Its errors wrap ErrCorrupt.
func DecodeBlock(src []byte) (*Block, error) {
	b := &Block{}
	if err := decodeBlock(b, src, nil); err != nil {
		return nil, err
	}
	return b, nil
}

// leastRoom is for how many readings a block that is used again keeps its memory in any case.
const leastRoom = 64

// decodeBlock fills b, using its memory again, and takes texts from names where
// they are there; nil keeps none.
func decodeBlock(b *Block, src []byte, names names) error {
	if len(src) == 0 {
		return fmt.Errorf("%w: it is empty", ErrCorrupt)
	}
	if src[0] != codecVersion {
		return fmt.Errorf("%w: version %d, this program reads version %d: run the program that wrote it", ErrCorrupt, src[0], codecVersion)
	}
	c := &cursor{rest: src[1:], names: names}
	room := b.Readings
	*b = Block{At: device.Millis(c.varint())}
	flags := c.byte()
	b.Observing = flags&flagObserving != 0
	// A reading takes at least 10 bytes, so a false count cannot make us allocate the moon.
	n := c.count(10)
	if cap(room) < n || cap(room) > max(leastRoom, 16*n) { // what a backlog needed is let go after it
		room = make([]device.Reading, n)
	}
	b.Readings = room[:n]
	for i := range b.Readings {
		c.reading(b.At, &b.Readings[i])
	}
	for range c.count(4) {
		b.Statuses = append(b.Statuses, device.Status{
			Subject: device.Subject(c.text()), Online: c.byte() == 1,
			TS: device.Millis(c.varint()), Received: b.At + device.Millis(c.varint()),
		})
	}
	for range c.count(3) {
		b.LeftOut = append(b.LeftOut, LeftOut{
			Lamp: device.LampID(c.text()), Rejected: uint32(c.uvarint()), Duplicate: uint32(c.uvarint()),
		})
	}
	for range c.count(38) {
		b.Nights = append(b.Nights, c.night())
	}
	if flags&flagReplay != 0 {
		b.Replay = &Replay{
			ID: c.text(), Lamp: device.LampID(c.text()), Received: b.At + device.Millis(c.varint()),
			Readings: uint32(c.uvarint()), Refused: flags&flagRefused != 0,
		}
	}
	if c.bad || len(c.rest) > 0 {
		return fmt.Errorf("%w: %d of %d bytes left over or cut off", ErrCorrupt, len(c.rest), len(src))
	}
	return nil
}

// cursor reads from the front of rest; after the first fault it gives zeros.
type cursor struct {
	rest  []byte
	bad   bool
	names names
}

// names keeps one copy of each short text that comes again and again: codes of
// lamps and gateways, firmware.
type names map[string]string

const (
	maxNames = 8192
	maxName  = 64 // bytes
)

func (n names) of(b []byte) string {
	if n == nil || len(b) == 0 || len(b) > maxName {
		return string(b)
	}
	if s, ok := n[string(b)]; ok {
		return s
	}
	if len(n) >= maxNames {
		clear(n) // ever new ones must not fill the memory
	}
	s := string(b)
	n[s] = s
	return s
}

func (c *cursor) fail() { c.bad, c.rest = true, nil }

func (c *cursor) uvarint() uint64 {
	v, n := binary.Uvarint(c.rest)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cursor) varint() int64 {
	v, n := binary.Varint(c.rest)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cursor) byte() byte {
	if len(c.rest) == 0 {
		c.fail()
		return 0
	}
	v := c.rest[0]
	c.rest = c.rest[1:]
	return v
}

func (c *cursor) float() float64 {
	if len(c.rest) < 8 {
		c.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(c.rest))
	c.rest = c.rest[8:]
	return v
}

func (c *cursor) text() string {
	n := c.uvarint()
	if n > uint64(len(c.rest)) {
		c.fail()
		return ""
	}
	s := c.names.of(c.rest[:n])
	c.rest = c.rest[n:]
	return s
}

// count reads how many items of at least size bytes follow.
func (c *cursor) count(size int) int {
	n := c.uvarint()
	if n > uint64(len(c.rest)/size) {
		if n > 0 {
			c.fail()
		}
		return 0
	}
	return int(n)
}

func (c *cursor) reading(at device.Millis, r *device.Reading) {
	*r = device.Reading{}
	r.Lamp = device.LampID(c.text())
	r.Gateway = device.GatewayID(c.text())
	r.Received = at + device.Millis(c.varint())
	r.TS = r.Received + device.Millis(c.varint())
	r.SentTS = r.TS + device.Millis(c.varint())
	head := c.byte()
	r.Clock = device.ClockFlag(head &^ 0x80)
	if r.HasSeq = head&0x80 != 0; r.HasSeq {
		r.Boot, r.Seq = uint32(c.uvarint()), uint32(c.uvarint())
	}
	mask := c.uvarint()
	if mask >= 1<<device.NumFields {
		c.fail()
		return
	}
	for ; mask != 0; mask &= mask - 1 {
		r.Set(device.Field(bits.TrailingZeros64(mask)), c.float())
	}
	r.Firmware = c.text()
	for range c.count(1) {
		r.Faults = append(r.Faults, c.text())
	}
	r.Unknown = uint16(c.uvarint())
}

func (c *cursor) night() device.NightLight {
	return device.NightLight{
		Lamp: device.LampID(c.text()), Night: c.text(),
		Dusk: device.Millis(c.varint()), Dawn: device.Millis(c.varint()),
		LitS: c.float(), ExpectedS: c.float(), ObservedS: c.float(), SoCMin: c.float(),
		Switches: int(c.varint()), Readings: int(c.varint()),
	}
}
