package alerts

import (
	"math"
	"math/bits"
	"time"

	"github.com/yingguang/yingguang/device"
)

// A night is kept in slots of four minutes, 25 hours of them for a day on which
// clocks are set back: finer than any lamp of the town reports, and small.
const (
	slot       = 4 * time.Minute
	nightWords = (25*60/4 + 63) / 64
)

// night is what is known of one night of one lamp: for each slot whether a
// reading told of it, and whether it was lit. So readings may come twice and in
// any order and give the same night.
type night struct {
	whole, dark span
	told, lit   [nightWords]uint64
	socMin      float32 // NaN where not measured
	changed     bool    // since it was given out
}

func (n *night) mark(t device.Millis, l light, soc float64) {
	n.changed = true
	if m := int(t.Sub(n.whole.from) / slot); l != lightUnknown && m >= 0 && m < nightWords*64 {
		n.told[m/64] |= 1 << (m % 64)
		if l == lit {
			n.lit[m/64] |= 1 << (m % 64)
		}
	}
	if s := float32(soc); !math.IsNaN(soc) && !(n.socMin <= s) {
		n.socMin = s
	}
}

// nightAt finds the night that t belongs to, makes it where it is newer than
// those kept, and gives nil where it is older. The one that has to go is given
// out first, where it has something new.
func (e *Engine) nightAt(l *lampState, t device.Millis) *night {
	for _, n := range l.nights {
		if n != nil && n.whole.has(t) {
			return n
		}
	}
	if oldest := l.nights[keptNights-1]; oldest != nil && t < oldest.whole.from {
		return nil
	}
	fresh := &night{socMin: float32(math.NaN())}
	fresh.whole, fresh.dark = e.darkHours(l, t)
	at := 0
	for at < keptNights && l.nights[at] != nil && l.nights[at].whole.from > fresh.whole.from {
		at++
	}
	if out := l.nights[keptNights-1]; out != nil {
		e.give(l, out)
	}
	copy(l.nights[at+1:], l.nights[at:keptNights-1])
	l.nights[at] = fresh
	return fresh
}

// finishNights gives out the nights that ended or changed after their end. A
// night waits a little past noon for readings on their way.
func (e *Engine) finishNights(l *lampState) {
	for i := keptNights - 1; i >= 0; i-- {
		if n := l.nights[i]; n != nil && n.changed && e.town.now >= n.whole.to.Add(nightGrace) {
			e.give(l, n)
		}
	}
}

// nightGrace is how long after noon a night is given out.
const nightGrace = 15 * time.Minute

func (e *Engine) give(l *lampState, n *night) {
	if !n.changed {
		return
	}
	n.changed = false
	l.touch(e)
	out, _ := e.nightLight(l, n)
	e.evening(l, n, &out)
	l.book.keep(n.whole.from, &out, e.cfg.Location)
	out.DepthPct = l.book.depth(n.whole.from)
	e.nights = append(e.nights, out)
}

// nightLight reckons a night, and how many of its promised seconds were lit: each
// sample holds until the next one, or for two reporting intervals if none comes.
func (e *Engine) nightLight(l *lampState, n *night) (out device.NightLight, kept float64) {
	out = device.NightLight{
		Lamp: l.id, Night: n.whole.from.Time().In(e.cfg.Location).Format(time.DateOnly),
		Dusk: n.dark.from, Dawn: n.dark.to, SoCMin: float64(n.socMin), DepthPct: math.NaN(),
	}
	hold := device.Millis(max(2*l.interval(), 2*slot).Milliseconds())
	promised := l.promise(n.dark)
	last := span{-1, -1} // of the sample before
	lastLit := false
	take := func(until device.Millis) {
		s := span{max(last.from, n.dark.from), min(last.to, until, n.dark.to)}
		if s.from >= s.to {
			return
		}
		out.ObservedS += seconds(s)
		if lastLit {
			out.LitS += seconds(s)
		}
		for _, p := range promised {
			both := float64(s.overlap(p)) / 1000
			out.ExpectedS += both
			if lastLit {
				kept += both
			}
		}
	}
	for w, word := range n.told {
		for word != 0 {
			b := bits.TrailingZeros64(word)
			word &^= 1 << b
			at := n.whole.from.Add(time.Duration(w*64+b)*slot + slot/2)
			isLit := n.lit[w]>>b&1 == 1
			if out.Readings > 0 {
				take(at)
				if isLit != lastLit {
					out.Switches++
				}
			}
			out.Readings++
			last, lastLit = span{at, at + hold}, isLit
		}
	}
	take(n.dark.to)
	return out, kept
}

func seconds(s span) float64 { return float64(s.to-s.from) / 1000 }
