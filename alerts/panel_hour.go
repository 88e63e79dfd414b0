package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// compareMinute is the minute of each hour at which panels are compared.
const compareMinute = 20

// comparePanels compares the hour before the last one among the lamps of each
// village, or of the town where a village has too few, once in each hour.
func (e *Engine) comparePanels() {
	if !e.due(time.Hour, compareMinute*time.Minute) {
		return
	}
	const ms = int64(time.Hour / time.Millisecond)
	hour := int32(int64(e.town.now)/ms) - 2
	mid := device.Millis(int64(hour)*ms + ms/2)
	villages := map[device.Subject]*neighbours{}
	town := &neighbours{}
	for _, l := range e.order {
		if !l.known.reports {
			continue
		}
		n := villages[l.village]
		if n == nil {
			n = &neighbours{}
			villages[l.village] = n
		}
		n.add(l, hour)
		town.add(l, hour)
	}
	local := mid.Time().In(e.cfg.Location)
	day, of := int32(local.Unix()+offsetOf(local))/86400, local.Hour()-firstSunHour
	if of >= 0 && of < sunHours {
		town.settle(e, nil, of, mid)
		for _, n := range villages {
			n.settle(e, town, of, mid)
		}
	}
	for _, l := range e.order {
		if n := villages[l.village]; n != nil && l.known.reports {
			l.panel.compare(l, n, hour, day, of, e.clearSky(mid, l), mid)
			l.touch(e)
		}
	}
}

func offsetOf(t time.Time) int64 {
	_, s := t.Zone()
	return int64(s)
}

// clearSky is the power of the sun on level ground under a clear sky, W/m²
// (Haurwitz 1945).
func (e *Engine) clearSky(t device.Millis, l *lampState) float64 {
	up := math.Sin(e.sun.Elevation(t, l.known.lat, l.known.lon) * math.Pi / 180)
	if up <= 0 {
		return 0
	}
	return 1098 * up * math.Exp(-0.057/up)
}

// The two lights that panels are compared in.
const (
	evenLight = iota // from the whole sky: directions and shade hardly count
	sunLight         // from where the sun is
)

// neighbours are the lamps of a village in one hour.
type neighbours struct {
	lamps  []neighbour // whose controllers took all they could
	hungry int         // how many those are, and others whose panels are known to be ill
	heard  int         // lamps of which the hour is known

	usual  float64 // W for each Wp of a usual panel; NaN where too few are known
	kind   int     // of the light
	spread float64 // of what panels gave of their usual, as a standard deviation of its logarithm
	plenty bool    // most batteries were full: there was sun enough
}

// neighbour is one of them.
type neighbour struct {
	l     *lampState
	yield float64 // W for each Wp
}

// enough is how many neighbours make a median.
const enough = 4

// knownSeconds is how much of an hour must be known.
const knownSeconds = 2000

// sizeOf is a lamp's panel in Wp. One that is not in the roster is taken for a middling one: what
// it usually gives of its neighbours' median then holds its size too.
func sizeOf(l *lampState) float64 {
	if l.known.panelWp > 0 {
		return l.known.panelWp
	}
	return 80
}

// yieldOf is what a lamp's panel gave in an hour, W for each Wp.
func (m *panelMemory) yieldOf(l *lampState, hour int32) (yield float64, hungry, ok bool) {
	h := &m.hours[hour%keptHours]
	if h.hour != hour || h.seconds < knownSeconds {
		return 0, false, false
	}
	yield = float64(h.wh) / (float64(h.seconds) / 3600)
	return yield / sizeOf(l), float64(h.hungry) >= 0.8*float64(h.seconds), true
}

func (n *neighbours) add(l *lampState, hour int32) {
	yield, hungry, ok := l.panel.yieldOf(l, hour)
	if !ok {
		return
	}
	n.heard++
	if !hungry {
		return
	}
	n.hungry++
	if l.tracks.phase(fPanelDead) != firing && l.tracks.phase(fSensor) != firing {
		n.lamps = append(n.lamps, neighbour{l, yield})
	}
}

// settle finds what a usual panel gave in an hour of the day; a village with too few lamps takes the town's word.
func (n *neighbours) settle(e *Engine, town *neighbours, of int, mid device.Millis) {
	n.plenty = n.heard >= enough && n.hungry*2 < n.heard
	n.reckon(e, of, mid)
	if n.usual == n.usual || town == nil {
		return
	}
	n.usual, n.kind, n.spread = town.usual, town.kind, town.spread
	n.plenty = n.plenty || n.heard < enough && town.plenty
}

// reckon takes the median of what each gave of its own usual, so that it stays where it is when those in the
// shade are the only ones whose batteries are not full yet; and while that is not known of most, the median of
// what they gave. How far they scatter about it says how much a single one's share tells.
func (n *neighbours) reckon(e *Engine, of int, mid device.Millis) {
	n.usual, n.kind, n.spread = math.NaN(), sunLight, unknownSpread
	gave, shares := make([]float64, 0, len(n.lamps)), make([]float64, 0, len(n.lamps))
	for _, o := range n.lamps {
		if o.l.known.panelWp > 0 {
			gave = append(gave, o.yield)
		}
	}
	if len(gave) < enough {
		return
	}
	n.usual = median(gave)
	lim := &e.rules.panel
	if logSpread(gave, 0.15)/2 < lim.alike && n.usual <= lim.clear*e.clearSky(mid, n.lamps[0].l)/1000 {
		n.kind = evenLight
	}
	for _, o := range n.lamps {
		if base, sure := o.l.panel.expected(n.kind, of, &o.l.rules.panel); base > 0.05 && sure > strange {
			shares = append(shares, o.yield/base)
		}
	}
	if len(shares) < enough {
		return
	}
	usual := median(shares)
	if 2*len(shares) >= len(gave) {
		n.usual = usual
	}
	n.spread = logSpread(shares, 0.1) / 2.56 // so wide is what lies between the tenths of a normal distribution
}

// tells is how much a single panel's share says in this hour, of all that it could: the fainter it was, and the
// further panels stray from their usual, the less.
func (n *neighbours) tells(lim *panelLimits) float64 {
	even, stray := lim.calm*lim.calm, n.spread*n.spread
	if n.kind == sunLight {
		stray += lim.sun * lim.sun
	}
	return even / (even + stray) * min(1, n.usual/lim.ample)
}

// unknownSpread is what is taken while too few know what is usual of them.
const unknownSpread = 0.3

// logSpread is how far sorted values reach, as a logarithm, without a share of them at either end, at least one:
// a single faulty lamp says nothing of the light.
func logSpread(sorted []float64, without float64) float64 {
	k := max(1, int(without*float64(len(sorted))))
	return math.Log(max(sorted[len(sorted)-1-k], 0.001) / max(sorted[k], 0.001))
}
