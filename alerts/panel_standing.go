package alerts

import (
	"math"

	"github.com/yingguang/yingguang/device"
)

// sunHours are the hours of the day that are told apart, from 5 o'clock on.
const (
	firstSunHour = 5
	sunHours     = 15
)

// standing is how a panel stands among its neighbours: what it usually gives of
// what they give in each hour of even light and of sun, which holds its
// direction and its shade, and what it gives of that lately.
type standing struct {
	usual [2][sunHours]habit // in even light, and in the sun
	level float32            // the same over all hours; 0 while nothing is known
	days  uint8              // closed so far, up to 255

	even      float32 // share of what neighbours give, of the last hours of even light
	evenHours uint8   // how many went into it, up to 255

	low       uint8   // closed days in a row that were low
	day       int32   // that is running, since 1970
	got, want float32 // hours since the last closed day, by what each tells, and of these the share that it gave
	recent    float32 // share of the usual over about a week; 0 while nothing is known

	dead      float32 // Wh for each Wp that the neighbours gave since this one gave something
	deadHours uint8
	deadSince moment

	today  float32           // Wh for each Wp that a usual panel here gave; 0 while nothing is known
	supply [supplyDays]uint8 // the same of the days before, yesterday first, in fortieths; 0 not known
}

// supplyDays is how many days of sun a lamp remembers beside the one that runs.
const supplyDays = 5

// habit is a share of what neighbours give, in thousandths, and how many hours
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
	w.float(s.even)
	w.b = append(w.b, s.evenHours)
}

func (s *standing) load(r *reader, version uint64) {
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
	if version == 1 {
		s.got, s.want = 0, 0 // it counted them in Wh
		return
	}
	s.even, s.evenHours = r.float(), r.byte()
}

// compare takes one hour of one lamp.
func (m *panelMemory) compare(l *lampState, n *neighbours, hour, day int32, of int, clear float64, mid device.Millis) {
	lim := &l.rules.panel
	m.turn(day, lim)
	if of < 0 || of >= sunHours {
		return
	}
	usual := n.usual
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
	if !hungry || m.deadHours > 0 { // what gives nothing is not dirty
		return
	}
	x := min(yield/usual, 8)
	if n.kind == evenLight {
		m.seeEven(x)
	}
	if base, sure := m.expected(n.kind, of, lim); base > 0.05 {
		told := sure * n.tells(lim)
		m.got += float32(told * min(x/base, 1.5))
		m.want += float32(told)
	}
	need := lim.trusted
	if m.usual[n.kind][of].heard() < usualAfter {
		need = lim.back
	}
	strays := need == lim.back && n.spread > 2*lim.calm // so do others: it is the light that is new
	if m.recent == 0 || float64(m.recent) >= need || strays {
		m.learn(n.kind, of, x, lim)
	}
}

// seeEven takes an hour of even light, whatever the usual is: about the last ten count.
func (s *standing) seeEven(x float64) {
	s.evenHours = min(s.evenHours, 254) + 1
	s.even += (float32(min(x, 2)) - s.even) / float32(min(s.evenHours, 10))
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

// turn closes a day, once it is over and told enough; what is too little goes on into
// the next.
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
	if m.want < float32(lim.dayHours) {
		return
	}
	r := m.got / m.want
	weight := min(0.4, 0.14*m.want/float32(lim.dayHours))
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
