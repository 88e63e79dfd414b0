package alerts

import (
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/yingguang/yingguang/device"
)

func tamperRulings() []ruling {
	return []ruling{{fTampered, atReading, tamperRule}}
}

// tamperLimits are the figures of the rule on tampering.
type tamperLimits struct {
	lean, fall, back float64 // degrees from how it stood
	gone             float64 // share of the nominal voltage
	nights           uint8
}

func tamperLimitsOf(s *ruleSet) tamperLimits {
	return tamperLimits{
		lean: s.limit(fTampered, "lean_deg"), fall: s.limit(fTampered, "fall_deg"), back: s.limit(fTampered, "back_deg"),
		gone: s.limit(fTampered, "gone_share"), nights: uint8(min(100, s.limit(fTampered, "silent_nights"))),
	}
}

// siteMemory is what the rule on tampering remembers of a lamp.
type siteMemory struct {
	tilt  float32 // degrees, as the pole stood: a slow mean
	tilts uint8   // readings that went into it, up to 255
	lastV float32 // V, the last that was well charged; 0 where none was
	gone  uint8   // readings in a row since its voltage broke down from one to the next

	leaning  uint8 // readings in a row in which it stood otherwise
	nights   uint8 // in a row that it was silent from dusk to dawn, alive by day before and after, its battery well
	last     moment
	observed uint32 // seconds observed at the last reading

	falls, stands, opened bool // at the newest reading; not stored
}

const siteVersion = 1

func (m *siteMemory) store(w *writer) {
	w.uint(siteVersion)
	w.float(m.tilt)
	w.float(m.lastV)
	w.b = append(w.b, m.tilts, m.leaning, m.nights, m.gone)
	w.moment(m.last)
	w.uint(uint64(m.observed))
}

func (m *siteMemory) load(r *reader) {
	if r.uint() != siteVersion {
		r.fail()
		return
	}
	m.tilt, m.lastV = r.float(), r.float()
	m.tilts, m.leaning, m.nights, m.gone = r.byte(), r.byte(), r.byte(), r.byte()
	m.last, m.observed = r.moment(), uint32(r.uint())
}

// learntTilt is how many readings tell how a pole stands; until then one beyond
// uprightAt is no evidence, since a sensor may be mounted askew.
const learntTilt = 6

// see reads the tilt, and whether the battery is there.
func (m *siteMemory) see(k *look) {
	lim := &k.l.rules.tamper
	m.falls, m.stands = false, false
	byDay := k.e.broadDay(k.l, k.at) || m.gone > 0 || m.sunIsUp(k)
	m.watchNights(k)
	if tilt, ok := k.r.Get(device.Tilt); ok {
		off := math.Abs(tilt - float64(m.tilt))
		switch {
		case m.tilts < learntTilt:
			m.tilt += (float32(tilt) - m.tilt) / float32(m.tilts+1)
			m.tilts++
		case off < lim.back:
			m.tilt += (float32(tilt) - m.tilt) * 0.02
			m.stands, m.leaning = true, 0
		case off >= lim.lean:
			m.falls, m.leaning = off >= lim.fall, min(m.leaning+1, 100)
		}
	}
	m.opened = saysOpened(k.r.Faults)
	v, ok := k.r.Get(device.BatteryV)
	if ok {
		whole := cellsOf(&k.l.known, max(v, float64(m.lastV))) * cellNominal(&k.l.known)
		was := float64(m.lastV)
		// From well charged to nothing between two readings: no load empties it so fast.
		switch {
		case v >= 0.8*whole:
			m.gone, m.lastV = 0, float32(v)
		case batteryWorks(k, panelWatts(k)): // then it is the voltmeter, until it shows something again
			m.gone, m.lastV = 0, 0
		case v < lim.gone*whole && was >= 0.95*whole && byDay:
			if m.gone = min(m.gone+1, 100); idles(k, v, whole) {
				m.gone = max(m.gone, goneLooks)
			}
		}
	}
}

// sunIsUp says that soon after sunrise the panel must be what feeds the lamp: it comes back from a
// silence, or the panel gave well at the look before. In the first light, when neither battery nor
// panel carries a current, a dead voltmeter alone looks the same.
func (m *siteMemory) sunIsUp(k *look) bool {
	if k.at < k.e.judgedAt(k.l, k.at).dark.to {
		return false
	}
	pause, step := k.at.Sub(m.last.millis()), k.l.interval()
	heard := time.Duration(uint32(k.e.town.observed/1000)-m.observed) * time.Second
	quiet := m.last != 0 && pause >= max(45*time.Minute, 3*step) && heard >= pause*3/4
	p := &k.l.panel
	return quiet || p.at != 0 && k.at.Sub(p.at.millis()) <= 2*step && p.watts > 3
}

