package backtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// line is one line of a recording, cut into its parts: a message, or an
// observing mark.
type line struct {
	topic   []byte
	payload []byte
	at      device.Millis // of receipt, or of the mark
	mark    bool
	guessed bool // payload is all up to the last brace of the line
}

const wantLine = `want {"topic":…,"received":"2026-01-04T18:00:00+08:00","payload":{…}} or {"observing":"2026-01-04T18:00:00+08:00"}`

// cut takes a line apart in one pass. The payload is mostly last: then it ends
// before the line's last brace, which spares walking through it.
func cut(b []byte) (line, error) {
	l, ok := quickly(b)
	if !ok {
		return carefully(b)
	}
	return l, nil
}

// quickly knows lines of plain strings with the payload last, as they are written
// by machines. Whatever else it finds it leaves to carefully.
func quickly(b []byte) (l line, ok bool) {
	b = bytes.TrimSpace(b)
	if len(b) < 2 || b[0] != '{' || b[len(b)-1] != '}' {
		return l, false
	}
	for i := 1; ; i++ {
		key, at, ok := text(b, i)
		if !ok {
			return l, false
		}
		if i = blanks(b, at); i >= len(b) || b[i] != ':' {
			return l, false
		}
		i = blanks(b, i+1)
		if string(key) == "payload" {
			l.payload, l.guessed = b[i:len(b)-1], true
			return l, l.at != 0 && !l.mark && l.topic != nil
		}
		value, at, ok := text(b, i)
		if !ok {
			return l, false
		}
		switch string(key) {
		case "topic":
			l.topic = value
		case "received", "observing":
			var when time.Time
			if when.UnmarshalText(value) != nil || l.at != 0 {
				return l, false
			}
			l.at, l.mark = device.MillisOf(when), string(key) == "observing"
		default:
			return l, false
		}
		if i = blanks(b, at); i >= len(b) || b[i] != ',' {
			return l, l.mark && l.topic == nil && i == len(b)-1
		}
	}
}

// text takes a string without escapes that begins at or after i, and gives where
// it ends.
func text(b []byte, i int) (s []byte, end int, ok bool) {
	if i = blanks(b, i); i >= len(b) || b[i] != '"' {
		return nil, i, false
	}
	n := bytes.IndexByte(b[i+1:], '"')
	if n < 0 || bytes.IndexByte(b[i+1:i+1+n], '\\') >= 0 {
		return nil, i, false
	}
	return b[i+1 : i+1+n], i + n + 2, true
}

func blanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	return i
}

// carefully takes a line in any order and says what is wrong with it.
func carefully(b []byte) (line, error) {
	var m struct {
		Topic     *string         `json:"topic"`
		Received  *time.Time      `json:"received"`
		Observing *time.Time      `json:"observing"`
		Payload   json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return line{}, fmt.Errorf("not JSON at byte %d (%w): %s", syntax.Offset, err, wantLine)
		}
		return line{}, fmt.Errorf("%w: %s", err, wantLine)
	}
	switch {
	case m.Observing != nil && m.Topic == nil:
		return line{at: device.MillisOf(*m.Observing), mark: true}, nil
	case m.Topic == nil:
		return line{}, errors.New("no topic in it: " + wantLine)
	case m.Received == nil:
		return line{}, errors.New("no received in it: " + wantLine)
	case m.Payload == nil:
		return line{}, errors.New("no payload in it: " + wantLine)
	}
	return line{topic: []byte(*m.Topic), payload: m.Payload, at: device.MillisOf(*m.Received)}, nil
}

// topicOf reads a topic. Whatever stands before /lamps/ or /gateways/ is the
// prefix: a recording is of one town, under whichever name.
func topicOf(topic string) (payload.Topic, error) {
	prefix := ""
	for _, kind := range [...]string{"/lamps/", "/gateways/"} {
		if i := strings.LastIndex(topic, kind); i > 0 {
			prefix = topic[:i]
		}
	}
	return payload.ParseTopic(prefix, topic)
}
