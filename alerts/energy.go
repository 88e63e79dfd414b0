package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// energyDays is how many days of sun and of use a forecast looks back on.
const energyDays = 7

// energyMemory keeps a lamp's books of energy, in Wh: how much the battery lacks to
// full, what came in and went out on each of the last days (noon to noon), and what
// was foretold of the night that is running.
type energyMemory struct {
	lacks  float32       // Wh below full; NaN before it can be told
	how    knowledge     // how lacks is known
	learnt float32       // Wh that the battery gave from full until the light ended; 0 before it was seen
	cut    bool          // the light ended for want of energy and has not come back since
	top    float32       // V of a cell, the most since then
	was    light         // at the newest reading
	at     device.Millis // of the newest reading
	day    device.Millis // noon at which the running day began
	in     float32       // Wh of the running day
	out    float32
	seen   float32            // hours of it that readings stood for
	past   [energyDays]oneDay // newest first
	days   uint8              // how many of past there are

	leak float32 // W that the battery gives by night beside the light
	made moment  // the newest forecast; not stored, since one more does no harm
	// In seconds after day's noon: what was foretold at dusk, to be measured, and when the light ended for want of energy.
	told  int32 // toldNothing, toldLasts, or when it ends
	ended int32 // 0 while it did not
}

// oneDay is a day that is over, in tenths of a Wh and of an hour.
type oneDay struct{ in, out, seen uint16 }

func tenths(v float32) uint16 { return uint16(min(max(math.Round(10*float64(v)), 0), math.MaxUint16)) }

// What told holds beside a time.
const (
	toldNothing = 0
	toldLasts   = -1
)

// knowledge is how a battery's charge is known.
type knowledge uint8

// The kinds of knowledge, the better ones later.
const (
	known0     knowledge = iota // not at all
	knownRough                  // from a gauge that only reads the voltage
	knownCount                  // counted since the battery was last full or empty
	knownGauge                  // from a gauge that counts
)

// Word names the kind of knowledge for people and programs.
func (k knowledge) Word() string { return [...]string{"", "rough", "counted", "gauge"}[k] }

// energyVersion 1 had no leak.
const energyVersion = 2

func (m *energyMemory) store(w *writer) {
	w.uint(energyVersion)
	w.float(m.lacks)
	w.uint(uint64(m.how))
	w.float(m.learnt)
	w.flag(m.cut)
	w.float(m.top)
	w.uint(uint64(m.was))
	w.millis(m.at)
	w.millis(m.day)
	w.float(m.in)
	w.float(m.out)
	w.float(m.seen)
	w.uint(uint64(m.days))
	for _, d := range m.past[:m.days] {
		w.uint(uint64(d.in))
		w.uint(uint64(d.out))
		w.uint(uint64(d.seen))
	}
	w.int(int64(m.told))
	w.int(int64(m.ended))
	w.float(m.leak)
}

func (m *energyMemory) load(r *reader) {
	version := r.uint()
	if version < 1 || version > energyVersion {
		r.fail()
		return
	}
	m.lacks, m.how, m.learnt, m.cut, m.top, m.was = r.float(), knowledge(r.uint()), r.float(), r.flag(), r.float(), light(r.uint())
	m.at, m.day = r.millis(), r.millis()
	m.in, m.out, m.seen = r.float(), r.float(), r.float()
	m.days = uint8(min(r.uint(), energyDays))
	for i := range m.past[:m.days] {
		m.past[i] = oneDay{uint16(r.uint()), uint16(r.uint()), uint16(r.uint())}
	}
	m.told, m.ended = int32(r.int()), int32(r.int())
	if version >= 2 {
		m.leak = r.float()
	}
	if m.how > knownGauge {
		r.fail()
	}
}

// Shares of the nominal energy that a controller lets out before it disconnects, where that was not seen yet. A lamp draws
// a fiftieth of its battery's capacity an hour; at such rates data sheets give some nineteen twentieths of LiFePO4 and nine
// tenths of lead down to 11.1 V (Trojan and Victron AGM, discharge curves at C/20 and slower); cold, age and careful presets
// take a tenth of that.
const (
	lithiumUsable = 0.86
	leadUsable    = 0.80
	standby       = 0.2 // W of controller and modem, which no load measurement shows
)

// capacity is the nominal energy in Wh, 0 where the roster does not say.
func (f *lampFacts) capacity() float64 {
	volts := f.nominal
	if volts == 0 {
		volts = 12
	}
	return f.batteryAh * volts
}

// Voltages per cell from which a charging battery counts as full (charge stages of EPEVER's Tracer
// manual, gel and LiFePO4 presets, less a margin for cold and heat).
const (
	lithiumFull = 3.52
	leadFull    = 2.38
)

// see keeps the books by one reading.
func (m *energyMemory) see(k *look) {
	l := k.l
	whole, _ := k.e.darkHours(l, k.at)
	if whole.from != m.day {
		m.turn(k.e, l, whole.from)
	}
	passed := k.at.Sub(m.at)
	first := m.at == 0
	m.at = k.at
	if hold := 2 * l.interval(); passed > hold {
		passed = hold
	}
	hours := passed.Hours()
	if first || hours <= 0 {
		hours = 0
	}
	m.seep(k, hours)
	in, out, both := flows(k)
	m.in += float32(in * hours)
	m.out += float32(out * hours)
	m.seen += float32(hours)
	m.reckon(k, (in*0.95-out-standby)*hours, both)
	m.endLight(k)
}

