package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Figures of counters of what came in.
const (
	fineStep   = 2                // Wh: a middling panel under a dull sky gives as much in five minutes
	seldomRead = 10 * time.Minute // between samples of the power a cloud comes and goes
	stillMost  = 2 * time.Hour    // then what the counter did not count is nothing: an hour is judged soon after it
)

// learnStep learns in what steps the counter moves: EPEVER's and Victron's registers have 0.01 kWh.
func (m *panelMemory) learnStep(c float64) {
	moved := math.Ceil(c - m.charged)
	if m.counted != 0 && moved > 0 && (m.step == 0 || moved < float64(m.step)) {
		m.step = uint8(min(moved, math.MaxUint8))
	}
}

// byCounter says whether the counter tells more than the power, now or of late: it misses nothing between two
// readings, but one in coarse steps is right over long spans only.
func (m *panelMemory) byCounter(k *look, metered bool) bool {
	if m.counted == 0 && !k.r.Has(device.ChargedWh) || m.counted != 0 && k.at.Sub(m.counted.millis()) >= stillMost+time.Hour && !k.r.Has(device.ChargedWh) {
		return false
	}
	metered = metered || m.at != 0 && k.at.Sub(m.at.millis()) <= longestStep(k.l)
	return !metered || m.step > 0 && m.step <= fineStep || k.l.interval() > seldomRead
}

// count spreads what the counter moved by over the time since it moved before. One that stands says little until
// it has stood for longer than in the faintest light that is judged, and nothing by night.
func (m *panelMemory) count(k *look, c float64, takesAll bool) {
	before, since := m.charged, m.counted.millis()
	wh, passed := c-before, k.at.Sub(since)
	if wh == 0 && since != 0 && k.since <= longestStep(k.l) && !k.e.judgedAt(k.l, k.at).dark.has(k.at) {
		faint := float64(max(m.step, 1)) / (k.l.rules.panel.faintest * sizeOf(k.l))
		if passed.Hours() < faint && passed < stillMost {
			return
		}
	}
	m.charged, m.counted = c, momentOf(k.at)
	if since == 0 || passed <= 0 || k.since > longestStep(k.l) {
		return
	}
	if now := panelWatts(k); wh == 0 && now > 0 && m.step > fineStep {
		wh = min(now*passed.Hours(), float64(m.step)) // too little to move it, and the meter says that it is something
	}
	most := 1.5*max(k.l.known.panelWp, 20)*passed.Hours() + 2 + float64(m.step)
	if wh >= 0 && (wh <= most || k.l.known.panelWp == 0) {
		m.give(since, k.at, wh, takesAll)
	}
}
