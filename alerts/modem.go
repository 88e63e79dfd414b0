package alerts

import (
	"math"
	"time"
)

// modemMemory tells whether a lamp's silence can be its battery's. Some modems hang at the lamp's
// terminals and die each time the controller disconnects the light; most hang at the battery, and
// then go on down to where that has nothing left.
type modemMemory struct {
	rest   uint16 // mV of a cell at the newest look, if by night with the light off; onSun if by day, charging; else 0
	floor  uint16 // the lowest of those after which it was heard again in time; 0 before
	nights moment // the newest look in dark hours; 0 before
	alive  uint8  // looks in dark hours at which it reported though its light was cut off
	poor   bool   // at the newest look in dark hours its battery was running out
	lost   uint8  // of its last messages, fading: 512 times the share that is lost

	survived bool // it was heard all through its newest night with the light cut off
}

// Figures of the modem's memory.
const (
	heardCut   = 3                // looks: one or two may be of the moment of switching
	modemAbove = 0.03             // V per cell above the lowest it was heard at, for noise and coarse voltmeters
	intoNight  = 30 * time.Minute // after sunset a panel gives nothing more to live on
	onSun      = 1                // in rest's place, by day
	sinceNight = 14 * time.Hour   // a day's light after a night
)

func (m *modemMemory) see(k *look, cell float64) {
	l, j := k.l, k.e.judgedAt(k.l, k.at)
	charge, night := charging(k.r), j.dark.has(k.at.Add(-intoNight))
	if heard := k.at.Sub(m.nights.millis()) <= 5*l.interval()/2; m.rest > onSun {
		if heard && (m.floor == 0 || m.rest < m.floor) {
			m.floor = m.rest
		}
		if l.battery.low && (!heard || charge || !night) {
			m.survived = heard
		}
	}
	m.rest = 0
	if charge && !night {
		m.rest = onSun
	}
	if !night || charge {
		return
	}
	m.nights, m.poor = momentOf(k.at), l.battery.low || l.battery.fading
	if l.lit != dark {
		return
	}
	m.rest = uint16(math.Round(1000 * min(cell, 60)))
	if l.battery.low && j.promises(k.at) && m.alive < math.MaxUint8 {
		m.alive++
	}
}

// outlives says that no battery silenced the lamp: it went on reporting before with its light cut
// off, and has at least as much left as then: clearly, where it never did so all night; by day, because the sun
// charges it; lit, because nothing cut it off yet.
func (l *lampState) outlives() bool {
	m, at := &l.battery.modem, l.rules.battery.cells(&l.known)
	switch {
	case l.lit == lit && l.battery.litLower(at, l.interval()):
		return true
	case m.alive < heardCut || m.floor == 0:
		return false
	case m.rest == onSun:
		return m.survived && l.lastTS.Sub(m.nights.millis()) < sinceNight
	case m.rest != 0 && m.survived:
		return float64(m.rest) >= float64(m.floor)+1000*modemAbove/2
	case m.rest != 0:
		return float64(m.rest) >= float64(m.floor)+1000*modemAbove
	}
	return l.lit == lit && float64(l.battery.litCell) > at.cutoff
}

// Hours in which a lamp without a battery behind its modem is silent: from when its panel no longer feeds it, long before
// sunset under closed skies and behind hills, until it does again.
const (
	lastLight  = 3 * time.Hour // before sunset
	firstLight = 4 * time.Hour // after sunrise
)

// sleeps says that the lamp fell silent with the light of day, as one does whose modem hangs on an empty battery: in a
// shortage of sun, or where nothing is known of the days before; and in the dark hours of the last
// night it was not heard, or was heard with little left. It has until well into the morning.
func (e *Engine) sleeps(l *lampState) bool {
	m := &l.battery.modem
	heard := m.nights != 0 && l.heardAt.Sub(m.nights.millis()) < 30*time.Hour
	if m.alive >= heardCut || heard && !m.poor || !(e.shortOfSun(l) || l.panel.dull(&l.rules.town) || e.newHere(l)) {
		return false
	}
	_, night := e.darkHours(l, l.heardAt)
	return l.heardAt >= night.from.Add(-lastLight) && e.town.now < night.to.Add(firstLight)
}

// shortOfSun says that a shortage stands in the lamp's village or town, or is about to.
func (e *Engine) shortOfSun(l *lampState) bool {
	t, v := e.groups[e.cfg.Town], e.groups[l.village]
	return t != nil && t.tracks.phase(fWeather) != idle || v != nil && v.tracks.phase(fWeather) != idle
}

// The memory of lost messages: of some 64, each of which counts for lossStep.
const (
	lossStep  = 8
	lossWhole = 512
	lossKnown = 64               // messages, until which nobody is less patient
	lossDoubt = 16.0 / lossWhole // of so few a share is known to within some 3 %
)

// miss follows what is lost between two messages; a longer pause is an outage and no loss by the way.
func (m *modemMemory) miss(p *pauses, d time.Duration) {
	if usual := p.median(); usual > 0 {
		if gone := int((d+usual/2)/usual) - 1; gone >= 1 && gone <= 3 {
			m.lost = uint8(min(int(m.lost)+gone*lossStep, math.MaxUint8))
		}
	}
	if p.n%8 == 0 {
		m.lost -= uint8((int(m.lost) + 7) / 8)
	}
}

// patience is for how many intervals a lamp must be silent, so that by chance it is one time in ten thousand whatever it
// loses: where one message in ten is lost as often as is set, where a fiftieth is lost three quarters of that, and half as often again
// where a sixth is lost. A message may come a little later than due.
func (m *modemMemory) patience(p *pauses, set float64) float64 {
	share, least := float64(m.lost)/lossWhole+lossDoubt, 0.75
	if p.n < lossKnown || set*float64(p.median()) <= float64(2*time.Hour) {
		least = 1 // there is time for it
	}
	return math.Ceil(set*min(max(math.Log(0.1)/math.Log(share), least), 1.5)) + dueGrace
}

// dueGrace is how much later than due, in intervals, a message may come and not be lost.
const dueGrace = 0.1

func (m *modemMemory) store(w *writer) {
	w.uint(uint64(m.rest))
	w.uint(uint64(m.floor))
	w.moment(m.nights)
	w.b = append(w.b, m.alive)
	w.flag(m.poor)
	w.b = append(w.b, m.lost)
}

func (m *modemMemory) load(r *reader) {
	m.rest, m.floor = uint16(r.uint()), uint16(r.uint())
	m.nights, m.alive, m.poor, m.lost = r.moment(), r.byte(), r.flag(), r.byte()
}
