package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// hourYield is what a panel gave in one hour.
type hourYield struct {
	hour    int32   // since 1970
	wh      float32 // given
	seconds uint16  // of the hour that readings cover
	hungry  uint16  // seconds of those in which the controller took all it could
}

// moment is a time in seconds since 1970: small, since each lamp has many.
type moment uint32

func momentOf(t device.Millis) moment  { return moment(t / 1000) }
func (m moment) millis() device.Millis { return device.Millis(m) * 1000 }
func (w *writer) moment(m moment)      { w.uint(uint64(m)) }
func (r *reader) moment() moment       { return moment(r.uint()) }

// keptHours is how many hours a lamp keeps: one is judged when the one after it is
// over, so that lamps that report each hour have told of all of it.
const keptHours = 3

// panelMemory is what the rules on panels remember of a lamp.
type panelMemory struct {
	charged float64 // Wh, the controller's counter at counted
	at      moment  // of the newest reading that tells what the panel gives
	counted moment  // since when the counter has not moved; 0 while the controller sends none
	watts   float32 // at at
	stated  bool    // its controller tells at what stage it charges
	full    bool    // it was full since the last dusk: it takes what it needs, not what it could
	step    uint8   // Wh, the least the counter was ever seen to move by; 0 before it did
	hours   [keptHours]hourYield

	standing // among its neighbours

	darkFor float32 // seconds of good daylight without voltage at the panel
}

// panelVersion 1 had nothing of even light and of controllers that tell their stage, 2 nothing of the counter's step.
const panelVersion = 3

func (m *panelMemory) store(w *writer) {
	w.uint(panelVersion)
	w.moment(m.at)
	w.float(m.watts)
	w.uint(math.Float64bits(m.charged))
	w.moment(m.counted)
	w.flag(m.full)
	for i := range m.hours {
		h := &m.hours[i]
		w.int(int64(h.hour))
		w.float(h.wh)
		w.uint(uint64(h.seconds))
		w.uint(uint64(h.hungry))
	}
	w.float(m.darkFor)
	m.standing.store(w)
	w.flag(m.stated)
	w.b = append(w.b, m.step)
}

func (m *panelMemory) load(r *reader) {
	version := r.uint()
	if version < 1 || version > panelVersion {
		r.fail()
		return
	}
	m.at, m.watts, m.charged, m.counted, m.full = r.moment(), r.float(), math.Float64frombits(r.uint()), r.moment(), r.flag()
	for i := range m.hours {
		m.hours[i] = hourYield{int32(r.int()), r.float(), uint16(r.uint()), uint16(r.uint())}
	}
	m.darkFor = r.float()
	m.standing.load(r, version)
	m.stated = version > 1 && r.flag()
	if version > 2 {
		m.step = r.byte()
	}
}

// see adds what the panel gave since the last reading to its hours.
func (m *panelMemory) see(k *look) {
	m.seeDaylight(k)
	takesAll := m.hungry(k)
	now := float32(panelWatts(k))
	c, counts := k.r.Get(device.ChargedWh)
	if counts {
		m.learnStep(c)
	}
	if m.byCounter(k, now == now) {
		if counts {
			m.count(k, c, takesAll)
		}
		return
	}
	if counts {
		m.charged, m.counted = c, momentOf(k.at)
	}
	if now != now {
		return
	}
	before, since := m.watts, m.at.millis()
	m.watts, m.at = now, momentOf(k.at)
	if passed := k.at.Sub(since); since != 0 && passed > 0 && passed <= longestStep(k.l) && before == before {
		m.give(since, k.at, float64(before+now)/2*passed.Hours(), takesAll)
	}
}

// longestStep is the longest pause over which what came in is believed to be even.
func longestStep(l *lampState) time.Duration {
	return max(30*time.Minute, l.interval()*5/2)
}

// give spreads energy over the hours that a pause touches.
func (m *panelMemory) give(from, to device.Millis, wh float64, takesAll bool) {
	const hour = device.Millis(time.Hour / time.Millisecond)
	whole := float64(to - from)
	for at := from; at < to; {
		end := min(to, (at/hour+1)*hour)
		h := &m.hours[at/hour%keptHours]
		if h.hour != int32(at/hour) {
			*h = hourYield{hour: int32(at / hour)}
		}
		h.wh += float32(wh * float64(end-at) / whole)
		part := uint16((end - at) / 1000) // an hour at most
		h.seconds += part
		if takesAll {
			h.hungry += part
		}
		at = end
	}
}

// panelWatts is what the panel gives, or what of it arrives in battery and lamp;
// NaN where nothing measures it.
func panelWatts(k *look) float64 {
	r := k.r
	if w, ok := r.Get(device.PanelW); ok {
		return w
	}
	volts, hasVolts := r.Get(device.BatteryV)
	if a, ok := r.Get(device.PanelA); ok {
		if v, ok := r.Get(device.PanelV); ok {
			return a * v
		}
		if hasVolts {
			return a * volts
		}
	}
	if a, ok := r.Get(device.BatteryA); ok && hasVolts {
		w := a * volts
		if k.watts > 0 {
			w += k.watts
		}
		return max(0, w)
	}
	return math.NaN()
}

// hungry says whether the controller takes all that the panel can give: a battery
// that is full, or was since the last dusk, hides what its panel could do. What the
// controller says of its stage is better than what charge or voltage hint at, and some
// say boost of all that comes before float.
func (m *panelMemory) hungry(k *look) bool {
	l, r := k.l, k.r
	if k.e.judgedAt(l, k.at).dark.has(k.at) {
		m.full = false
		return true
	}
	lim := &l.rules.panel
	state, told := r.Get(device.ChargeState)
	m.stated = m.stated || told
	volts := math.NaN()
	if v, ok := r.Get(device.BatteryV); ok {
		most := lim.leadFull
		if l.known.lithium {
			most = lim.lithiumFull
		}
		volts = v / cellsOf(&l.known, v) / most
	}
	switch {
	case told && (state == stateFloat || state == stateEqualize || state == stateLimit):
		m.full = true
	case told && state == stateBoost:
		m.full = m.full || volts >= 1 || volts != volts && !l.battery.skipped()
	case told && state == stateMPPT:
	case volts >= 1:
		m.full = true
	case !m.stated:
		if soc, _, counted := l.battery.charge(r); counted && soc >= lim.fullSoC {
			m.full = true
		}
	}
	return !m.full
}

// The words of charge_state, by index.
const (
	stateMPPT     = 1
	stateBoost    = 2
	stateFloat    = 3
	stateEqualize = 4
	stateLimit    = 5
)

// seeDaylight counts daylight in which there is no voltage at the panel and nothing
// comes from it: even a closed sky gives more than half of its open-circuit voltage.
func (m *panelMemory) seeDaylight(k *look) {
	v, ok := k.r.Get(device.PanelV)
	if !ok {
		return
	}
	nominal := k.l.known.nominal
	if nominal == 0 {
		nominal = 12
	}
	day := k.e.judgedAt(k.l, k.at)
	edge := device.Millis(k.l.rules.panel.edge.Milliseconds())
	broad := k.at > day.dark.to+edge || k.at < day.dark.from-edge
	watts := panelWatts(k)
	switch {
	case v > 0.5*nominal || watts > 1:
		m.darkFor = 0
	case broad && v < 0.25*nominal && !(watts > 1):
		m.darkFor += float32(min(k.since, k.l.interval(), time.Hour).Seconds())
	}
}
