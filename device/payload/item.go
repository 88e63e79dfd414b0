package payload

import (
	"errors"
	"fmt"
	"math"

	"github.com/yingguang/yingguang/device"
)

// item is one reading while it is being taken.
type item struct {
	reading *device.Reading
	topic   Topic
	inBatch bool
	index   int     // in the batch
	seen    uint64  // fields that were there, by slot
	fault   *Reject // the first that was wrong with it
}

// slot names a field of a payload: those of device.Field, and those that stand
// beside them in a reading.
type slot uint8

const (
	slotLamp slot = slot(device.NumFields) + iota
	slotTS
	slotBoot
	slotSeq
	slotFirmware
	slotFaults
	slotUnknown
)

func (it *item) has(s slot) bool { return it.seen&(1<<s) != 0 }

// refuse notes what is wrong, if nothing was before.
func (it *item) refuse(reason Reason, format string, args ...any) {
	if it.fault != nil {
		return
	}
	text := fmt.Sprintf(format, args...)
	if it.inBatch {
		text = fmt.Sprintf("readings[%d]: %s", it.index, text)
	}
	it.fault = &Reject{Reason: reason, Text: text}
}

func (it *item) reject() Reject {
	r := *it.fault
	r.Lamp, r.Readings = it.reading.Lamp, 1
	if r.Lamp == "" {
		r.Lamp = it.topic.Lamp
	}
	return r
}

// finish checks the reading as a whole and places it in time.
func (it *item) finish() bool {
	r := it.reading
	if it.topic.Lamp != "" {
		r.Lamp = it.topic.Lamp
	}
	switch {
	case it.fault != nil:
		return false
	case r.Lamp == "":
		it.refuse(BadLamp, `no lamp in it: a gateway's readings need "lamp" with the lamp's code`)
	case r.SentTS == 0:
		it.refuse(NoTS, `no ts in it: send "ts" with the time of measuring, such as 1767225600 or "2026-01-01T08:00:00+08:00"`)
	}
	if err := r.Check(); errors.Is(err, device.ErrNoMeasurement) {
		it.refuse(NoMeasurement, "%v", err)
	} else if err != nil {
		it.refuse(OutOfRange, "%v", err)
	}
	if r.HasSeq = it.has(slotSeq); !r.HasSeq {
		r.Boot = 0 // alone it tells nothing
	}
	r.Place()
	return it.fault == nil
}

// field takes one field of a reading, whose key has just been taken.
func (d *Decoder) field(src source, it *item, key []byte) {
	s := slotOf(key)
	v := &d.value
	src.take(v)
	if v.deep {
		it.refuse(TooDeep, "a field is nested deeper than %d levels: leave it out", MaxDepth)
	}
	if s == slotUnknown {
		if it.reading.Unknown < math.MaxUint16 {
			it.reading.Unknown++
		}
		return
	}
	if it.has(s) {
		it.refuse(DuplicateField, "%s is there twice: which one counts?", s)
		return
	}
	it.seen |= 1 << s
	if v.kind == kindNull {
		it.seen &^= 1 << s // null says that there is none
		return
	}
	if v.time && s != slotTS {
		v.kind = kindOther
	}
	switch s {
	case slotLamp:
		d.lamp(src, it)
	case slotTS:
		d.ts(src, it)
	case slotBoot:
		it.reading.Boot = d.uint32(src, it, s)
	case slotSeq:
		it.reading.Seq = d.uint32(src, it, s)
	case slotFirmware:
		it.reading.Firmware = d.text(src, it, s)
	case slotFaults:
		d.faults(src, it)
	default:
		d.measurement(src, it, device.Field(s))
	}
}

func (d *Decoder) wrongType(src source, it *item, s slot, want string) {
	it.refuse(WrongType, "%s %s: want %s", s, src.show(d.value.raw), want)
}

func (d *Decoder) lamp(src source, it *item) {
	code := d.value.text
	switch {
	case d.value.kind != kindText:
		d.wrongType(src, it, slotLamp, "a lamp's code in quotes")
	case it.topic.Lamp != "" && string(code) == string(it.topic.Lamp):
	case it.topic.Lamp != "":
		it.refuse(BadLamp, `lamp %s: the topic is that of %s; leave "lamp" out, or publish on its own topic`, quoted(string(code)), it.topic.Lamp)
	case len(code) <= device.MaxCodeLen && device.ValidCode(string(code)):
		it.reading.Lamp = device.LampID(d.names.of(code))
	default:
		_, err := device.ParseLampID(string(code))
		it.refuse(BadLamp, "%v", err)
	}
}

func (d *Decoder) uint32(src source, it *item, s slot) uint32 {
	v := &d.value
	switch {
	case v.kind != kindNumber:
		d.wrongType(src, it, s, "a whole number without quotes")
	case !(v.num >= 0 && v.num <= math.MaxUint32) || v.num != math.Trunc(v.num):
		it.refuse(OutOfRange, "%s %s: want a whole number from 0 to %d", s, src.show(v.raw), uint32(math.MaxUint32))
	default:
		return uint32(v.num)
	}
	return 0
}

func (d *Decoder) measurement(src source, it *item, f device.Field) {
	v, spec := &d.value, &device.Fields[f]
	switch spec.Kind {
	case device.Bool:
		if v.kind != kindBool {
			d.wrongType(src, it, slot(f), "true or false")
			return
		}
		it.reading.Set(f, v.num)
	case device.Enum:
		d.word(src, it, f)
	default:
		if v.kind != kindNumber {
			d.wrongType(src, it, slot(f), "a number without quotes")
			return
		}
		if !(v.num >= spec.Min && v.num <= spec.Max) {
			it.refuse(OutOfRange, "%s %s: want %s; %s", spec.Name, src.show(v.raw), spec.Range(), hint(spec, v.num))
			return
		}
		it.reading.Set(f, v.num+0) // −0 becomes 0
	}
}

func (d *Decoder) word(src source, it *item, f device.Field) {
	v, spec := &d.value, &device.Fields[f]
	if v.kind != kindText {
		d.wrongType(src, it, slot(f), "one of "+spec.Range())
		return
	}
	for i, word := range spec.Words {
		if string(v.text) == word {
			it.reading.Set(f, float64(i))
			return
		}
	}
	it.refuse(OutOfRange, "%s %s: want one of %s", spec.Name, quoted(string(v.text)), spec.Range())
}

// hint says what may have gone wrong with a value outside its range.
func hint(spec *device.FieldSpec, v float64) string {
	switch spec.Unit {
	case "V", "A", "W":
		if m := v / 1000; math.Abs(v) >= 1000 && m >= spec.Min && m <= spec.Max {
			return fmt.Sprintf("if it is in m%s, divide it by 1000", spec.Unit)
		}
	}
	return "leave the field out where the sensor is broken"
}
