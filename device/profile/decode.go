package profile

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// reading is one reading while it is being taken.
type reading struct {
	out       *device.Reading
	names     Names
	keys      []string // that stars of the batch met
	root      any      // the message
	value     any      // this reading in it
	inside    any      // where its fields are
	bytes     []byte
	registers registers
	unknown   int // values that are there and mean nothing to the profile
}

// at is the value of a path: of the topic, of the fields, of the reading or of the message.
func (r *reading) at(p Path) any {
	if len(p) > 0 && strings.HasPrefix(p[0], "$") {
		switch p[0] {
		case "$lamp":
			return orNil(r.names.Lamp)
		case "$device":
			return orNil(r.names.Device)
		case "$message":
			return p[1:].in(r.root)
		}
		if i, err := strconv.Atoi(p[0][1:]); err == nil && i >= 1 && i <= len(r.keys) {
			return r.keys[i-1]
		}
		return nil
	}
	if v := p.in(r.inside); v != nil {
		return v
	}
	return p.in(r.value)
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// singleRejects is how many readings of one message are refused each by itself;
// with more the message is kept once for all of the others.
const singleRejects = 16

// Decode resets out and fills it with the readings of one message that came at
// received on a topic with those names. What it cannot take becomes a Reject; a
// message that the profile skips gives neither.
func (p *Profile) Decode(names Names, data []byte, received device.Millis, out *payload.Batch) {
	out.Reset()
	whole := func(r *payload.Reject) {
		out.Reset()
		r.Readings = max(1, r.Readings)
		r.Text = "profile " + p.Name + ": " + r.Text
		out.Rejects = append(out.Rejects, *r)
	}
	if len(data) == 0 {
		whole(&payload.Reject{Reason: payload.Empty, Text: "the message is empty"})
		return
	}
	data, err := Inflate(data)
	if err != nil {
		var r *payload.Reject
		errors.As(err, &r)
		whole(r)
		return
	}
	m := message{profile: p, names: names, received: received, out: out}
	if r := m.parse(data); r != nil {
		whole(r)
		return
	}
	places, beyond := 0, 0
	walk(m.root, p.Batch, found{}, func(f found) bool {
		if places++; places > payload.MaxReadings {
			beyond++
			return true
		}
		m.take(f)
		return true
	})
	switch {
	case places == 0:
		whole(&payload.Reject{Reason: payload.Empty, Text: "no reading in it where the profile looks for them"})
	case beyond > 0:
		m.refuse(found{}, payload.Reject{Reason: payload.TooMany, Readings: beyond, Text: fmt.Sprintf(
			"the message holds %d readings: only the first %d are taken", places, payload.MaxReadings)})
	}
	if m.others != nil {
		out.Rejects = append(out.Rejects, *m.others)
	}
}

// message is one message while it is being taken.
type message struct {
	profile   *Profile
	names     Names
	received  device.Millis
	out       *payload.Batch
	root      any
	registers registers
	others    *payload.Reject // the refused beyond singleRejects
}

// parse reads the message as its form wants it.
func (m *message) parse(data []byte) *payload.Reject {
	if m.profile.Form == Modbus {
		return m.modbus(data)
	}
	var r *payload.Reject
	m.root, r = tree(data)
	return r
}

func (m *message) modbus(data []byte) (reject *payload.Reject) {
	if c := data[0]; len(m.profile.Frames) == 0 || c != '{' && c != '[' {
		if data, reject = modbusBytes(data); reject == nil {
			m.registers, reject = m.profile.frames(data, nil)
		}
		m.root = map[string]any{}
		return reject
	}
	if m.root, reject = tree(data); reject != nil {
		return reject
	}
	r := &reading{root: m.root, value: m.root, inside: m.root}
	for _, p := range m.profile.Frames {
		v := r.at(p)
		list, isList := v.([]any)
		if !isList {
			list = []any{v}
		}
		for _, item := range list {
			text, isText := item.(string)
			if !isText {
				continue
			}
			b, reject := modbusBytes([]byte(text))
			if reject == nil {
				m.registers, reject = m.profile.frames(b, m.registers)
			}
			if reject != nil {
				return reject
			}
		}
	}
	if len(m.registers) == 0 {
		return modbusReject("no answer of the controller in it where the profile looks for them")
	}
	return nil
}

// cborLimits keep a small message from becoming a large tree.
func cborMode() (cbor.DecMode, error) {
	return cbor.DecOptions{
		MaxNestedLevels: 32, MaxArrayElements: 1 << 16, MaxMapPairs: 1 << 14,
		DefaultMapType: nil, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
}

// tree reads JSON or CBOR.
func tree(data []byte) (any, *payload.Reject) {
	var v any
	if data[0] >= 0x80 && data[0] != 0xef {
		mode, err := cborMode()
		if err == nil {
			err = mode.Unmarshal(data, &v)
		}
		if err != nil {
			return nil, &payload.Reject{Reason: payload.BadCBOR, Text: err.Error()}
		}
		return asJSON(v), nil
	}
	if !utf8.Valid(data) {
		return nil, &payload.Reject{Reason: payload.BadJSON, Text: "not UTF-8: send UTF-8"}
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimRight(data, "\x00"))) // many DTUs send C's terminator
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, &payload.Reject{Reason: payload.BadJSON, Text: "not JSON: " + shorten(err.Error(), 120)}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &payload.Reject{Reason: payload.BadJSON, Text: fmt.Sprintf("something follows the message at byte %d", d.InputOffset())}
	}
	return v, nil
}