// goneLooks is how many readings without a battery tell that it is gone: one alone may be a
// voltmeter's mistake.
const goneLooks = 2

// idles says that other meters tell at one look of a battery that is not there: the sun is on
// the panel, which stands at its open-circuit voltage (above 15 V of a 12 V one), and nothing
// takes a current of it, not even the float of a full battery.
func idles(k *look, v, whole float64) bool {
	panel, hasPanel := k.r.Get(device.PanelV)
	amps, hasAmps := k.r.Get(device.BatteryA)
	watts, measured := fromPanel(k.r)
	return v < 0.1*whole && hasPanel && panel >= 1.25*whole && hasAmps && math.Abs(amps) < shuntOffset && measured && watts < 0.3
}

// watchNights counts nights of which nothing was heard from dusk to dawn: a lamp
// without its battery lives on its panel alone.
func (m *siteMemory) watchNights(k *look) {
	observed := uint32(k.e.town.observed / 1000)
	before, seen := m.last.millis(), device.Millis(observed-m.observed)*1000
	m.last, m.observed = momentOf(k.at), observed
	if before == 0 {
		return
	}
	dark := k.e.judgedAt(k.l, before).dark
	const edge = 45 * time.Minute
	missing := dark.to - dark.from
	switch {
	case k.e.judgedAt(k.l, k.at).commanded.has(k.at):
		m.nights = 0 // it speaks by night
	case holdsCharge(k):
		m.nights = 0 // what takes the charge is still there
	case k.l.interval() > time.Duration(missing)*time.Millisecond/4 || k.e.gatewayFailed(k.l, dark.from):
		// the night is too short for it to be missed, or its gateway was
	case before < dark.from.Add(edge) && k.at > dark.to.Add(-edge) && k.at < dark.to.Add(12*time.Hour) && seen > missing*3/4 && !k.l.battery.low:
		m.nights = min(m.nights+1, 100)
	case k.at.Sub(before) > 24*time.Hour:
		m.nights = 0
	}
}

// gatewayFailed says that the lamp's gateway is silent, or was after t.
func (e *Engine) gatewayFailed(l *lampState, t device.Millis) bool {
	g := e.gateways[l.via()]
	if g == nil {
		return false
	}
	track := g.tracks[fGateway]
	return track != nil && (track.phase != idle || track.endedAt > t)
}

// holdsCharge says that a current flows into the battery of an unlit lamp.
func holdsCharge(k *look) bool {
	a, ok := k.r.Get(device.BatteryA)
	return ok && a > 0.1 && k.l.lit == dark
}

// saysOpened knows a controller's own words for an opened box, such as DOOR_OPEN; one
// within another, such as the lid of invalid, says nothing.
func saysOpened(faults []string) bool {
	for _, f := range faults {
		words := strings.FieldsFunc(strings.ToLower(f), func(c rune) bool { return !unicode.IsLetter(c) })
		for _, word := range words {
			switch word {
			case "tamper", "tampered", "tampering", "lid", "door", "cover", "theft", "antitheft", "dooropen", "lidopen", "coveropen":
				return true
			}
		}
		for _, word := range [...]string{"开盖", "箱门", "防盗"} {
			if strings.Contains(f, word) {
				return true
			}
		}
	}
	return false
}

// tamperRule: the pole stands otherwise than it stood, the box was opened, or the
// battery was there and is not.
func tamperRule(k *look) verdict {
	m := &k.l.site
	if mode, ok := k.r.Get(device.Mode); ok && mode > 0 {
		return verdict{lapse: true} // somebody of ours is at it
	}
	switch {
	case m.falls || m.opened || m.leaning >= 2 || m.gone >= goneLooks || m.nights >= k.l.rules.tamper.nights:
		return verdict{is: holds, detail: tamperDetail}
	case m.stands || m.tilts == 0 && k.r.Has(device.BatteryV):
		return verdict{is: healthy, detail: tamperDetail}
	}
	return verdict{}
}

func tamperDetail(k *look) map[string]any {
	m := &k.l.site
	detail := figures(k.r, device.Tilt, device.BatteryV)
	if m.tilts > 0 {
		detail["stood_deg"] = round(float64(m.tilt))
	}
	detail["battery_gone"], detail["opened"], detail["silent_nights"] = m.gone >= goneLooks, m.opened, int(m.nights)
	return detail
}
