package alerts

import (
	"math"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// keptNights is how many nights of a lamp late data can still correct: the one
// that is running and the two before it, 48 hours.
const keptNights = 3

// lampState is all that the engine remembers of a lamp; what stands below "known
// of it" comes from the roster and is not stored.
type lampState struct {
	id      device.LampID
	subject device.Subject   // and the key of the stored state
	gateway device.GatewayID // that last brought a reading
	lastTS  device.Millis    // of the newest reading
	heardAt device.Millis    // newest receipt of anything
	heard   int64            // observed milliseconds at that moment
	pauses  pauses
	lit     light
	maxLoad float32 // W, the most ever measured twice in a row

	measuredAt device.Millis // newest reading with a measured load
	tracks     tracks
	nights     [keptNights]*night // newest first
	dirty      bool

	battery batteryMemory
	energy  energyMemory
	light   lightMemory
	aging   agingMemory
	site    siteMemory
	panel   panelMemory
	sensor  sensorMemory
	book    bookMemory

	known   lampFacts
	rules   *ruleSet
	village device.Subject
	read    device.Millis // when known was read from the roster
	judge   judged
}

// light says whether a lamp is lit.
type light uint8

const (
	lightUnknown light = iota
	dark
	lit
)

// lampFacts is what the rules need of the roster's lamp.
type lampFacts struct {
	fixedFacts
	schedule device.Schedule
}

// fixedFacts are those that compare by themselves.
type fixedFacts struct {
	found, reports bool
	lithium        bool
	open           bool // no shade is known of its place
	lat, lon       float64
	watts          float64 // at 100 %, 0 unknown
	lowest         float64 // %, the lowest level above 0
	interval       time.Duration
	gateway        device.GatewayID // by which it reports, or empty
	nominal        float64          // V, 0 unknown
	batteryAh      float64          // 0 unknown
	panelWp        float64          // 0 unknown
	installed      device.Millis    // 0 unknown
	village        device.Village
	profile        string
}

// lowestUsual is how far, in %, usual programmes dim where the schedule is not known.
const lowestUsual = 30

func factsOf(l *device.Lamp) lampFacts {
	f := lampFacts{
		fixedFacts: fixedFacts{
			found: true, reports: l.Reports(), lat: l.Lat, lon: l.Lon, watts: l.LampW,
			lowest: l.Schedule.Lowest(), interval: l.Interval, nominal: l.BatteryV, lithium: l.BatteryChemistry == "lifepo4",
			batteryAh: l.BatteryAh, panelWp: l.PanelWp, installed: device.MillisOf(l.InstalledOn),
			village: l.Place.Village, profile: l.Profile, open: l.Shade == "" || l.Shade == "open" || l.Shade == "none",
		},
		schedule: l.Schedule,
	}
	if l.Link == device.LinkGateway {
		f.gateway = l.Gateway
	}
	if l.Schedule.Motion && l.Schedule.Idle == 0 && l.Schedule.Full > 0 {
		f.lowest = l.Schedule.Full
	}
	if !l.Schedule.Known() {
		f.lowest = lowestUsual
	}
	if l.BatteryChemistry == "" {
		f.lithium = lithiumVolts(l.BatteryV)
	}
	return f
}

// lithiumVolts says that a nominal voltage is one of LiFePO4 cells of 3.2 V: 3.2, 6.4, 12.8, 25.6 or 51.2, and none of the
// blocks of 6 V that lead comes in.
func lithiumVolts(v float64) bool {
	cells := v / 3.2
	return cells >= 0.99 && math.Abs(cells-math.Round(cells)) < 0.01 && math.Mod(math.Round(v*10), 60) != 0
}

// sameLamp says whether the lamp is still what its habits were learnt of: not moved, no
// other head, battery or schedule.
func (f *lampFacts) sameLamp(o *lampFacts) bool {
	return f.lat == o.lat && f.lon == o.lon && f.watts == o.watts && f.nominal == o.nominal && f.lithium == o.lithium &&
		f.batteryAh == o.batteryAh && slices.Equal(f.schedule.Segments, o.schedule.Segments) && f.schedule.Motion == o.schedule.Motion
}

// same says whether nothing changed that the rules look at.
func (f *lampFacts) same(o *lampFacts) bool {
	return f.fixedFacts == o.fixedFacts && slices.Equal(f.schedule.Segments, o.schedule.Segments) &&
		f.schedule.Motion == o.schedule.Motion && f.schedule.Idle == o.schedule.Idle && f.schedule.Full == o.schedule.Full
}

// gatewayState is all that the engine remembers of a gateway.
type gatewayState struct {
	id      device.GatewayID
	subject device.Subject // and the key of the stored state
	heardAt device.Millis
	heard   int64         // observed milliseconds then
	backAt  int64         // observed milliseconds when its last silence ended
	offline device.Millis // when its last will came; 0 while it is not offline
	pauses  pauses
	tracks  tracks
	dirty   bool

	lamps int           // reporting lamps behind it, counted at each tick
	every time.Duration // how often the busiest of them reports
	key   ruleKey       // of the figures that they share
}

// serve counts a lamp behind the gateway. What its lamps share decides whose figures are in force for it.
func (g *gatewayState) serve(l *lampState) {
	if every := l.seldom(); g.lamps == 0 || every < g.every {
		g.every = every
	}
	if g.lamps == 0 {
		g.key = ruleKey{l.known.village, l.known.profile}
	}
	if g.key.village != l.known.village {
		g.key.village = ""
	}
	if g.key.profile != l.known.profile {
		g.key.profile = ""
	}
	g.lamps++
}

// groupState is all that the engine remembers of a village or the town.
type groupState struct {
	subject device.Subject // and the key of the stored state
	tracks  tracks
	storms  []*storm // that stand; their tracks fire
	dirty   bool
}

// townState is the engine's own: its clock of observed time.
type townState struct {
	now      device.Millis // the last tick
	before   device.Millis // the one before it; not stored
	mark     device.Millis // the last observing mark
	observed int64         // milliseconds that were observed, since the beginning
}

// pauses learns how often something reports: the median of the last pauses, so
// that a lost message or a burst does not bend it.
type pauses struct {
	seconds [8]uint16
	middle  uint16
	n       uint8 // how many were ever seen, up to 255; the next goes to n%8
}

const (
	fewPauses = 4           // from so many on the median is believed
	minPause  = time.Minute // what comes faster is one answer in several messages, or one batch
	maxPause  = 6 * time.Hour
)

func (p *pauses) add(d time.Duration) {
	if d < minPause || d > maxPause {
		return
	}
	p.seconds[p.n%8] = uint16((d + time.Second/2) / time.Second)
	if p.n++; p.n == 0 {
		p.n = 248 // stay above fewPauses, and at index 0
	}
	p.settle()
}

// settle reckons the median anew.
func (p *pauses) settle() {
	n := min(int(p.n), len(p.seconds))
	sorted := p.seconds
	for i := 1; i < n; i++ {
		for j := i; j > 0 && sorted[j] < sorted[j-1]; j-- {
			sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
		}
	}
	p.middle = sorted[n/2]
}

// median is 0 while too few are known.
func (p *pauses) median() time.Duration {
	if p.n < fewPauses {
		return 0
	}
	return time.Duration(p.middle) * time.Second
}

// unlearntInterval stands in until an interval is given or learnt.
const unlearntInterval = 15 * time.Minute

// interval is how often the lamp reports: the longer of what the roster says and
// what it does, since a longer one only makes the rules more patient.
func (l *lampState) interval() time.Duration {
	learnt := l.pauses.median()
	if l.known.interval == 0 && learnt == 0 {
		return unlearntInterval
	}
	return max(l.known.interval, learnt)
}

// seldom is how seldom it may report: its interval, or the longest there is where that is not known yet.
func (l *lampState) seldom() time.Duration {
	if l.known.interval == 0 && l.pauses.median() == 0 {
		return longestInterval
	}
	return l.interval()
}

// late is how far behind its receipt a reading counts as late.
func (l *lampState) late() time.Duration { return max(15*time.Minute, 2*l.interval()) }

// current says that the newest reading told of the moment in which it came.
func (l *lampState) current() bool { return l.heardAt.Sub(l.lastTS) <= l.late() }

// via is the gateway that the lamp's silence may be put down to.
func (l *lampState) via() device.GatewayID {
	if l.known.gateway != "" {
		return l.known.gateway
	}
	return l.gateway
}
