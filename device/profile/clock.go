package profile

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// Time says when a reading was measured.
type Time struct {
	Paths   []Path
	Format  string         // TimeAuto, a TimeUnix…, or a layout of package time
	Zone    *time.Location // of texts that name none
	Require bool           // a reading without time is refused; else it counts from its receipt
}

// Formats of times.
const (
	TimeAuto   = ""   // RFC 3339, or a number: seconds below 10^11, milliseconds from there on
	TimeUnix   = "s"  // Unix seconds
	TimeMillis = "ms" // Unix milliseconds
	TimeMicros = "us" // Unix microseconds
	TimeNanos  = "ns" // Unix nanoseconds
)

// Layout turns YYYY-MM-DD hh:mm:ss, as people write it, into a layout of package
// time; ok is false for a text without date or hour.
func Layout(text string) (layout string, ok bool) {
	layout = strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "hh", "15", "mm", "04", "ss", "05", "SSS", "000").Replace(text)
	return layout, strings.Contains(layout, "2006") && strings.Contains(layout, "01") && strings.Contains(layout, "02") && strings.Contains(layout, "15")
}

// set places the reading's own time, 0 where the payload has none.
func (t *Time) set(r *reading) *payload.Reject {
	for _, p := range t.Paths {
		v := r.at(p)
		if v == nil {
			continue
		}
		ms, err := t.parse(v)
		if err != nil {
			return &payload.Reject{Reason: payload.BadTS, Text: err.Error()}
		}
		r.out.SentTS = max(ms, 1) // a clock that stands at the epoch has sent a time, though a wrong one
		return nil
	}
	if t.Require {
		return &payload.Reject{Reason: payload.NoTS, Text: "no time in it where the profile looks for one"}
	}
	return nil
}

// farthest is what counts as a time: to the year 5138, as in wire format 1.
const farthest = 1e14

func (t *Time) parse(v any) (device.Millis, error) {
	text, ok := textOf(v)
	if !ok {
		return 0, fmt.Errorf("the time is no text and no number")
	}
	if n, is := numberOf(v); is && (t.Format == TimeAuto || len(t.Format) <= 2) {
		switch t.Format {
		case TimeUnix:
			n *= 1e3
		case TimeMicros:
			n /= 1e3
		case TimeNanos:
			n /= 1e6
		case TimeAuto:
			if math.Abs(n) < 1e11 {
				n *= 1e3
			}
		}
		if !(n >= 0 && n < farthest) {
			return 0, fmt.Errorf("time %s is outside 1970 to 5138: check time.format", shown(text))
		}
		return device.Millis(math.Round(n)), nil
	}
	layout, zone := t.Format, t.Zone
	if layout == TimeAuto {
		layout = time.RFC3339Nano
	}
	if len(layout) <= 2 {
		return 0, fmt.Errorf("time %s is no number: check time.format", shown(text))
	}
	if zone == nil {
		zone = time.UTC
	}
	at, err := time.ParseInLocation(layout, strings.TrimSpace(text), zone)
	if err != nil {
		return 0, fmt.Errorf("time %s does not read as %s", shown(text), layout)
	}
	if ms := at.UnixMilli(); ms >= 0 && ms < farthest {
		return device.Millis(ms), nil
	}
	return 0, fmt.Errorf("time %s is outside 1970 to 5138", shown(text))
}
