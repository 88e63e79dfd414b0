package payload

import (
	"fmt"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// Part is the last piece of a topic: what a message on it is.
type Part string

// The parts. Nothing sends commands yet.
const (
	Telemetry     Part = "telemetry"
	Status        Part = "status"
	Command       Part = "command"
	CommandResult Part = "command/result"
)

// Topic says whom a message is from or to, and what it is. One of Lamp and
// Gateway is set.
type Topic struct {
	Lamp    device.LampID
	Gateway device.GatewayID
	Part    Part
}

// ParseTopic reads prefix/lamps/{lamp}/telemetry and its relatives. The error is
// a *Reject with the reason BadTopic, or BadLamp where only the code is wrong.
func ParseTopic(prefix, topic string) (Topic, error) {
	rest, ok := cutLevels(prefix, topic)
	kind, rest, ok2 := strings.Cut(rest, "/")
	code, part, ok3 := strings.Cut(rest, "/")
	if !ok || !ok2 || !ok3 || (kind != "lamps" && kind != "gateways") {
		return Topic{}, badTopic(prefix, topic)
	}
	t := Topic{Part: Part(part)}
	switch t.Part {
	case Telemetry, Status, Command, CommandResult:
	default:
		return Topic{}, badTopic(prefix, topic)
	}
	var err error
	if kind == "lamps" {
		t.Lamp, err = device.ParseLampID(code)
	} else {
		t.Gateway, err = device.ParseGatewayID(code)
	}
	if err != nil {
		return Topic{}, &Reject{Reason: BadLamp, Text: "topic: " + err.Error(), Readings: 1}
	}
	return t, nil
}

// cutLevels removes prefix and its slash; an empty prefix removes nothing.
func cutLevels(prefix, topic string) (string, bool) {
	if prefix == "" {
		return topic, true
	}
	rest, ok := strings.CutPrefix(topic, prefix)
	if !ok || rest == "" || rest[0] != '/' {
		return "", false
	}
	return rest[1:], true
}

func badTopic(prefix, topic string) *Reject {
	want := Topic{Lamp: "{lamp}", Part: Telemetry}.Name(prefix)
	return &Reject{Reason: BadTopic, Text: fmt.Sprintf("topic %s: want %s or its relatives", quoted(topic), want), Readings: 1}
}

// Name writes the topic under prefix.
func (t Topic) Name(prefix string) string {
	kind, code := "lamps/", string(t.Lamp)
	if t.Gateway != "" {
		kind, code = "gateways/", string(t.Gateway)
	}
	if prefix != "" {
		prefix += "/"
	}
	return prefix + kind + code + "/" + string(t.Part)
}

// Subject is the lamp or gateway as a subject of alerts.
func (t Topic) Subject() device.Subject {
	if t.Gateway != "" {
		return device.GatewaySubject(t.Gateway)
	}
	return device.LampSubject(t.Lamp)
}

// TelemetryTopic is where a lamp publishes its readings, StatusTopic its status.
func TelemetryTopic(prefix string, lamp device.LampID) string {
	return Topic{Lamp: lamp, Part: Telemetry}.Name(prefix)
}

// StatusTopic is where a lamp publishes that it is online, retained.
func StatusTopic(prefix string, lamp device.LampID) string {
	return Topic{Lamp: lamp, Part: Status}.Name(prefix)
}

// GatewayTelemetryTopic is where a gateway publishes the readings of its lamps.
func GatewayTelemetryTopic(prefix string, gateway device.GatewayID) string {
	return Topic{Gateway: gateway, Part: Telemetry}.Name(prefix)
}

// GatewayStatusTopic is where a gateway publishes that it is online, retained.
func GatewayStatusTopic(prefix string, gateway device.GatewayID) string {
	return Topic{Gateway: gateway, Part: Status}.Name(prefix)
}

// Filters are the topic filters that bring in everything lamps and gateways say.
func Filters(prefix string) []string {
	var out []string
	for _, part := range []Part{Telemetry, Status} {
		out = append(out, Topic{Lamp: "+", Part: part}.Name(prefix), Topic{Gateway: "+", Part: part}.Name(prefix))
	}
	return out
}
