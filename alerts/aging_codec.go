package alerts

import "github.com/yingguang/yingguang/device"

// agingVersion 1 kept the steps in another way, which are learnt anew, and had nothing of strained and fell; 2 nothing of flowed.
const agingVersion = 3

func (m *agingMemory) store(w *writer) {
	w.uint(agingVersion)
	for _, t := range [...]device.Millis{m.night.millis(), m.at.millis(), m.fullAt.millis()} {
		w.millis(t)
	}
	w.double(m.used)
	for _, f := range m.floats() {
		w.float(*f)
	}
	for _, s := range [...]*stepSums{&m.first, &m.lately} {
		s.store(w)
	}
	w.float(m.gaugeNew)
	w.b = append(w.b, m.evidence, m.strained)
	w.flag(m.fell)
	w.flag(m.sound)
	w.flag(m.plunged)
	w.flag(m.weak)
	w.float(m.flowed)
}

func (m *agingMemory) load(r *reader) {
	version := r.uint()
	if version < 1 || version > agingVersion {
		r.fail()
		return
	}
	m.night, m.at, m.fullAt = momentOf(r.millis()), momentOf(r.millis()), momentOf(r.millis())
	m.used = r.double()
	for _, f := range m.floats() {
		*f = r.float()
	}
	if version == 1 {
		for range 4 {
			r.float()
		}
		r.uint()
		r.uint()
		m.evidence = uint8(r.uint())
	} else {
		for _, s := range [...]*stepSums{&m.first, &m.lately} {
			s.load(r)
		}
		m.gaugeNew = r.float()
		m.evidence, m.strained, m.fell = r.byte(), r.byte(), r.flag()
	}
	m.sound, m.plunged, m.weak = r.flag(), r.flag(), r.flag()
	if version < 3 {
		m.used = 0 // it did not say since when it stood
		return
	}
	m.flowed = r.float()
}

// floats are the stored figures in their order.
func (m *agingMemory) floats() [11]*float32 {
	return [...]*float32{
		&m.watts, &m.volts, &m.amps, &m.out, &m.drawn, &m.socFrom, &m.drawnFrom, &m.socTo, &m.drawnTo, &m.gaugeWh, &m.gaugePct,
	}
}

func (s *stepSums) store(w *writer) {
	for _, f := range [...]float32{s.va, s.aa, s.vv, s.n} {
		w.float(f)
	}
}

func (s *stepSums) load(r *reader) {
	s.va, s.aa, s.vv, s.n = r.float(), r.float(), r.float(), r.float()
}
