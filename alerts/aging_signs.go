package alerts

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// shows says that tonight the battery gave out long before it could be spent: no weather does that.
func (m *agingMemory) shows() bool { return m.plunged || m.weak || m.fell }

// plunge notes a battery that is low although, since it was full, or by a gauge
// that counts, far less was drawn than it holds.
func (m *agingMemory) plunge(k *look, cell float32, watts float64) {
	l, lim := k.l, &k.l.rules.battery
	whole := l.wholeWh()
	if whole == 0 || !(float64(cell) <= lim.cells(&l.known).low) || !(watts > 0) {
		return
	}
	if m.fullAt != 0 && k.at.Sub(m.fullAt.millis()) < 4*24*time.Hour {
		depth := float64(m.out) / whole
		m.plunged = m.plunged || depth < lim.agedDepth
		m.sound = m.sound || depth > lim.agedSound
	}
	if soc, ok, _ := l.battery.charge(k.r); ok && l.battery.gauge == gaugeCount && soc >= countedFar+m.drift(k) {
		m.weak = true // a count drifts, so it weighs less
	}
}

// countedFar is how far from empty, in %, a count must stand for a battery that is low to be worn: end of life is 80 %, and cold
// and the age that is usual take some 20 % more.
const countedFar = 45

// drift is by how much, in %, a count may stand too high: lead keeps 85 to 90 % of what goes in, of which a dull day's is
// some 8 % of the battery, and only a full charge sets the count right (IEC 61427-1).
func (m *agingMemory) drift(k *look) float64 {
	const aDay, most = 1.0, 20.0
	if k.l.known.lithium {
		return 0
	}
	if m.fullAt == 0 {
		return most
	}
	return min(aDay*k.at.Sub(m.fullAt.millis()).Hours()/24, most)
}

// Figures of sagging.
const (
	sagsWithin = 36 * time.Hour // since it was full, in which a count of what was drawn stays right
	ohmAhMost  = 0.5            // Ω·Ah of a LiFePO4 cell and its share of the wires, where no steps of its own tell
)

// sag notes a LiFePO4 battery whose voltage, without what its resistance takes, is below its plateau although little was
// drawn since it was full. The plateau of every LiFePO4 cell is as high, so that a low one was left sooner.
func (m *agingMemory) sag(k *look, cell, amps float64) {
	l, lim, whole := k.l, &k.l.rules.battery, k.l.wholeWh()
	if !l.known.lithium || whole == 0 || !(amps > 0) || m.fullAt == 0 || k.at.Sub(m.fullAt.millis()) > sagsWithin {
		return
	}
	r := ohmAhMost / l.known.batteryAh
	if m.lately.known() {
		r, _ = m.lately.ohms()
	}
	m.weak = m.weak || cell+amps*r <= lim.plateau && float64(m.out) <= lim.plateauDepth*whole
}

// Figures of a dead cell of lead, in V per cell over all: five of six do not charge above recovered.
const (
	deadCharging = 1.97
	recovered    = 2.05
	fallsWithin  = 65 * time.Minute // in which no lamp draws what would explain it
)

// fall notes that a lead battery lost a cell: from one look to the next its voltage falls by all that the cell gave, and it does not come
// back while it is charged. The end of a charge, or a load, takes as much only from well above.
func (m *agingMemory) fall(k *look, cell float32, gap time.Duration) {
	if k.l.known.lithium || cell != cell {
		return
	}
	lim := &k.l.rules.battery
	drop := float64(m.volts-cell) * cellsOf(&k.l.known, k.r.Value(device.BatteryV))
	fell := drop >= lim.deadCell && gap <= fallsWithin && float64(m.volts) >= lim.lead.rest && cell <= deadCharging
	m.fell = (m.fell || fell) && cell < recovered
}
