package payload

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/yingguang/yingguang/device"
)

// AppendJSON appends r as a lamp publishes it: without its code, ts in Unix
// milliseconds, and only the fields that it carries.
func AppendJSON(dst []byte, r *device.Reading) []byte { return appendReadingJSON(dst, r, false) }

// AppendBatchJSON appends {"readings":[…]} as a gateway, or a lamp that saved some
// up, publishes it: each item with its lamp's code.
func AppendBatchJSON(dst []byte, readings []device.Reading) []byte {
	dst = append(dst, `{"readings":[`...)
	for i := range readings {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendReadingJSON(dst, &readings[i], true)
	}
	return append(dst, `]}`...)
}

// AppendStatusJSON appends {"online":…,"ts":…}; ts 0 is left out, as in a last will.
func AppendStatusJSON(dst []byte, online bool, ts device.Millis) []byte {
	dst = append(dst, `{"online":`...)
	dst = strconv.AppendBool(dst, online)
	if ts != 0 {
		dst = append(dst, `,"ts":`...)
		dst = strconv.AppendInt(dst, int64(ts), 10)
	}
	return append(dst, '}')
}

func appendReadingJSON(dst []byte, r *device.Reading, withLamp bool) []byte {
	dst = append(dst, '{')
	start := len(dst)
	key := func(name string) {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), name...), '"', ':')
	}
	if withLamp {
		key("lamp")
		dst = appendStringJSON(dst, string(r.Lamp))
	}
	if r.SentTS != 0 {
		key("ts")
		dst = strconv.AppendInt(dst, int64(r.SentTS), 10)
	}
	if r.HasSeq {
		key("boot")
		dst = strconv.AppendUint(dst, uint64(r.Boot), 10)
		key("seq")
		dst = strconv.AppendUint(dst, uint64(r.Seq), 10)
	}
	for f := range device.NumFields {
		v, ok := r.Get(f)
		if !ok {
			continue
		}
		s := &device.Fields[f]
		key(s.Name)
		switch s.Kind {
		case device.Bool:
			dst = strconv.AppendBool(dst, v != 0)
		case device.Enum:
			dst = appendStringJSON(dst, word(s, v))
		default:
			dst = appendNumberJSON(dst, v)
		}
	}
	if r.Firmware != "" {
		key("fw")
		dst = appendStringJSON(dst, r.Firmware)
	}
	if len(r.Faults) > 0 {
		key("faults")
		open := byte('[')
		for _, fault := range r.Faults {
			dst = appendStringJSON(append(dst, open), fault)
			open = ','
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// word is the enumeration's word for v, or empty for a v that has none.
func word(s *device.FieldSpec, v float64) string {
	if v >= 0 && int(v) < len(s.Words) {
		return s.Words[int(v)]
	}
	return ""
}

// appendNumberJSON writes v as briefly as it reads back; what JSON cannot say becomes null.
func appendNumberJSON(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	format := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, v, format, -1, 64)
}

func appendStringJSON(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range s { // a broken byte reads as U+FFFD
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = utf8.AppendRune(dst, c)
		}
	}
	return append(dst, '"')
}
