package profile

import (
	"fmt"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// Pattern is a topic whose levels may be {lamp}, {gateway}, {device} or +.
type Pattern string

// ParsePattern checks a pattern.
func ParsePattern(text string) (Pattern, error) {
	if text == "" || len(text) > 200 || strings.ContainsRune(text, '#') || strings.ContainsFunc(text, control) {
		return "", fmt.Errorf("主题 %q 不能用 is no topic pattern: write it like epever/{lamp}/telemetry", text)
	}
	seen := map[string]bool{}
	for level := range strings.SplitSeq(text, "/") {
		switch {
		case level == "{lamp}" || level == "{gateway}" || level == "{device}":
			if seen[level] {
				return "", fmt.Errorf("%s 出现了两次 stands twice in the topic", level)
			}
			seen[level] = true
		case level == "+":
		case strings.ContainsAny(level, "{}+"):
			return "", fmt.Errorf("主题的一段 %q 要整段是 a level must be as a whole {lamp}, {gateway}, {device} or +", level)
		}
	}
	return Pattern(text), nil
}

// Filter is the MQTT filter that brings in the pattern's topics.
func (p Pattern) Filter() string {
	return strings.NewReplacer("{lamp}", "+", "{gateway}", "+", "{device}", "+").Replace(string(p))
}

// Of is the pattern's topic of one lamp; ok is false if the lamp's code does not
// stand in it.
func (p Pattern) Of(lamp device.LampID) (topic string, ok bool) {
	return strings.Replace(string(p), "{lamp}", string(lamp), 1), strings.Contains(string(p), "{lamp}")
}

// Match reads a topic; ok is false if it is not the pattern's.
func (p Pattern) Match(topic string) (n Names, ok bool) {
	pattern, rest := string(p), topic
	for {
		want, morePattern, moreP := strings.Cut(pattern, "/")
		level, moreTopic, moreT := strings.Cut(rest, "/")
		switch {
		case moreP != moreT || level == "" && want != "":
			return Names{}, false
		case want == "{lamp}":
			n.Lamp = level
		case want == "{gateway}":
			if !device.ValidCode(level) {
				return Names{}, false
			}
			n.Gateway = device.GatewayID(level)
		case want == "{device}":
			n.Device = level
		case want != "+" && want != level:
			return Names{}, false
		}
		if !moreP {
			return n, true
		}
		pattern, rest = morePattern, moreTopic
	}
}