// endLight notes that the light ended for want of energy, or is back. What the battery gave until then is
// what it can give.
func (m *energyMemory) endLight(k *look) {
	l := k.l
	switch {
	case l.lit == lit:
		m.cut = false
		if most := l.known.capacity(); m.how > knownRough && float64(m.lacks) > m.usable(&l.known) && float64(m.lacks) < 1.2*most {
			m.learnt = m.lacks // it burns on: there was more than was thought
		}
	case l.battery.empty && l.lit == dark && k.e.judgedAt(l, k.at).promises(k.at):
		if m.ended == 0 {
			m.ended = m.after(k.at)
		}
		if most := l.known.capacity(); !m.cut && m.was == lit && m.how != known0 && float64(m.lacks) > 0.3*most && float64(m.lacks) < 1.2*most {
			m.learnt = m.lacks
		}
		if !m.cut && m.how == knownCount {
			m.lacks = float32(m.usable(&l.known))
		}
		if !m.cut {
			m.cut, m.top = true, 0
		}
	}
	if v, ok := k.r.Get(device.BatteryV); ok && m.cut {
		m.top = max(m.top, float32(v/cellsOf(&l.known, v)))
	}
	m.was = l.lit
}

// flows gives the power from the panel and into the light, W, and whether both are known.
func flows(k *look) (in, out float64, both bool) {
	volts, hasV := k.r.Get(device.BatteryV)
	in, hasIn := fromPanel(k.r)
	hasOut := !math.IsNaN(k.watts)
	if hasOut {
		out = k.watts
	}
	if a, ok := k.r.Get(device.BatteryA); ok && hasV {
		switch {
		case !hasIn && hasOut:
			in, hasIn = max(0, a*volts+out), true
		case hasIn && !hasOut:
			out, hasOut = max(0, in-a*volts), true
		case !hasIn:
			in, out = max(0, a*volts), max(0, -a*volts)
			hasIn, hasOut = true, true
		}
	}
	return in, out, hasIn && hasOut
}

// reckon moves what is lacking by what flowed, and sets it where it can be read.
func (m *energyMemory) reckon(k *look, net float64, counted bool) {
	f := &k.l.known
	most := f.capacity()
	if most == 0 {
		return
	}
	soc, hasSoC, gauged := k.l.battery.charge(k.r)
	switch {
	case gauged:
		m.lacks, m.how = float32((100-soc)/100*most), knownGauge
	case m.full(k):
		m.lacks, m.how = 0, knownCount
	case m.how == knownCount && counted:
		m.lacks = float32(min(max(float64(m.lacks)-net, 0), most))
	case m.how < knownCount && hasSoC:
		m.lacks, m.how = float32((100-soc)/100*most), knownRough
	}
}

// full says whether the controller has ended its charge.
func (m *energyMemory) full(k *look) bool {
	if s, ok := k.r.Get(device.ChargeState); ok && device.Fields[device.ChargeState].Words[int(s)] == "float" {
		return true
	}
	v, ok := k.r.Get(device.BatteryV)
	if !ok || !charging(k.r) {
		return false
	}
	cell := v / cellsOf(&k.l.known, v)
	if k.l.known.lithium {
		return cell >= lithiumFull
	}
	return cell >= leadFull
}

// usable is the energy between full and the end of the light: as learnt, or as batteries of the kind have it.
func (m *energyMemory) usable(f *lampFacts) float64 {
	if m.learnt > 0 {
		return float64(m.learnt)
	}
	if f.lithium {
		return f.capacity() * lithiumUsable
	}
	return f.capacity() * leadUsable
}

// Voltages per cell from which controllers connect the light again (EPEVER Tracer manual: 12.6 V for lead;
// makers of LiFePO4 packs: 12.8 V).
const (
	lithiumConnects = 3.2
	leadConnects    = 2.1
)

// connected says whether a battery that was cut off has had the voltage to be connected again.
func (m *energyMemory) connected(f *lampFacts) bool {
	if f.lithium {
		return m.top >= lithiumConnects
	}
	return m.top >= leadConnects
}

// after is a moment in seconds after the day's noon, at least one.
func (m *energyMemory) after(t device.Millis) int32 {
	return int32(max(t.Sub(m.day)/time.Second, 1))
}

// turn begins a new day, and grades what was foretold of the night that ended.
func (m *energyMemory) turn(e *Engine, l *lampState, noon device.Millis) {
	if m.told != toldNothing && m.day < noon {
		e.grade(l, m)
	}
	if m.day != 0 {
		copy(m.past[1:], m.past[:])
		m.past[0] = oneDay{tenths(m.in), tenths(m.out), tenths(m.seen)}
		m.days = min(m.days+1, energyDays)
	}
	m.in, m.out, m.seen = 0, 0, 0
	m.day, m.ended, m.told = noon, 0, toldNothing
}

// mean is what came in and went out on a day, over the days that were watched for most of their
// hours, the running one left out; ok is false where there is none.
func (m *energyMemory) mean() (in, out float64, ok bool) {
	n := 0.0
	for _, d := range m.past[:m.days] {
		if d.seen >= 200 {
			in, out, n = in+float64(d.in)/10, out+float64(d.out)/10, n+1
		}
	}
	return in / max(n, 1), out / max(n, 1), n > 0
}
