package alerts

import (
	"math"

	"github.com/yingguang/yingguang/device"
)

// stillness is how long a value has not changed, and through what.
type stillness struct {
	value      float32
	since      uint32 // minutes since 1970
	lit, sunny uint8  // readings with the lamp lit, and with the sun on the panel, since
}

func (s *stillness) through(looks float64) bool {
	return float64(s.lit) >= looks && float64(s.sunny) >= looks
}

// The values that are watched for standing still.
const (
	stillVolts = iota
	stillAmps
	stillGauge
	stills
)

// leapWeight is what one leap counts; each calm reading takes one away.
const leapWeight = 12

// sensorMemory is what the rule on sensors remembers of a lamp.
type sensorMemory struct {
	still [stills]stillness
	at    uint32  // minutes since 1970, of the newest reading with a gauge
	flow  float32 // Ah into the battery since the gauge moved
	step  uint16  // mV, the finest the voltmeter ever moved by; 0 before it did
	leaps uint8   // weighed
	night uint8   // readings in a row with a yield by night
	over  uint8   // readings in a row with more than the panel can give
	zero  uint8   // readings in a row without a voltage of a battery that works
	why   suspicion
}

const sensorVersion = 1

func (m *sensorMemory) store(w *writer) {
	w.uint(sensorVersion)
	for _, s := range m.still {
		w.float(s.value)
		w.uint(uint64(s.since))
		w.b = append(w.b, s.lit, s.sunny)
	}
	w.uint(uint64(m.at))
	w.float(m.flow)
	w.uint(uint64(m.step))
	w.b = append(w.b, m.leaps, m.night, m.over, m.zero, byte(m.why))
}

func (m *sensorMemory) load(r *reader) {
	if r.uint() != sensorVersion {
		r.fail()
		return
	}
	for i := range m.still {
		m.still[i] = stillness{r.float(), uint32(r.uint()), r.byte(), r.byte()}
	}
	m.at, m.flow, m.step = uint32(r.uint()), r.float(), uint16(r.uint())
	m.leaps, m.night, m.over, m.zero, m.why = r.byte(), r.byte(), r.byte(), r.byte(), suspicion(r.byte())
	if int(m.why) >= len(suspicions) {
		r.fail()
	}
}

// see compares a reading with the ones before.
func (m *sensorMemory) see(k *look) {
	if k.late {
		return // a clock that lies makes nights of days
	}
	r, minute := k.r, uint32(k.at/60_000)
	watts := panelWatts(k)
	day := k.e.broadDay(k.l, k.at)
	sunny := day && (watts > 5 || watts != watts)
	if v, ok := r.Get(device.BatteryV); ok {
		if moved := math.Abs(v - float64(m.still[stillVolts].value)); moved >= 0.004 && m.still[stillVolts].since != 0 {
			if mv := uint16(min(math.Round(1000*moved), 60_000)); m.step == 0 || mv < m.step {
				m.step = mv
			}
		}
		m.still[stillVolts].watch(v, minute, k.l.lit, sunny)
		m.seeZero(k, v, watts)
	}
	if a, ok := r.Get(device.BatteryA); ok {
		m.still[stillAmps].watchFlow(a, minute, k)
	}
	if soc, ok := r.Get(device.BatterySoC); ok {
		m.seeGauge(k, soc, minute)
	}
	m.seePanel(k, watts)
	m.why = m.judge(k, float64(minute)/60)
}

func (s *stillness) watch(v float64, minute uint32, l light, sunny bool) {
	if s.since == 0 || float32(v) != s.value {
		*s = stillness{value: float32(v), since: minute}
	}
	switch { // a lamp that burns by day may just use what its panel gives
	case l == lit && !sunny:
		s.lit = min(s.lit+1, 250)
	case sunny && l != lit:
		s.sunny = min(s.sunny+1, 250)
	}
}

