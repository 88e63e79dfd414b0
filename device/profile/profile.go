package profile

import (
	"github.com/yingguang/yingguang/device"
)

// Form is how a payload is written. JSON and CBOR are told apart by content, and
// gzip around any of them is seen by its first bytes.
type Form string

// The forms.
const (
	JSON   Form = "json"   // JSON or CBOR
	Modbus Form = "modbus" // answers of Modbus RTU: bytes, hex digits, or hex digits within JSON
)

// Profile says how one vendor's payloads become readings. It is made once and
// never changed, and is safe for concurrent use.
type Profile struct {
	Name             string
	Chinese, English string // what it is for
	File             string // where it was read from
	Topics           []Pattern
	QoS              byte // 1; 0 where the sender's broker gives no more
	Form             Form
	Batch            []step // to the readings of a message; empty for the message itself
	Inside           []Path // where in a reading the fields are; empty for the reading itself
	Pairs            *Pairs // where the fields come as a list of names and values; nil where not
	Skip             []Condition
	Lamp             []Path // what names the lamp, in this order; empty for the topic
	LampCase         Case
	Devices          map[string]device.LampID // a vendor's device ids in lower case, and their lamps
	Time             Time
	Binary           Path     // to bytes in base64 that fields' At counts in; nil for none
	Ask              []Answer // what a DTU asks the controller, in Modbus
	Frames           []Path   // to the hex digits of answers, where JSON is around them
	Fields           [device.NumFields]*Quantity
	Faults           []*Faults
	Firmware         *Quantity
	Boot, Seq        *Quantity
	Examples         []Example
}

// Case is what becomes of the letters of a lamp's code: The Things Stack, for
// one, knows lower case only.
type Case string

// The cases.
const (
	Keep  Case = ""
	Upper Case = "upper"
	Lower Case = "lower"
)

// Condition holds where a value is one of the texts.
type Condition struct {
	Path Path
	Is   []string
}

// Pairs is how a list of names with values becomes fields by these names.
type Pairs struct {
	List        Path // to the list, or to one pair
	Name, Value Path // within a pair
}

// fields gathers the pairs; where a name comes twice, the last counts.
func (p *Pairs) fields(v any) map[string]any {
	list, isList := p.List.in(v).([]any)
	if !isList {
		list = []any{p.List.in(v)}
	}
	out := make(map[string]any, len(list))
	for _, pair := range list {
		if name, ok := textOf(p.Name.in(pair)); ok {
			out[name] = p.Value.in(pair)
		}
	}
	return out
}

// Example is a payload with the readings that it must give: documentation that a
// test runs.
type Example struct {
	Name     string
	Line     int // in the profile's file
	Topic    string
	Received device.Millis
	Payload  []byte
	Readings []map[string]string // field, lamp, gateway, ts, … to text, as Describe gives them
	Rejected []string            // the reasons, in order
}

// Names is what a topic tells.
type Names struct {
	Lamp    string // the level {lamp}
	Gateway device.GatewayID
	Device  string // the level {device}
}
