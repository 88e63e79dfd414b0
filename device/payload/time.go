package payload

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Numbers below secondsBelow are Unix seconds (up to the year 5138), the others
// milliseconds (from 1973 on); from millisBelow on (the year 5138 again) they are neither.
const (
	secondsBelow = 1e11
	millisBelow  = 1e14
)

const wantTS = `want RFC 3339 with a zone, such as "2026-01-01T08:00:00+08:00", or Unix seconds or milliseconds`

// ts takes the time of measuring, rounded to milliseconds. A clock that stands at the epoch has
// sent a time, though a wrong one, so its 0 becomes 1.
func (d *Decoder) ts(src source, it *item) {
	v := &d.value
	var ms device.Millis
	switch {
	case v.kind == kindNumber && math.Abs(v.num) < secondsBelow:
		ms = device.Millis(math.Round(v.num * 1000))
	case v.kind == kindNumber && math.Abs(v.num) < millisBelow:
		ms = device.Millis(math.Round(v.num))
	case v.kind == kindNumber:
		it.refuse(BadTS, "ts %s: %s, not micro- or nanoseconds", src.show(v.raw), wantTS)
		return
	case v.kind == kindText:
		var at time.Time
		if err := at.UnmarshalText(v.text); err != nil {
			it.refuse(BadTS, "ts %s: %s", quoted(string(v.text)), wantTS)
			return
		}
		ms = device.Millis(at.UnixMilli())
	default:
		d.wrongType(src, it, slotTS, wantTS[len("want "):])
		return
	}
	if ms == 0 {
		ms = 1
	}
	it.reading.SentTS = ms
}