// watchFlow watches the battery's current against what panel and lamp must make of it: it cannot
// stand to the digit while they call for both directions, nor take the same from nothing by night.
func (s *stillness) watchFlow(a float64, minute uint32, k *look) {
	if s.since == 0 || float32(a) != s.value {
		*s = stillness{value: float32(a), since: minute}
	}
	switch must := k.flow(); {
	case must <= -2*shuntOffset, a >= k.l.rules.sensor.nightAmps && k.e.deepNight(k.l, k.at):
		s.lit = min(s.lit+1, 250)
	case must >= 2*shuntOffset:
		s.sunny = min(s.sunny+1, 250)
	}
}

// seeGauge watches a gauge that counts.
func (m *sensorMemory) seeGauge(k *look, soc float64, minute uint32) {
	if _, _, counted := k.l.battery.charge(k.r); !counted {
		return
	}
	lim := &k.l.rules.sensor
	before, known := float64(m.still[stillGauge].value), m.still[stillGauge].since != 0
	hours := float64(minute-m.at) / 60
	m.at = minute
	moved := math.Abs(soc - before)
	ends := soc >= 93 || soc <= 7 || before >= 93 || before <= 7 // a full charge or an empty battery sets it anew
	switch {
	case !known:
	case hours > 0 && hours <= 3 && !ends && moved > lim.leap+60*hours:
		m.leaps = min(m.leaps+leapWeight, 240)
	case m.leaps > 0:
		m.leaps--
	}
	if a, ok := k.r.Get(device.BatteryA); ok && known && hours <= 3 {
		m.flow += float32(a * hours)
		switch { // a full battery goes on taking some, an empty one has nothing to give
		case soc >= 93:
			m.flow = min(m.flow, 0)
		case soc <= 7:
			m.flow = max(m.flow, 0)
		}
	}
	if !known || moved >= 0.5 {
		m.flow = 0
	}
	m.still[stillGauge].watch(soc, minute, k.l.lit, false)
}

// seeZero watches for a voltmeter that shows next to nothing while the battery works: by
// night nothing else keeps the modem alive.
func (m *sensorMemory) seeZero(k *look, v, watts float64) {
	nominal := k.l.known.nominal
	if nominal == 0 {
		nominal = 3.2 // it may be a single cell
	}
	if v >= k.l.rules.sensor.zero*nominal {
		m.zero = 0
		return
	}
	if batteryWorks(k, watts) {
		m.zero = min(m.zero+1, 100)
	}
}

// batteryWorks says whether something else than its voltage shows a battery at work. Without one,
// the panel feeds controller and modem alone: some 0.3 W (EPEVER's controllers: 12 mA; an NB-IoT modem: 1 W while it sends).
func batteryWorks(k *look, panel float64) bool {
	amps, _ := k.r.Get(device.BatteryA)
	load, _ := k.r.Get(device.LoadW)
	current, _ := k.r.Get(device.LoadA)
	return math.Abs(amps) > 0.15 || load > 1 || current > 0.1 || panel > 0.8 || k.e.deepNight(k.l, k.at)
}

// seePanel watches for yield by night, and for more than the panel can give.
func (m *sensorMemory) seePanel(k *look, watts float64) {
	lim := &k.l.rules.sensor
	amps, hasAmps := k.r.Get(device.PanelA)
	w, hasWatts := k.r.Get(device.PanelW)
	if !hasAmps && !hasWatts {
		return
	}
	size := k.l.known.panelWp
	if k.e.deepNight(k.l, k.at) {
		if hasAmps && amps > max(lim.nightAmps, 0.002*size) || hasWatts && w > max(lim.nightWatts, 0.03*size) {
			m.night = min(m.night+1, 100)
		} else {
			m.night = 0
		}
	}
	switch {
	case size > 0 && watts > lim.most*size:
		m.over = min(m.over+1, 100)
	case watts == watts && k.e.broadDay(k.l, k.at):
		m.over = 0
	}
}
