package series

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// statusSeries holds, beside its fields of the wire format, the receipt of every
// reading: so counting received_ms counts readings.
const statusSeries = "status"

// nightSeries holds finished nights, at dusk.
const nightSeries = "night"

// encoder makes line protocol by hand: a general library costs several
// allocations a line, and this is the busiest loop of the program.
type encoder struct {
	series []seriesShape
	keys   [device.NumFields]string   // "battery_v="
	words  [device.NumFields][]string // `charge_state="float",`; of a Bool "lamp_on=true,"
}

// seriesShape is one measurement and the fields that go into it.
type seriesShape struct {
	head   string // "battery,lamp="
	mask   uint32 // its fields, as in device.Reading.Mask
	status bool
}

func newEncoder() *encoder {
	e := &encoder{}
	for _, name := range []string{"battery", "panel", "load", statusSeries} {
		s := seriesShape{head: name + ",lamp=", status: name == statusSeries}
		for f := range device.NumFields {
			if device.Fields[f].Series == name {
				s.mask |= 1 << f
			}
		}
		e.series = append(e.series, s)
	}
	for f := range device.NumFields {
		spec := &device.Fields[f]
		e.keys[f] = spec.Name + "="
		if spec.Kind == device.Bool {
			e.words[f] = []string{e.keys[f] + "false,", e.keys[f] + "true,"}
		}
		for _, word := range spec.Words {
			e.words[f] = append(e.words[f], string(appendString([]byte(e.keys[f]), word))+",")
		}
	}
	return e
}

// reading appends the lines of r: one for each measurement that it has fields of,
// and always one of status. All are at PointNanos.
func (e *encoder) reading(dst []byte, r *device.Reading) (text []byte, lines int) {
	var room [20]byte
	at := strconv.AppendInt(room[:0], r.PointNanos(), 10)
	for i := range e.series {
		s := &e.series[i]
		have := r.Mask() & s.mask
		if have == 0 && !s.status {
			continue
		}
		begin := len(dst)
		dst = append(dst, s.head...)
		dst = appendTag(dst, string(r.Lamp))
		dst = append(dst, ' ')
		empty := len(dst)
		for ; have != 0; have &= have - 1 {
			dst = e.field(dst, r, device.Field(bits.TrailingZeros32(have)))
		}
		if s.status {
			dst = appendReceipt(dst, r)
		}
		if len(dst) == empty { // every value was one that InfluxDB has no form for
			dst = dst[:begin]
			continue
		}
		dst[len(dst)-1] = ' ' // instead of the last comma
		dst = append(dst, at...)
		dst = append(dst, '\n')
		lines++
	}
	return dst, lines
}

// field appends "name=value,", or nothing where the value has no form.
func (e *encoder) field(dst []byte, r *device.Reading, f device.Field) []byte {
	v, _ := r.Get(f)
	switch spec := &device.Fields[f]; spec.Kind {
	case device.Bool, device.Enum:
		if !(v >= 0 && v < float64(len(e.words[f]))) {
			return dst
		}
		return append(dst, e.words[f][int(v)]...)
	default:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return dst
		}
		dst = append(dst, e.keys[f]...)
		return append(appendFloat(dst, v), ',')
	}
}

// appendReceipt appends what is not in the table of fields.
func appendReceipt(dst []byte, r *device.Reading) []byte {
	dst = append(dst, "received_ms="...)
	dst = strconv.AppendInt(dst, int64(r.Received), 10)
	if r.HasSeq {
		dst = append(dst, "i,boot="...)
		dst = strconv.AppendUint(dst, uint64(r.Boot), 10)
		dst = append(dst, "i,seq="...)
		dst = strconv.AppendUint(dst, uint64(r.Seq), 10)
	}
	if r.Clock != device.ClockOK && r.SentTS != 0 { // the lamp's own word, where it was not believed
		dst = append(dst, "i,sent_ms="...)
		dst = strconv.AppendInt(dst, int64(r.SentTS), 10)
	}
	dst = append(dst, "i,"...)
	if r.Firmware != "" {
		dst = append(dst, "fw="...)
		dst = append(appendString(dst, r.Firmware), ',')
	}
	if len(r.Faults) > 0 {
		dst = append(dst, `faults="`...)
		for i, s := range r.Faults {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendQuoted(dst, s)
		}
		dst = append(dst, `",`...)
	}
	return dst
}

// night appends the line of a finished night. What is not known (expected hours,
// state of charge) is left out.
func (e *encoder) night(dst []byte, n *device.NightLight) []byte {
	dst = append(dst, nightSeries+",lamp="...)
	dst = appendTag(dst, string(n.Lamp))
	dst = append(dst, " lit_h="...)
	dst = appendFloat(dst, n.LitS/3600)
	dst = append(dst, ",observed_h="...)
	dst = appendFloat(dst, n.ObservedS/3600)
	if n.ExpectedS > 0 {
		dst = append(dst, ",expected_h="...)
		dst = appendFloat(dst, n.ExpectedS/3600)
		dst = append(dst, ",debt_h="...)
		dst = appendFloat(dst, (n.ExpectedS-n.LitS)/3600)
	}
	if !math.IsNaN(n.SoCMin) {
		dst = append(dst, ",soc_min="...)
		dst = appendFloat(dst, n.SoCMin)
	}
	dst = append(dst, ",switches="...)
	dst = strconv.AppendInt(dst, int64(n.Switches), 10)
	dst = append(dst, "i,readings="...)
	dst = strconv.AppendInt(dst, int64(n.Readings), 10)
	dst = append(dst, "i,dawn_ms="...)
	dst = strconv.AppendInt(dst, int64(n.Dawn), 10)
	dst = append(dst, "i,night="...)
	dst = appendString(dst, n.Night)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, int64(n.Dusk)*1_000_000, 10)
	return append(dst, '\n')
}

// appendFloat writes the shortest text that reads back as v. Lamps send a digit
// or two after the point, and whole hundredths are quick to write: both forms of
// at most 15 digits name the same float64, so the short one is exact.
func appendFloat(dst []byte, v float64) []byte {
	const limit = 1e12
	h := v * 100
	if h > -limit && h < limit {
		n := int64(math.Round(h))
		if n != 0 && float64(n)/100 == v {
			if n < 0 {
				dst = append(dst, '-')
				n = -n
			}
			dst = strconv.AppendInt(dst, n/100, 10)
			if cents := byte(n % 100); cents != 0 {
				dst = append(dst, '.', '0'+cents/10)
				if cents%10 != 0 {
					dst = append(dst, '0'+cents%10)
				}
			}
			return dst
		}
	}
	if a := math.Abs(v); a >= 1e-4 && a < 1e17 || a == 0 {
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'e', -1, 64)
}

// appendTag escapes what ends a tag value. Lamp codes never need it; a code that
// did must not become another lamp's.
func appendTag(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, ", =\\\n") {
		return append(dst, s...)
	}
	for i := range len(s) {
		switch c := s[i]; c {
		case ',', ' ', '=', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\ `...) // a tag cannot hold a line feed
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = appendQuoted(dst, s)
	return append(dst, '"')
}

// appendQuoted escapes what ends a string; line feeds may stand in it as they are.
func appendQuoted(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, `"\`) {
		return append(dst, s...)
	}
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return dst
}
