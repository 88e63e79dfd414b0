package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// sunHours are the hours of the day that are told apart, from 5 o'clock on.
const (
	firstSunHour = 5
	sunHours     = 15
)

// standing is how a panel stands among its neighbours: what it usually gives of
// their median in each hour of a clear and of a closed sky, which holds its
// direction and its shade, and what it gives of that lately.
type standing struct {
	usual [2][sunHours]habit // under clouds, and in the sun
	level float32            // the same over all hours; 0 while nothing is known
	days  uint8              // closed so far, up to 255

	day       int32   // that is running, since 1970
	got, want float32 // Wh for each Wp since the last closed day, and what was to be expected
	recent    float32 // share of the usual over about a week; 0 while nothing is known
	low       uint8   // closed days in a row that were low

	dead      float32 // Wh for each Wp that the neighbours gave since this one gave something
	deadHours uint8
	deadSince moment

	today  float32           // Wh for each Wp that a usual panel here gave; 0 while nothing is known
	supply [supplyDays]uint8 // the same of the days before, yesterday first, in fortieths; 0 not known
}

// supplyDays is how many days of sun a lamp remembers beside the one that runs.
const supplyDays = 5

// habit is a share of the neighbours' median, in thousandths, and how many hours
// went into it, up to usualAfter: in two bytes, since each lamp has thirty.
type habit uint16

func (h habit) share() float64 { return float64(h>>3) / 1000 }
func (h habit) heard() int     { return int(h & 7) }

func habitOf(share float64, heard int) habit {
	return habit(min(8191, math.Round(share*1000)))<<3 | habit(min(heard, usualAfter))
}

func (s *standing) store(w *writer) {
	for kind := range s.usual {
		for _, h := range s.usual[kind] {
			w.uint(uint64(h))
		}
	}
	for _, v := range [...]float32{s.level, s.got, s.want, s.recent, s.dead, s.today} {
		w.float(v)
	}
	w.int(int64(s.day))
	w.b = append(w.b, s.days, s.low, s.deadHours)
	w.b = append(w.b, s.supply[:]...)
	w.moment(s.deadSince)
}

func (s *standing) load(r *reader) {
	for kind := range s.usual {
		for h := range s.usual[kind] {
			s.usual[kind][h] = habit(r.uint())
		}
	}
	for _, v := range [...]*float32{&s.level, &s.got, &s.want, &s.recent, &s.dead, &s.today} {
		*v = r.float()
	}
	s.day = int32(r.int())
	s.days, s.low, s.deadHours = r.byte(), r.byte(), r.byte()
	copy(s.supply[:], r.bytes(supplyDays))
	s.deadSince = r.moment()
}

// compareMinute is the minute of each hour at which panels are compared.
const compareMinute = 20

