package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// bookMemory is what is kept of a lamp for people to read, and decides nothing: how its last evenings went,
// how deep its battery was drawn, and what a whole discharge gave. It is kept small: a byte each.
type bookMemory struct {
	learnt  float32 // Wh, as energy.learnt stood
	cycleWh float32 // Wh that the battery gave from full until the light ended, counted; 0 before it was seen

	newest   uint16    // day of the newest evening, since 1970
	deepDay  uint16    // day of the newest depth
	fallDay  uint16    // day of the newest fall
	evenings [30]uint8 // by day, see pack; 0 where nobody watched
	promise  uint8     // of the newest, as an evening that ended then
	depths   [keptNights]uint8
	falls    [2]uint8 // %, the fall of a BMS's own gauge, tonight and the night before
}

// An evening is packed into steps of twelve minutes from noon, and whether it ended then.
const (
	eveningStep   = 12
	eveningEnded  = 1 << 7
	eveningLasted = eveningEnded - 1 // until dawn, whenever that was
)

// see follows the battery through the night.
func (m *bookMemory) see(k *look) {
	l := k.l
	if a := &l.aging; a.socFrom > 0 {
		if day := dayOf(a.night.millis()); m.fallDay != day {
			m.fallDay, m.falls[1] = day, m.falls[0]
		}
		m.falls[0] = uint8(min(max(a.socFrom-a.socTo, 0), 100))
	}
	if l.energy.learnt != m.learnt {
		m.learnt = l.energy.learnt
		if l.energy.how > knownRough {
			m.cycleWh = m.learnt
		}
	}
	j := k.e.judgedAt(l, k.at)
	share := float64(l.energy.lacks) / l.known.capacity()
	if k.at < j.dark.from || l.energy.how <= knownRough || math.IsNaN(share) || math.IsInf(share, 0) {
		return
	}
	if day := dayOf(j.whole.from); m.deepDay != day {
		for range min(day-m.deepDay, uint16(len(m.depths))) {
			copy(m.depths[1:], m.depths[:])
			m.depths[0] = 0
		}
		m.deepDay = day
	}
	m.depths[0] = max(m.depths[0], 1+uint8(math.Round(100*min(max(share, 0), 1))))
}

// forget begins anew, of a lamp that was moved or changed.
func (m *bookMemory) forget() { *m = bookMemory{} }

// dayOf names the night of a noon by a number; half a day keeps it the same in every zone and in summer time.
func dayOf(noon device.Millis) uint16 {
	const day = 24 * 60 * 60 * 1000
	return uint16((noon + day/4) / day) //nolint:gosec // until 2149
}

// depth gives how deep below full the battery was drawn in the night of a noon, %; NaN where that is not known.
func (m *bookMemory) depth(noon device.Millis) float64 {
	if back := int(m.deepDay) - int(dayOf(noon)); back >= 0 && back < len(m.depths) && m.depths[back] > 0 {
		return float64(m.depths[back] - 1)
	}
	return math.NaN()
}

// keep puts a night's evening into the book, again where late data corrected it.
func (m *bookMemory) keep(noon device.Millis, n *device.NightLight, zone *time.Location) {
	day, kept := int(dayOf(noon)), len(m.evenings)
	if day <= int(m.newest)-kept {
		return
	}
	for at := max(int(m.newest), day-kept) + 1; at <= day; at++ {
		m.evenings[at%kept] = 0
	}
	if day >= int(m.newest) {
		m.newest, m.promise = uint16(day), 0 //nolint:gosec // a day
		switch promise := PromiseOf(n, zone); {
		case promise == ToDawn:
			m.promise = eveningLasted
		case promise > 0:
			m.promise = pack(Evening{Until: promise})
		}
	}
	m.evenings[day%kept] = pack(EveningOf(n, zone))
}

func pack(v Evening) uint8 {
	p := uint8(min((v.Until+eveningStep-1)/eveningStep, eveningLasted-1)) //nolint:gosec // below 127
	if v.Lasted {
		p = eveningLasted
	}
	if v.Ended {
		p |= eveningEnded
	}
	return p
}

func unpack(p uint8) Evening {
	steps := p &^ eveningEnded
	return Evening{Until: int(steps) * eveningStep, Ended: p&eveningEnded != 0, Lasted: steps == eveningLasted}
}

// words says how the last evenings went; ok is false while they are too few.
func (m *bookMemory) words() (Words, bool) {
	all := make([]Evening, 0, len(m.evenings))
	for _, p := range m.evenings {
		all = append(all, unpack(p))
	}
	promise := unpack(m.promise)
	if promise.Lasted {
		promise.Until = ToDawn
	}
	w, more := EveningWords(all, promise.Until)
	return w, more == 0
}

const bookVersion = 1

func (m *bookMemory) store(w *writer) {
	w.uint(bookVersion)
	w.float(m.learnt)
	w.float(m.cycleWh)
	for _, v := range [...]uint16{m.newest, m.deepDay, m.fallDay} {
		w.uint(uint64(v))
	}
	w.b = append(w.b, m.evenings[:]...)
	w.b = append(w.b, m.promise)
	w.b = append(w.b, m.depths[:]...)
	w.b = append(w.b, m.falls[:]...)
}

func (m *bookMemory) load(r *reader) {
	if r.uint() != bookVersion {
		r.fail()
		return
	}
	m.learnt, m.cycleWh = r.float(), r.float()
	for _, v := range [...]*uint16{&m.newest, &m.deepDay, &m.fallDay} {
		*v = uint16(r.uint()) //nolint:gosec // as it was written
	}
	for i := range m.evenings {
		m.evenings[i] = r.byte()
	}
	m.promise = r.byte()
	for _, part := range [...][]uint8{m.depths[:], m.falls[:]} {
		for i := range part {
			part[i] = r.byte()
		}
	}
}
