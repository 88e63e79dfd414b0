package payload

import (
	"bytes"

	"github.com/yingguang/yingguang/device"
)

// text takes a free text into memory of its own.
func (d *Decoder) text(src source, it *item, s slot) string {
	if d.value.kind != kindText {
		d.wrongType(src, it, s, "a text in quotes")
		return ""
	}
	return d.kept(it, s, d.value.text, device.MaxFirmware)
}

// kept is the text if it may be kept: short enough and without control characters,
// which would break files and pages later.
func (d *Decoder) kept(it *item, s slot, text []byte, most int) string {
	if len(text) > most {
		it.refuse(TooLong, "%s %s has %d bytes: want at most %d", s, quoted(string(text)), len(text), most)
		return ""
	}
	if i := bytes.IndexFunc(text, isControl); i >= 0 {
		it.refuse(BadText, "%s %s has a control character: leave it out", s, quoted(string(text)))
		return ""
	}
	return d.names.of(text)
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// faults takes the list of the controller's fault names. It is not shared with the next reading: readings keep it.
func (d *Decoder) faults(src source, it *item) {
	const want = "a list of texts"
	if d.value.kind != kindList {
		d.wrongType(src, it, slotFaults, want)
		return
	}
	var names []string
	ok := src.texts(d.value.raw, func(name []byte) bool {
		if len(names) == device.MaxFaults {
			it.refuse(TooMany, "faults holds more than %d names: send the worst", device.MaxFaults)
			return false
		}
		if names == nil {
			names = make([]string, 0, 2)
		}
		names = append(names, d.kept(it, slotFaults, name, device.MaxFaultLen))
		return it.fault == nil
	})
	if !ok {
		d.wrongType(src, it, slotFaults, want)
	}
	it.reading.Faults = names
}
