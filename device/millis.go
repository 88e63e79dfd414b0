package device

import "time"

// Millis is a moment as milliseconds since 1970-01-01 UTC: the unit of the wire,
// the journal and SQL. Zero means "not known".
type Millis int64

// MillisOf converts t, cutting to whole milliseconds; the zero Time gives 0.
func MillisOf(t time.Time) Millis {
	if t.IsZero() {
		return 0
	}
	return Millis(t.UnixMilli())
}

// Time converts to UTC; 0 gives the zero Time.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// Add shifts by d, cut to whole milliseconds.
func (m Millis) Add(d time.Duration) Millis { return m + Millis(d.Milliseconds()) }

// Sub is the time from o to m.
func (m Millis) Sub(o Millis) time.Duration { return time.Duration(m-o) * time.Millisecond }
