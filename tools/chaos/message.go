package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
)

// id is one message: the lamp's number and its seq.
type id struct{ lamp, seq int }

// code is the lamp's in the sample town.
func code(lamp int) string { return fmt.Sprintf("JP-%04d", lamp) }

// topic is where m is published.
func (m id) topic() string { return "jiaping/lamps/" + code(m.lamp) + "/telemetry" }

// bad says whether the message is one that must be rejected: one in a hundred.
func (m id) bad() bool { return (m.seq+m.lamp)%100 == 99 }

// payload is the message sent at ts, in milliseconds. Bad ones are bad in turns.
func (m id) payload(ts int64) []byte {
	name := fmt.Sprintf(`"chaos":"%d/%d"`, m.lamp, m.seq)
	if m.bad() {
		switch m.seq / 100 % 3 {
		case 0:
			return fmt.Appendf(nil, `{%s,"ts":%d,"battery_v":999}`, name, ts)
		case 1:
			return fmt.Appendf(nil, `{%s,"ts":%d}`, name, ts)
		default:
			return fmt.Appendf(nil, `{%s,"ts":`, name)
		}
	}
	volts := 11 + float64(m.seq%300)/100
	return fmt.Appendf(nil, `{%s,"ts":%d,"boot":1,"seq":%d,"battery_v":%.2f,"load_w":%d,"lamp_on":%t}`,
		name, ts, m.seq, volts, m.seq%2*12, m.seq%2 == 1)
}

var named = regexp.MustCompile(`"chaos":"(\d+)/(\d+)"`)

// parse finds which message a payload is.
func parse(payload []byte) (id, bool) {
	m := named.FindSubmatch(payload)
	if m == nil {
		return id{}, false
	}
	lamp, _ := strconv.Atoi(string(m[1]))
	seq, _ := strconv.Atoi(string(m[2]))
	return id{lamp, seq}, true
}

func newReader(b []byte) io.Reader { return bytes.NewReader(b) }
