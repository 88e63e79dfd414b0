package device

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Segment is one step of a schedule: from Offset after dusk, or before dawn, at
// Level per cent.
type Segment struct {
	FromDawn bool // Offset counts from dawn, else from dusk
	Offset   time.Duration
	Level    float64 // %, 0–100
}

// Schedule is what a lamp promises for a night. The zero Schedule is "not known".
// A motion lamp idles at Idle and rises to Full for a passer-by.
type Schedule struct {
	Segments []Segment
	Motion   bool
	Idle     float64 // %
	Full     float64 // %
}

// ParseSchedule reads "dusk+0h:100 dusk+4h:30 dawn:0", "motion 20/60" or the
// empty string. Offsets are Go durations; segments must begin at dusk and stand
// in order.
func ParseSchedule(s string) (Schedule, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Schedule{}, nil
	}
	if rest, ok := strings.CutPrefix(s, "motion "); ok {
		return parseMotion(rest)
	}
	var out Schedule
	for _, word := range strings.Fields(s) {
		seg, err := parseSegment(word)
		if err != nil {
			return Schedule{}, fmt.Errorf("schedule %q: %w", s, err)
		}
		if n := len(out.Segments); n > 0 {
			last := out.Segments[n-1]
			if last.FromDawn && !seg.FromDawn || last.FromDawn == seg.FromDawn && seg.Offset <= last.Offset {
				return Schedule{}, fmt.Errorf("schedule %q: %s does not come after the step before it", s, word)
			}
		} else if seg.FromDawn || seg.Offset != 0 {
			return Schedule{}, fmt.Errorf("schedule %q: the first step must be dusk+0h", s)
		}
		out.Segments = append(out.Segments, seg)
	}
	return out, nil
}

func parseMotion(s string) (Schedule, error) {
	idle, full, ok := strings.Cut(strings.TrimSpace(s), "/")
	i, err1 := parseLevel(idle)
	f, err2 := parseLevel(full)
	if !ok || err1 != nil || err2 != nil || i > f {
		return Schedule{}, fmt.Errorf("schedule \"motion %s\": want motion IDLE/FULL in per cent, such as motion 20/60", s)
	}
	return Schedule{Motion: true, Idle: i, Full: f}, nil
}

func parseSegment(word string) (Segment, error) {
	at, level, ok := strings.Cut(word, ":")
	if !ok {
		return Segment{}, fmt.Errorf("%q: want dusk+4h:30", word)
	}
	l, err := parseLevel(level)
	if err != nil {
		return Segment{}, err
	}
	seg := Segment{Level: l}
	var offset string
	switch {
	case strings.HasPrefix(at, "dusk"):
		offset = at[len("dusk"):]
	case strings.HasPrefix(at, "dawn"):
		seg.FromDawn, offset = true, at[len("dawn"):]
	default:
		return Segment{}, fmt.Errorf("%q: want dusk or dawn first", word)
	}
	if offset == "" {
		return seg, nil
	}
	d, err := time.ParseDuration(offset)
	if err != nil || d < -16*time.Hour || d > 16*time.Hour || (offset[0] != '+' && offset[0] != '-') {
		return Segment{}, fmt.Errorf("%q: want an offset such as +4h or -30m, at most 16 hours", word)
	}
	seg.Offset = d
	return seg, nil
}

func parseLevel(s string) (float64, error) {
	l, err := strconv.ParseFloat(s, 64)
	if err != nil || !(l >= 0 && l <= 100) {
		return 0, fmt.Errorf("level %q: want 0 to 100 per cent", s)
	}
	return l, nil
}

// String writes the schedule as ParseSchedule reads it.
func (s Schedule) String() string {
	if s.Motion {
		return fmt.Sprintf("motion %v/%v", s.Idle, s.Full)
	}
	words := make([]string, len(s.Segments))
	for i, seg := range s.Segments {
		name := "dusk"
		if seg.FromDawn {
			name = "dawn"
		}
		words[i] = fmt.Sprintf("%s%s:%v", name, offsetString(seg.Offset, seg.FromDawn), seg.Level)
	}
	return strings.Join(words, " ")
}

func offsetString(d time.Duration, fromDawn bool) string {
	if d == 0 {
		if fromDawn {
			return ""
		}
		return "+0h"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	if d > 0 {
		return "+" + text
	}
	return text
}

// Known says whether the schedule promises anything.
func (s Schedule) Known() bool { return s.Motion || len(s.Segments) > 0 }

// Level is what the schedule promises at t, in per cent, in the night from dusk
// to dawn; 0 outside it. Motion lamps promise their idle level.
func (s Schedule) Level(t, dusk, dawn time.Time) float64 {
	if t.Before(dusk) || !t.Before(dawn) {
		return 0
	}
	if s.Motion {
		return s.Idle
	}
	level := 0.0
	for _, seg := range s.Segments {
		at := dusk.Add(seg.Offset)
		if seg.FromDawn {
			at = dawn.Add(seg.Offset)
		}
		if !t.Before(at) { // in a short night a step before dawn may overtake one after dusk
			level = seg.Level
		}
	}
	return level
}

// Lowest is the lowest level above 0 that the schedule names, in per cent, or 100
// where it names none.
func (s Schedule) Lowest() float64 {
	if s.Motion {
		s.Segments = []Segment{{Level: s.Idle}, {Level: s.Full}}
	}
	low := 100.0
	for _, seg := range s.Segments {
		if seg.Level > 0 && seg.Level < low {
			low = seg.Level
		}
	}
	return low
}
