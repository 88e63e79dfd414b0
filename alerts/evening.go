package alerts

import (
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Evening is how long the light of one evening went on, to be told in words.
type Evening struct {
	Until  int  // minutes from noon to when it is known to have gone on; 0 where nobody watched
	Ended  bool // it was seen to end then; else it may have gone on unseen
	Lasted bool // until dawn
}

const (
	dawnEarly   = 45 * time.Minute // civil twilight, 24 to 27 minutes, and a report or two: a lamp that lasted until dawn is put out by then
	eveningLate = 90 * time.Minute // a lamp that was dark so long after sunset gave no light in the evening
	blink       = 20 * time.Minute // a shorter darkness is a flicker, and not the end
	minEvenings = 3                // fewer make no habit
)

// EveningOf reads an evening out of a finished night.
func EveningOf(n *device.NightLight, zone *time.Location) Evening {
	if n.LitUntil == 0 {
		return Evening{}
	}
	return Evening{Until: fromNoon(n.LitUntil, zone), Ended: n.EndSeen, Lasted: n.LitUntil >= n.Dawn.Add(-dawnEarly)}
}

// PromiseOf is until when a night's light was promised, in minutes from noon, or ToDawn; 0 where that is not known.
func PromiseOf(n *device.NightLight, zone *time.Location) int {
	switch {
	case n.PromisedUntil == 0:
		return 0
	case n.PromisedUntil >= n.Dawn.Add(-dawnEarly):
		return ToDawn
	}
	return fromNoon(n.PromisedUntil, zone)
}

// ToDawn is a promise of light until dawn.
const ToDawn = -1

func fromNoon(t device.Millis, zone *time.Location) int {
	at := t.Time().In(zone)
	return (at.Hour()*60 + at.Minute() + 12*60) % (24 * 60)
}

// EveningWords says in residents' words on how many of these evenings the lamp was lit for as long as
// promised, or where that is not known, as long as it is on its good evenings. Bad evenings count; those of
// which nobody saw it do not. With fewer than three it gives how many more it takes.
func EveningWords(evenings []Evening, promise int) (w Words, more int) {
	until := promise
	if until == 0 {
		until = goodEnd(evenings)
	} else if until > 0 {
		until = until / 30 * 30
	}
	lit, seen := 0, 0
	for _, v := range evenings {
		switch {
		case v.Until == 0:
		case v.Lasted || until != ToDawn && v.Until >= until-10:
			lit, seen = lit+1, seen+1
		case v.Ended:
			seen++
		}
	}
	if seen < minEvenings {
		return Words{}, minEvenings - seen
	}
	zh, en := "天亮", "dawn"
	if until != ToDawn {
		clock := fmt.Sprintf("%02d:%02d", (12+until/60)%24, until%60)
		zh, en = " "+clock, clock
	}
	return Words{fmt.Sprintf("最近 %d 晚里，有 %d 晚亮到%s", seen, lit, zh), fmt.Sprintf("lit until %s on %d of %d evenings", en, lit, seen)}, 0
}

// goodEnd is when the light ends on a good evening: the upper quarter of those seen.
func goodEnd(evenings []Evening) int {
	var ends []int
	for _, v := range evenings {
		switch {
		case v.Lasted:
			ends = append(ends, 24*60)
		case v.Until > 0 && v.Ended:
			ends = append(ends, v.Until)
		}
	}
	if len(ends) == 0 {
		return 0
	}
	slices.Sort(ends)
	end := ends[len(ends)*3/4]
	if end == 24*60 {
		return ToDawn
	}
	return (end + 5) / 30 * 30
}

// evening adds to a night until when its first light went on. Hours that nobody observed are no end, and
// a lamp that only lights for passers-by has none.
func (e *Engine) evening(l *lampState, n *night, out *device.NightLight) {
	if p := l.promise(n.dark); len(p) > 0 && p[0].from <= n.dark.from.Add(eveningLate) {
		out.PromisedUntil = p[0].to
	}
	if l.known.schedule.Motion && l.known.schedule.Idle == 0 || l.light.learnt.kind == learntMotion {
		return
	}
	hold, short := max(2*l.interval(), 2*slot), max(blink, 3*l.interval()/2)
	var before, darkAt device.Millis // of the look before, and of the first dark one since it was lit
	hole, began := false, false
	end := func() {
		if out.EndSeen = !hole; !hole {
			out.LitUntil += (darkAt - out.LitUntil) / 2
		}
	}
	never := func() {
		if darkAt != 0 && darkAt.Sub(n.dark.from) <= eveningLate { // or nobody watched the evening
			out.LitUntil, out.EndSeen = n.dark.from, true
		}
	}
	for w, word := range n.told {
		for word != 0 {
			b := bits.TrailingZeros64(word)
			word &^= 1 << b
			at := n.whole.from.Add(time.Duration(w*64+b)*slot + slot/2)
			if at < n.dark.from || at >= n.dark.to {
				continue
			}
			switch lit := n.lit[w]>>b&1 == 1; {
			case lit && !began && at.Sub(n.dark.from) > eveningLate && (darkAt != 0 || at >= out.PromisedUntil):
				never() // it came on in the night only
				return
			case lit:
				began, darkAt, out.LitUntil = true, 0, at.Add(slot/2)
			case darkAt == 0:
				darkAt, hole = at, began && at.Sub(before) > hold
			case began && at.Sub(out.LitUntil) > short:
				end()
				return
			}
			before = at
		}
	}
	switch {
	case began && darkAt != 0:
		end()
	case began && before.Add(hold) >= n.dark.to:
		out.LitUntil = n.dark.to
	case !began && before.Sub(n.dark.from) >= eveningLate:
		never()
	}
}
