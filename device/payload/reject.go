package payload

import (
	"strconv"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// Reason is the stable code of a rejection; metrics and pages use it.
type Reason string

// The reasons.
const (
	BadTopic       Reason = "bad_topic"       // not a topic of this format
	BadLamp        Reason = "bad_lamp"        // no lamp code, a malformed one, or another than the topic's
	Empty          Reason = "empty"           // no bytes, or a batch without readings
	BadJSON        Reason = "bad_json"        // not JSON, or not UTF-8
	BadCBOR        Reason = "bad_cbor"        // not CBOR, or of a kind that is not taken
	WrongType      Reason = "wrong_type"      // a field has a value of another type
	OutOfRange     Reason = "out_of_range"    // a value outside its field's range or words
	DuplicateField Reason = "duplicate_field" // one field twice in one reading
	NoTS           Reason = "no_ts"           // ts is absent
	BadTS          Reason = "bad_ts"          // ts is there and no time
	NoMeasurement  Reason = "no_measurement"  // nothing measured
	TooDeep        Reason = "too_deep"        // nested beyond MaxDepth
	TooMany        Reason = "too_many"        // more readings or fault names than allowed
	TooLong        Reason = "too_long"        // a text longer than allowed
	BadText        Reason = "bad_text"        // control characters in a text
	BadGzip        Reason = "bad_gzip"        // not gzip from its first byte to its last, or unpacking to too much
	BadModbus      Reason = "bad_modbus"      // no answer of Modbus RTU, or not one that the profile asks for
)

// Reasons lists all reasons.
var Reasons = [...]Reason{
	BadTopic, BadLamp, Empty, BadJSON, BadCBOR, WrongType, OutOfRange, DuplicateField,
	NoTS, BadTS, NoMeasurement, TooDeep, TooMany, TooLong, BadText, BadGzip, BadModbus,
}

// Reject says why a message, or one reading of a batch, was not taken. It is an
// error, and it owns its memory but for Item.
type Reject struct {
	Reason   Reason
	Text     string        // for people: the field, the value and what to do
	Lamp     device.LampID // where it is known
	Readings int           // how many readings it counts for, at least 1
	Item     []byte        // the part of the payload that it is about; nil for all of it
}

func (r *Reject) Error() string { return string(r.Reason) + ": " + r.Text }

// maxShown is how many bytes of a value or topic stand in a sentence at most.
const maxShown = 40

// cut shortens s to maxShown bytes of whole characters.
func cut(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}

// quoted is s cut and in quotes, whatever bytes it holds.
func quoted(s string) string { return strconv.Quote(cut(strings.ToValidUTF8(s, "\uFFFD"))) }
