package alerts

import (
	"math"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// lightMemory is what the rules on light remember of a lamp: tonight so far, its
// habits of the last nights, and what it draws when all is well.
type lightMemory struct {
	night    device.Millis // the noon that tonight began at
	seenAt   device.Millis // of the newest look that told of light
	onAt     device.Millis // first lit look of tonight, 0 before
	litAt    device.Millis // last lit look of tonight
	runAt    device.Millis // since when it has been as it is, lit or dark
	switches uint16        // tonight, by its counter
	swings   uint8         // tonight, changes of light that nothing commands
	blinks   bool          // the counter moved by several since the look before
	low      bool          // tonight the battery was low
	saved    bool          // tonight it was low or fading, so that the controller may have saved
	toldOn   bool          // tonight it was dark although it was told to be lit
	toldOff  bool          // tonight it was dark in dark hours because it was told so
	wasDark  bool          // tonight lamp_dark was known
	tells    bool          // some message told its level
	counter  float64       // of switchings, as it last stood tonight, and one; 0 before
	burnt    float64       // of lit seconds, at the newest look; -1 where not sent
	burning  counted       // of lit seconds, from noon on
	drew     float32       // W, at the newest look, NaN where not measured
	was      light         // then
	level    float32       // % commanded then, 0 not known

	dusks  [8]int8        // two minutes each, from sunset to the first lit look, of the last evenings; duskless where not seen
	counts [8]uint8       // switches of the last nights
	ends   [8]uint16      // minutes from noon to when it went out, of the last nights; 0 where not seen
	kept   uint16         // nights that were put into these, ever
	full   [levels]fullW  // what it draws at 100 %, reckoned from each level
	last   nightWord      // what the last finished night says
	learnt learntSchedule // where the roster has none
}

// levels of dimming are learnt apart, since drivers are not linear: from 75 %, 45 %, 25 % and below.
const levels = 4

// fullW is a load learnt in W, from how many looks, up to 255.
type fullW struct {
	watts float32
	cell  float32 // V of a battery cell, the lowest at which it was drawn lately; 0 not known
	looks uint8
}

// nightWord is the last finished night of a lamp in the words of its rules.
type nightWord struct {
	noon     device.Millis
	short    tri
	said     bool // the lamps around were asked
	lasted   bool // it was lit until about when its light was due to end
	flicker  tri
	lit      uint16 // minutes
	expected uint16 // minutes
	again    uint8  // short nights in a row, up to 255
}

// counted is a counter over a night; one that starts anew begins it anew.
type counted struct {
	from, to    device.Millis
	first, last float64
}

func (c *counted) add(at device.Millis, n float64) {
	if c.from == 0 || n < c.last {
		c.from, c.first = at, n
	}
	c.to, c.last = at, n
}

const duskless = math.MinInt8

// forget begins the habits anew, of a lamp that was moved or changed.
func (m *lightMemory) forget() {
	m.kept, m.full, m.learnt = 0, [levels]fullW{}, learntSchedule{}
	m.dusks, m.counts, m.ends = [8]int8{}, [8]uint8{}, [8]uint16{}
	m.last = nightWord{}
}

// see keeps what a reading tells of light.
func (m *lightMemory) see(k *look) {
	l := k.l
	j := k.e.judgedAt(l, k.at)
	if m.night != j.whole.from {
		j = m.begin(k, j)
	}
	if k.at >= j.dark.from { // what was low at noon may be full at dusk
		m.low = m.low || l.battery.low
		m.saved = m.saved || m.low || l.battery.fading && !l.battery.ample || l.battery.empty
	}
	if l.lit == dark && j.dark.has(k.at) {
		on := commandedOn(k.r)
		m.toldOn = m.toldOn || on
		m.toldOff = m.toldOff || !on && (k.r.Has(device.LampOn) || k.r.Has(device.DimPct))
	}
	m.tells = m.tells || k.r.Has(device.DimPct)
	m.wasDark = m.wasDark || l.tracks.phase(fDark) == firing
	m.count(k)
	if l.lit != lightUnknown {
		m.swing(k, j)
		if l.lit == lit {
			if m.onAt == 0 && k.at >= j.dark.from.Add(-90*time.Minute) && k.at < j.dark.to {
				m.onAt = k.at
				m.keepDusk(k, j)
			}
			m.litAt = k.at
		}
		m.seenAt, m.drew, m.level, m.was = k.at, float32(k.watts), float32(k.level), l.lit
	}
	if m.last.noon != m.night && k.at >= j.dark.to.Add(dawnGrace) && k.r.Received.Sub(k.at) <= prompt {
		m.finish(k)
	}
}

// prompt is within what a reading comes that is not one of many which were held up: they come in any order, and a
// night is judged when all of them are there, at noon at the latest.
const prompt = 5 * time.Minute

// dawnGrace is how long after sunrise a night's light is judged.
const dawnGrace = 25 * time.Minute

// begin turns to a new night, and puts the one before into the habits.
func (m *lightMemory) begin(k *look, j *judged) *judged {
	if m.night != 0 {
		if m.last.noon != m.night {
			m.finish(k)
		}
		if !m.saved {
			at := m.kept % uint16(len(m.counts))
			m.counts[at] = uint8(min(m.switches, math.MaxUint8))
			if m.onAt == 0 {
				m.dusks[at] = duskless
			}
			m.ends[m.kept%uint16(len(m.ends))] = m.endMinute()
			m.kept++
			if m.learn(k.l, j) {
				k.l.judge.whole = span{}
				j = k.e.judgedAt(k.l, k.at)
			}
		}
	}
	m.night = j.whole.from
	m.onAt, m.litAt, m.switches, m.swings, m.blinks = 0, 0, 0, 0, false
	m.low, m.saved, m.toldOn, m.toldOff, m.wasDark = false, false, false, false, false
	m.counter, m.burning = 0, counted{}
	return j
}

// endMinute is when tonight's light went out, in minutes from noon, 0 where the lamp was
// not watched around that moment.
func (m *lightMemory) endMinute() uint16 {
	if m.litAt == 0 || m.seenAt <= m.litAt {
		return 0
	}
	return uint16(m.litAt.Sub(m.night).Minutes())
}

func (m *lightMemory) keepDusk(k *look, j *judged) {
	late := k.at.Sub(j.dark.from).Minutes()
	known := m.seenAt != 0 && k.at.Sub(m.seenAt) <= max(2*k.l.interval(), 15*time.Minute)
	d := int8(duskless)
	if known && math.Abs(late) < 250 {
		d = int8(late / 2)
	}
	m.dusks[m.kept%uint16(len(m.dusks))] = d // overwritten tomorrow if this night is not kept
}

// count follows the lamp's own counter of switchings; one that starts anew counts from there.
func (m *lightMemory) count(k *look) {
	m.blinks = false
	n, ok := k.r.Get(device.SwitchCount)
	if !ok {
		return
	}
	if d := n + 1 - m.counter; m.counter > 0 && d > 0 && d < 5000 {
		m.switches = uint16(min(float64(m.switches)+d, math.MaxUint16))
		m.blinks = d >= 3
	}
	m.counter = n + 1
}

// swing counts changes of light within the lit hours that nothing commands: dark
// and lit by turns, or half the load gone and back at one level.
func (m *lightMemory) swing(k *look, j *judged) {
	l := k.l
	if m.was != l.lit || m.seenAt == 0 {
		m.runAt = k.at
	}
	before := m.burnt
	m.burnt = -1
	if s, ok := k.r.Get(device.LitS); ok {
		m.burnt = s
		m.burning.add(k.at, s)
	}
	gap := k.at.Sub(m.seenAt)
	if m.onAt == 0 || gap > 3*time.Hour || k.at < m.onAt.Add(20*time.Minute) || k.at > j.dark.to.Add(-30*time.Minute) || m.swings == math.MaxUint8 {
		return
	}
	drew := float64(m.drew)
	known := k.r.Has(device.DimPct) || l.known.schedule.Known() // not guessed
	same := l.lit == lit && m.was == lit && known && k.level > 0 && float32(k.level) == m.level
	switch {
	case m.was != l.lit, same && min(k.watts, drew) < 0.6*max(k.watts, drew):
		m.swings++
	case same && before >= 0 && m.burnt >= before && m.burnt-before < 0.85*gap.Seconds()-60:
		m.swings++ // it was out in between
	}
}

// usualDusk is how long after sunset the lamp usually comes on, in minutes; ok says
// that it was seen on three evenings at least.
func (m *lightMemory) usualDusk() (late float64, ok bool) {
	var seen [len(m.dusks)]int8
	n := 0
	for _, d := range m.dusks[:min(int(m.kept), len(m.dusks))] {
		if d != duskless {
			seen[n] = d
			n++
		}
	}
	if n < 3 {
		return 0, false
	}
	slices.Sort(seen[:n])
	return 2 * float64(seen[n/2]), true
}

// usualCount is how often the lamp switches in a usual night.
func (m *lightMemory) usualCount() int {
	seen := m.counts
	n := min(int(m.kept), len(seen))
	if n == 0 {
		return 2
	}
	slices.Sort(seen[:n])
	return int(seen[n/2])
}

// earlyEnd says whether tonight's light ended when it usually does: about as last
// night, or not before two of the last three.
func (m *lightMemory) earlyEnd() bool {
	tonight, early := m.litAt.Sub(m.night).Minutes(), 0
	for n := range min(m.kept, 3) {
		end := float64(m.ends[(m.kept-1-n)%uint16(len(m.ends))])
		switch {
		case end == 0:
		case n == 0 && math.Abs(end-tonight) <= 40:
			return true
		case end < tonight+30:
			early++
		}
	}
	return early >= 2
}

// lateBefore says whether the lamp came on as late as this yesterday too.
func (m *lightMemory) lateBefore(late float64) bool {
	if m.kept == 0 {
		return false
	}
	d := m.dusks[(m.kept-1)%uint16(len(m.dusks))]
	return d != duskless && 2*float64(d) > late-10
}

const lightVersion = 3 // 1 kept thirty ends, 2 neither whether the light lasted nor tells

func (m *lightMemory) store(w *writer) {
	w.uint(lightVersion)
	for _, t := range [...]device.Millis{m.night, m.seenAt, m.onAt, m.litAt, m.runAt, m.last.noon} {
		w.millis(t)
	}
	w.uint(uint64(m.switches))
	w.uint(uint64(m.swings))
	w.flag(m.blinks)
	w.flag(m.low)
	w.flag(m.saved)
	w.flag(m.toldOn)
	w.flag(m.toldOff)
	w.flag(m.wasDark)
	w.double(m.counter)
	w.double(m.burnt)
	w.millis(m.burning.from)
	w.millis(m.burning.to)
	w.double(m.burning.first)
	w.double(m.burning.last)
	w.uint(uint64(m.was))
	w.float(m.drew)
	w.float(m.level)
	w.uint(uint64(m.kept))
	for i := range min(int(m.kept)+1, len(m.dusks)) { // tonight's is there already
		w.int(int64(m.dusks[i]))
		w.uint(uint64(m.counts[i]))
	}
	for i := range min(int(m.kept), len(m.ends)) {
		w.uint(uint64(m.ends[i]))
	}
	for _, f := range m.full {
		w.float(f.watts)
		w.float(f.cell)
		w.uint(uint64(f.looks))
	}
	for _, v := range [...]uint64{uint64(m.last.short), uint64(m.last.flicker), uint64(m.last.lit), uint64(m.last.expected), uint64(m.last.again)} {
		w.uint(v)
	}
	w.flag(m.last.said)
	w.uint(uint64(m.learnt.kind))
	w.uint(uint64(m.learnt.minutes))
	w.flag(m.last.lasted)
	w.flag(m.tells)
}

func (m *lightMemory) load(r *reader) {
	version := r.uint()
	if version < 1 || version > lightVersion {
		r.fail()
		return
	}
	for _, t := range [...]*device.Millis{&m.night, &m.seenAt, &m.onAt, &m.litAt, &m.runAt, &m.last.noon} {
		*t = r.millis()
	}
	m.switches, m.swings = uint16(r.uint()), uint8(r.uint())
	m.blinks, m.low, m.saved, m.toldOn, m.toldOff, m.wasDark = r.flag(), r.flag(), r.flag(), r.flag(), r.flag(), r.flag()
	m.counter, m.burnt = r.double(), r.double()
	m.burning = counted{r.millis(), r.millis(), r.double(), r.double()}
	m.was = light(r.uint())
	m.drew, m.level = r.float(), r.float()
	m.kept = uint16(r.uint())
	for i := range min(int(m.kept)+1, len(m.dusks)) {
		m.dusks[i], m.counts[i] = int8(r.int()), uint8(r.uint())
	}
	m.loadEnds(r, version)
	for i := range m.full {
		m.full[i] = fullW{r.float(), r.float(), uint8(r.uint())}
	}
	m.last.short, m.last.flicker = tri(r.uint()), tri(r.uint())
	m.last.lit, m.last.expected, m.last.again = uint16(r.uint()), uint16(r.uint()), uint8(r.uint())
	m.last.said = r.flag()
	m.learnt = learntSchedule{learntKind(r.uint()), uint16(r.uint())}
	if version >= 3 {
		m.last.lasted, m.tells = r.flag(), r.flag()
	}
	if m.last.short > healthy || m.last.flicker > healthy || m.learnt.kind > learntMotion {
		r.fail()
	}
}

// loadEnds reads when the light of the last nights ended, of which the first version kept more.
func (m *lightMemory) loadEnds(r *reader, version uint64) {
	var ends [30]uint16
	stored := len(m.ends)
	if version == 1 {
		stored = len(ends)
	}
	n := min(int(m.kept), stored)
	for i := range n {
		ends[i] = uint16(r.uint())
	}
	for i := range min(n, len(m.ends)) {
		at := int(m.kept) - 1 - i
		m.ends[at%len(m.ends)] = ends[at%stored]
	}
}
