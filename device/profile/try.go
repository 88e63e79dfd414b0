package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device/payload"
)

// TownPrefix is the topic prefix that examples use.
const TownPrefix = "jiaping"

// Try decodes an example and says where the outcome differs from what the example
// promises; nothing is as it should be.
func (p *Profile) Try(e Example) []string {
	decode := NewSet([]*Profile{p}, TownPrefix, nil).Format(e.Topic)
	if decode == nil { // a lamp's own topic, or an example that leaves the topic out
		t, err := payload.ParseTopic(TownPrefix, e.Topic)
		if err != nil && e.Topic != "" {
			return []string{fmt.Sprintf("topic %s: no topic of the profile, and none of wire format 1", e.Topic)}
		}
		decode = p.bound(Names{Lamp: string(t.Lamp), Gateway: t.Gateway})
	}
	var b payload.Batch
	decode(e.Payload, e.Received, &b)
	var out []string
	if len(b.Readings) != len(e.Readings) {
		out = append(out, fmt.Sprintf("gives %d readings, not %d", len(b.Readings), len(e.Readings)))
	}
	for i := range min(len(b.Readings), len(e.Readings)) {
		got, want := Describe(&b.Readings[i], time.UTC), e.Readings[i]
		for _, field := range slices.Sorted(maps.Keys(joined(got, want))) {
			if !same(got[field], want[field]) {
				out = append(out, fmt.Sprintf("reading %d: %s is %s, not %s", i+1, field, orNone(got[field]), orNone(want[field])))
			}
		}
	}
	var reasons []string
	for _, r := range b.Rejects {
		reasons = append(reasons, string(r.Reason))
	}
	if !slices.Equal(reasons, e.Rejected) {
		out = append(out, fmt.Sprintf("rejects %v, not %v", reasons, e.Rejected))
		for _, r := range b.Rejects {
			out = append(out, r.Text)
		}
	}
	return out
}

func joined(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// same compares as people read: 12.80 is 12.8, and one moment is one in any zone.
func same(a, b string) bool {
	if a == b {
		return true
	}
	if x, ok := numberOf(a); ok {
		y, ok := numberOf(b)
		return ok && x == y && !strings.ContainsAny(a+b, ":")
	}
	x, err := time.Parse(time.RFC3339Nano, a)
	y, err2 := time.Parse(time.RFC3339Nano, b)
	return err == nil && err2 == nil && x.Equal(y)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