// comparePanels compares the hour before the last one among the lamps of each
// village, or of the town where a village has too few, once in each hour.
func (e *Engine) comparePanels() {
	if int64(e.town.now)/60_000%60 != compareMinute {
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
	town.settle(nil)
	for _, n := range villages {
		n.settle(town)
	}
	local := mid.Time().In(e.cfg.Location)
	day := int32(local.Unix()+offsetOf(local)) / 86400
	for _, l := range e.order {
		if n := villages[l.village]; n != nil && l.known.reports {
			l.panel.compare(l, n, hour, day, local.Hour()-firstSunHour, e.clearSky(mid, l), mid)
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

// neighbours are the lamps of a village in one hour.
type neighbours struct {
	yields []float64 // W for each Wp, of those whose controllers took all they could
	hungry int       // lamps whose controllers took all they could, panels of unknown size too
	heard  int       // lamps of which the hour is known
	median float64   // NaN where too few
	plenty bool      // most batteries were full: there was sun enough
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
	if l.known.panelWp > 0 {
		n.yields = append(n.yields, yield)
	}
}

// settle takes the median; a village with too few takes the town's.
func (n *neighbours) settle(town *neighbours) {
	n.plenty = n.heard >= enough && n.hungry*2 < n.heard
	switch {
	case len(n.yields) >= enough:
		n.median = median(n.yields)
	case town != nil:
		n.median, n.plenty = town.median, n.plenty || n.heard < enough && town.plenty
	default:
		n.median = math.NaN()
	}
}

// compare takes one hour of one lamp.
func (m *panelMemory) compare(l *lampState, n *neighbours, hour, day int32, of int, clear float64, mid device.Millis) {
	lim := &l.rules.panel
	m.turn(day, lim)
	if of < 0 || of >= sunHours {
		return
	}
	usual := n.median
	switch {
	case n.plenty:
		m.today += float32(max(0.6*clear/1000, 0))
	case usual == usual:
		m.today += float32(usual)
	}
	yield, hungry, ok := m.yieldOf(l, hour)
	if !ok || !(usual >= lim.faintest) {
		return
	}
	m.seeDead(l, yield, usual, hungry, mid)
	if !hungry {
		return
	}
	kind := 0
	if usual > lim.clear*clear/1000 {
		kind = 1
	}
	x := min(yield/usual, 8)
	if base, sure := m.expected(kind, of, lim); base > 0.05 {
		m.got += float32(sure * min(x, 1.5*base) * usual / base)
		m.want += float32(sure * usual)
	}
	need := lim.trusted
	if m.usual[kind][of].heard() < usualAfter {
		need = lim.back
	}
	if m.recent == 0 || float64(m.recent) >= need {
		m.learn(kind, of, x, lim)
	}
}

// usualAfter is how many hours of a kind make what is usual in it.
const usualAfter = 6

// strange is what an hour of a kind that was never heard weighs.
const strange = 0.25

// expected is the share of the median that this panel should give in an hour, and
// how sure that is: what is usual in it, or while few such hours were heard, more
// of its level at large, so that a fault which begins with the first clouds does
// not become usual. 0 while nothing is known.
func (s *standing) expected(kind, of int, lim *panelLimits) (share, sure float64) {
	h := s.usual[kind][of]
	if float64(s.days) < lim.learnDays {
		if h.heard() < 2 {
			return 0, 0
		}
		return h.share(), 1
	}
	own := float64(h.heard()) / usualAfter
	return own*h.share() + (1-own)*float64(s.level), own + strange*(1-own)
}

// learn takes an hour into what is usual: evenly at first, later so slowly that it
// follows the seasons and not the dirt.
func (s *standing) learn(kind, of int, x float64, lim *panelLimits) {
	const season = 1.0 / 60 // of the days that a season's change takes
	h := s.usual[kind][of]
	rate := 1 / float64(h.heard()+1)
	if h.heard() >= usualAfter {
		rate = season
	}
	s.usual[kind][of] = habitOf(h.share()+(x-h.share())*rate, h.heard()+1)
	switch {
	case s.level == 0:
		s.level = float32(x)
	case float64(s.days) < lim.learnDays+2:
		s.level += 0.03 * (float32(x) - s.level)
	default:
		s.level += season / 8 * (float32(x) - s.level)
	}
}

// turn closes a day, once it is over and enough sun was in it; what is too little
// goes on into the next.
func (m *panelMemory) turn(day int32, lim *panelLimits) {
	if m.day == day {
		return
	}
	if m.day != 0 {
		copy(m.supply[1:], m.supply[:supplyDays-1])
		m.supply[0] = 0
		if m.today > 0 {
			m.supply[0] = uint8(min(255, max(1, 40*m.today)))
		}
		m.today = 0
	}
	m.day = day
	if m.want < float32(lim.sunDay) {
		return
	}
	r := m.got / m.want
	weight := min(0.4, 0.4*m.want)
	if m.recent == 0 {
		m.recent = 1
	}
	m.recent += weight * (r - m.recent)
	m.got, m.want = 0, 0
	m.days = min(m.days+1, 255)
	if r >= float32(lim.lowDay) {
		m.low = 0
		return
	}
	m.low = min(m.low+1, 255)
}

// seeDead counts what the neighbours gave while this panel gave nothing.
func (m *panelMemory) seeDead(l *lampState, yield, usual float64, hungry bool, mid device.Millis) {
	lim := &l.rules.panel
	share := yield / usual
	switch {
	case share >= lim.alive:
		m.dead, m.deadHours, m.deadSince = 0, 0, 0
	case share < lim.dead && hungry:
		if m.deadHours == 0 {
			m.deadSince = momentOf(mid)
		}
		m.dead += float32(usual)
		m.deadHours = min(m.deadHours+1, 255)
	}
}