// asJSON turns what only CBOR has into what JSON would say: maps with keys that
// are texts, bytes in base64, times as texts, tagged values without their tags.
func asJSON(v any) any {
	switch v := v.(type) {
	case map[any]any:
		out := make(map[string]any, len(v))
		for k, below := range v {
			if key, ok := k.(string); ok {
				out[key] = asJSON(below)
			}
		}
		return out
	case []any:
		for i := range v {
			v[i] = asJSON(v[i])
		}
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case cbor.ByteString:
		return base64.StdEncoding.EncodeToString([]byte(v))
	case cbor.Tag:
		return asJSON(v.Content)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case big.Int:
		return json.Number(v.String())
	case cbor.SimpleValue:
		return nil
	}
	return v
}

func (p *Profile) skips(r *reading) bool {
	for _, c := range p.Skip {
		if text, ok := textOf(r.at(c.Path)); ok && slices.Contains(c.Is, text) {
			return true
		}
	}
	return false
}

// take takes the reading at a place of the message.
func (m *message) take(f found) {
	p := m.profile
	if p.skips(&reading{root: m.root, value: f.value, inside: f.value, names: m.names, keys: f.keys}) {
		return
	}
	m.out.Readings = append(m.out.Readings, device.Reading{Gateway: m.names.Gateway, Received: m.received})
	r := &reading{
		out: &m.out.Readings[len(m.out.Readings)-1], names: m.names, keys: f.keys, root: m.root, value: f.value, inside: f.value,
		registers: m.registers,
	}
	for _, path := range p.Inside {
		if inside, ok := path.in(f.value).(map[string]any); ok {
			r.inside = inside
			break
		}
	}
	if p.Pairs != nil {
		r.inside = p.Pairs.fields(r.inside)
	}
	if reject := p.fill(r); reject != nil {
		reject.Lamp = r.out.Lamp
		m.out.Readings = m.out.Readings[:len(m.out.Readings)-1]
		m.refuse(f, *reject)
	}
}

// fill takes every field, then looks at the reading as a whole.
func (p *Profile) fill(r *reading) *payload.Reject {
	if reject := p.name(r); reject != nil {
		return reject
	}
	if p.Binary != nil {
		if text, ok := r.at(p.Binary).(string); ok {
			var err error
			if r.bytes, err = base64.StdEncoding.DecodeString(text); err != nil {
				return &payload.Reject{Reason: payload.WrongType, Text: fmt.Sprintf("%s is no base64", shown(text))}
			}
		}
	}
	if reject := p.Time.set(r); reject != nil {
		return reject
	}
	for f := range device.NumFields {
		if q := p.Fields[f]; q != nil {
			if err := q.set(r, f); err != nil {
				return &payload.Reject{Reason: payload.WrongType, Text: err.Error()}
			}
		}
	}
	if !r.out.Has(device.BatterySoC) {
		r.out.Clear(device.BatterySoCMethod) // how what was not sent was found
	}
	for _, f := range p.Faults {
		if reject := f.add(r); reject != nil {
			return reject
		}
	}
	if p.Firmware != nil {
		if text, ok, _ := p.Firmware.text(r); ok && len(text) <= device.MaxFirmware && !strings.ContainsFunc(text, control) {
			r.out.Firmware = text
		}
	}
	if r.out.Seq, r.out.HasSeq = p.Seq.count(r); r.out.HasSeq {
		r.out.Boot, _ = p.Boot.count(r)
	}
	r.out.Unknown = uint16(min(r.unknown, 1<<16-1))
	if err := r.out.Check(); errors.Is(err, device.ErrNoMeasurement) {
		return &payload.Reject{Reason: payload.NoMeasurement, Text: "no field of the profile is in it"}
	} else if err != nil {
		return &payload.Reject{Reason: payload.OutOfRange, Text: err.Error() + "; check unit and scale in the profile"}
	}
	r.out.Place()
	return nil
}

// refuse keeps one reading's verdict, with the message cut down to it where it is
// one of several.
func (m *message) refuse(f found, r payload.Reject) {
	r.Readings = max(1, r.Readings)
	r.Text = "profile " + m.profile.Name + ": " + r.Text
	if len(m.out.Rejects) >= singleRejects {
		if m.others == nil {
			r.Text += " (and others of the same message)"
			m.others = &r
			return
		}
		m.others.Readings += r.Readings
		if m.others.Lamp != r.Lamp {
			m.others.Lamp = ""
		}
		return
	}
	if len(f.at) > 0 {
		r.Item, _ = json.Marshal(alone(m.root, m.profile.Batch, f.at)) //nolint:errchkjson // a tree of JSON; nil keeps the message whole
	}
	m.out.Rejects = append(m.out.Rejects, r)
}

func control(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// shown is a text of a stranger in quotes and short.
func shown(s string) string { return strconv.Quote(shorten(strings.ToValidUTF8(s, "\uFFFD"), 40)) }

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
