package payload

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/yingguang/yingguang/device"
)

// The major types of CBOR (RFC 8949, section 3.1), and some simple values.
const (
	cborUint   = 0 << 5
	cborNeg    = 1 << 5
	cborText   = 3 << 5
	cborArray  = 4 << 5
	cborMap    = 5 << 5
	cborTag    = 6 << 5
	cborSimple = 7 << 5
	cborFalse  = 0xf4
	cborTrue   = 0xf5
	cborF32    = 0xfa
	cborF64    = 0xfb
)

// AppendCBOR appends r as AppendJSON does, as a CBOR map.
func AppendCBOR(dst []byte, r *device.Reading) []byte { return appendReadingCBOR(dst, r, false) }

// AppendBatchCBOR appends {"readings":[…]} as AppendBatchJSON does, in CBOR.
func AppendBatchCBOR(dst []byte, readings []device.Reading) []byte {
	dst = appendHead(dst, cborMap, 1)
	dst = appendText(dst, "readings")
	dst = appendHead(dst, cborArray, uint64(len(readings)))
	for i := range readings {
		dst = appendReadingCBOR(dst, &readings[i], true)
	}
	return dst
}

func appendReadingCBOR(dst []byte, r *device.Reading, withLamp bool) []byte {
	n := bits.OnesCount32(r.Mask())
	for _, there := range []bool{withLamp, r.SentTS != 0, r.HasSeq, r.HasSeq, r.Firmware != "", len(r.Faults) > 0} {
		if there {
			n++
		}
	}
	dst = appendHead(dst, cborMap, uint64(n))
	if withLamp {
		dst = appendText(appendText(dst, "lamp"), string(r.Lamp))
	}
	if r.SentTS != 0 {
		dst = appendNumberCBOR(appendText(dst, "ts"), float64(r.SentTS))
	}
	if r.HasSeq {
		dst = appendHead(appendText(dst, "boot"), cborUint, uint64(r.Boot))
		dst = appendHead(appendText(dst, "seq"), cborUint, uint64(r.Seq))
	}
	for f := range device.NumFields {
		v, ok := r.Get(f)
		if !ok {
			continue
		}
		s := &device.Fields[f]
		dst = appendText(dst, s.Name)
		switch {
		case s.Kind == device.Enum:
			dst = appendText(dst, word(s, v))
		case s.Kind == device.Bool && v != 0:
			dst = append(dst, cborTrue)
		case s.Kind == device.Bool:
			dst = append(dst, cborFalse)
		default:
			dst = appendNumberCBOR(dst, v)
		}
	}
	if r.Firmware != "" {
		dst = appendText(appendText(dst, "fw"), r.Firmware)
	}
	if len(r.Faults) > 0 {
		dst = appendHead(appendText(dst, "faults"), cborArray, uint64(len(r.Faults)))
		for _, fault := range r.Faults {
			dst = appendText(dst, fault)
		}
	}
	return dst
}

// appendNumberCBOR writes v in the fewest bytes that read back the same.
func appendNumberCBOR(dst []byte, v float64) []byte {
	switch {
	case v == math.Trunc(v) && math.Abs(v) <= 1<<53 && !(v == 0 && math.Signbit(v)):
		if v < 0 {
			return appendHead(dst, cborNeg, uint64(-v)-1)
		}
		return appendHead(dst, cborUint, uint64(v))
	case float64(float32(v)) == v || v != v:
		return binary.BigEndian.AppendUint32(append(dst, cborF32), math.Float32bits(float32(v)))
	}
	return binary.BigEndian.AppendUint64(append(dst, cborF64), math.Float64bits(v))
}

func appendText(dst []byte, s string) []byte {
	return append(appendHead(dst, cborText, uint64(len(s))), s...)
}

// appendHead writes a major type with its argument in the fewest bytes.
func appendHead(dst []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(dst, major|byte(n))
	case n < 1<<8:
		return append(dst, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, major|27), n)
}
