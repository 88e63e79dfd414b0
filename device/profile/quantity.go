package profile

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// Quantity says where one value stands in a reading and what it means there. The
// first of Paths, At, Register and Value that leads to a value counts.
type Quantity struct {
	Paths    []Path
	At       *Raw   // in the bytes that Profile.Binary leads to
	Register *Raw   // in the answers of Modbus
	Value    string // the same in every reading, such as how soc is found
	Mask     uint64
	Ignore   []string          // texts that say "not measured"
	Words    map[string]string // what the vendor's words and codes are called here
	Scale    float64           // 0 is 1
	Offset   float64           // after the scale, in Unit
	Unit     Unit
	UnitPath Path            // to the unit's name, where the payload tells it
	Units    map[string]Unit // that it may name
}

// Raw is an integer in bytes or registers.
type Raw struct {
	Offset int // in bytes, or the number of the register
	Type   RawType
}

// RawType is how an integer is laid out. Big-endian; the low word of -low stands first.
type RawType string

// The raw types, in registers the 16- and 32-bit ones.
const (
	U8     RawType = "u8"
	S8     RawType = "s8"
	U16    RawType = "u16"
	S16    RawType = "s16"
	U32    RawType = "u32"
	S32    RawType = "s32"
	U32Low RawType = "u32-low"
	S32Low RawType = "s32-low"
	U16LE  RawType = "u16-le" // little-endian, as many LoRaWAN payloads are
	S16LE  RawType = "s16-le"
	U32LE  RawType = "u32-le"
)

// Size is how many bytes the type takes, 0 for one that is not known.
func (t RawType) Size() int {
	switch t {
	case U8, S8:
		return 1
	case U16, S16, U16LE, S16LE:
		return 2
	case U32, S32, U32Low, S32Low, U32LE:
		return 4
	}
	return 0
}

// of reads the integer at the start of b, which is long enough.
func (t RawType) of(b []byte) float64 {
	word := binary.BigEndian
	switch t {
	case U8:
		return float64(b[0])
	case S8:
		return float64(int8(b[0]))
	case U16:
		return float64(word.Uint16(b))
	case S16:
		return float64(int16(word.Uint16(b)))
	case U32:
		return float64(word.Uint32(b))
	case S32:
		return float64(int32(word.Uint32(b)))
	case U32Low:
		return float64(bits.RotateLeft32(word.Uint32(b), 16))
	case S32Low:
		return float64(int32(bits.RotateLeft32(word.Uint32(b), 16)))
	case U16LE:
		return float64(binary.LittleEndian.Uint16(b))
	case S16LE:
		return float64(int16(binary.LittleEndian.Uint16(b)))
	case U32LE:
		return float64(binary.LittleEndian.Uint32(b))
	}
	return math.NaN()
}

// raw is the value as the vendor sent it, nil where there is none.
func (q *Quantity) raw(r *reading) any {
	for _, p := range q.Paths {
		if v := r.at(p); v != nil {
			return v
		}
	}
	if q.At != nil && q.At.Offset+q.At.Type.Size() <= len(r.bytes) {
		return q.At.Type.of(r.bytes[q.At.Offset:])
	}
	if q.Register != nil {
		if b := r.registers.at(q.Register.Offset, q.Register.Type.Size()); b != nil {
			return q.Register.Type.of(b)
		}
	}
	return orNil(q.Value)
}

// masked takes the bits of the mask out of an integer, moved down.
func (q *Quantity) masked(v any) any {
	if q.Mask == 0 {
		return v
	}
	n, ok := numberOf(v)
	if !ok || n < 0 || n > math.MaxUint32 || n != math.Trunc(n) {
		return v
	}
	return float64(uint64(n) & q.Mask >> bits.TrailingZeros64(q.Mask))
}

// text is the value as text after mask and words; ok is false where there is
// none, known is false for a word that the profile does not list.
func (q *Quantity) text(r *reading) (text string, ok, known bool) {
	text, ok = textOf(q.masked(q.raw(r)))
	if !ok || q.ignored(text) {
		return "", false, true
	}
	if q.Words == nil {
		return text, true, true
	}
	if word, listed := q.Words[text]; listed {
		return word, true, true
	}
	for from, word := range q.Words {
		if strings.EqualFold(from, strings.TrimSpace(text)) {
			return word, true, true
		}
	}
	return text, true, false
}

func (q *Quantity) ignored(text string) bool {
	for _, i := range q.Ignore {
		if i == text {
			return true
		}
	}
	return false
}

// set puts the field's value into the reading. A value that cannot be one is the
// error; a word that is not listed counts as an unknown field.
func (q *Quantity) set(r *reading, f device.Field) error {
	spec := &device.Fields[f]
	text, ok, known := q.text(r)
	switch {
	case !ok:
		return nil
	case !known:
		r.unknown++
		return nil
	case spec.Kind == device.Bool:
		on, is := boolOf(text)
		if !is {
			return fmt.Errorf("%s %s: want true or false; name the vendor's words under words", f, shown(text))
		}
		r.out.Set(f, on)
		return nil
	case spec.Kind == device.Enum:
		for i, word := range spec.Words {
			if word == text {
				r.out.Set(f, float64(i))
				return nil
			}
		}
		r.unknown++
		return nil
	}
	n, is := numberOf(text)
	if !is {
		return fmt.Errorf("%s %s: want a number", f, shown(text))
	}
	unit := q.Unit
	if q.UnitPath != nil {
		if name, told := textOf(r.at(q.UnitPath)); told {
			if u, fits := q.Units[name]; fits {
				unit = u
			} else {
				return fmt.Errorf("%s: unit %s is not known", f, shown(name))
			}
		}
	}
	if q.Scale != 0 {
		n *= q.Scale
	}
	r.out.Set(f, unit.to(n+q.Offset))
	return nil
}

// boolOf reads what vendors call on and off.
func boolOf(text string) (float64, bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "on", "1", "yes", "开":
		return 1, true
	case "false", "off", "0", "no", "关":
		return 0, true
	}
	return 0, false
}

// count is the value as a counter of 32 bits, for boot and seq.
func (q *Quantity) count(r *reading) (uint32, bool) {
	if q == nil {
		return 0, false
	}
	text, ok, known := q.text(r)
	n, is := numberOf(text)
	if !ok || !known || !is || n < 0 || n > math.MaxUint32 || n != math.Trunc(n) {
		return 0, false
	}
	return uint32(n), true
}
