package alerts

import (
	"encoding/binary"
	"math"

	"github.com/yingguang/yingguang/device"
)

// reader reads what writer wrote; after anything that does not fit, bad is set
// and the rest reads as zeros.
type reader struct {
	b       []byte
	bad     bool
	version byte // of the whole value
}

func (r *reader) fail() { r.bad, r.b = true, nil }

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail()
		return make([]byte, 8)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) millis() device.Millis { return device.Millis(r.int()) }
func (r *reader) byte() byte            { return r.bytes(1)[0] }
func (r *reader) flag() bool            { return r.byte() == 1 }
func (r *reader) float() float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(r.bytes(4)))
}

func (r *reader) double() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8)))
}

func (r *reader) text() string {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return ""
	}
	return string(r.bytes(int(n)))
}

func (r *reader) lamp(l *lampState) {
	l.gateway = device.GatewayID(r.text())
	l.lastTS, l.heardAt, l.heard = r.millis(), r.millis(), r.int()
	r.pauses(&l.pauses)
	l.lit, l.maxLoad = light(r.uint()), r.float()
	if r.version == 1 {
		r.lampTracksV1(l)
	} else {
		l.measuredAt = r.millis()
		r.tracks(&l.tracks)
	}
	for i := range l.nights {
		if r.flag() {
			l.nights[i] = r.night()
		}
	}
	if r.version > 1 {
		r.families(l)
	}
}

// families reads what each family of rules remembers; one that was not there yet
// when the state was written begins anew.
func (r *reader) families(l *lampState) {
	families := l.families()
	n := r.uint()
	if n > uint64(len(families)) {
		r.fail()
		return
	}
	for _, f := range families[:n] {
		part := reader{b: []byte(r.text()), version: r.version}
		f.load(&part)
		if part.bad || len(part.b) > 0 {
			r.fail()
		}
	}
}

func (r *reader) gateway(g *gatewayState) {
	g.heardAt, g.heard, g.backAt, g.offline = r.millis(), r.int(), r.int(), r.millis()
	r.pauses(&g.pauses)
	if r.version == 1 {
		r.trackV1(g.tracks.of(fGateway))
		return
	}
	r.tracks(&g.tracks)
}

func (r *reader) tracks(t *tracks) {
	for range min(r.uint(), uint64(faultCount)) {
		f := r.uint()
		if f >= uint64(faultCount) {
			r.fail()
			return
		}
		r.track(t.of(fault(f)))
	}
}

func (r *reader) pauses(p *pauses) {
	p.n = r.byte()
	for i := range min(int(p.n), len(p.seconds)) {
		p.seconds[i] = uint16(r.uint())
	}
	if p.n > 0 {
		p.settle()
	}
}

func (r *reader) track(t *track) {
	t.phase, t.count, t.refires = phase(r.byte()), r.byte(), r.byte()
	t.told, t.owed = r.flag(), owing(r.uint())
	r.times(t)
}

func (r *reader) times(t *track) {
	for _, m := range [...]*device.Millis{&t.began, &t.since, &t.firedAt, &t.endedAt, &t.healthyAt} {
		*m = r.millis()
	}
	if t.phase > firing || t.refires > maxDoubling || t.owed > owesRetracted {
		r.fail()
	}
}

func (r *reader) night() *night {
	n := &night{}
	n.whole.from = r.millis()
	n.whole.to = n.whole.from + device.Millis(r.uint())
	n.dark.from = n.whole.from + device.Millis(r.uint())
	n.dark.to = n.dark.from + device.Millis(r.uint())
	n.socMin, n.changed = r.float(), r.flag()
	told, wide := r.uint(), uint64(1)
	if r.version == 1 {
		wide = 2 // its slots were half as long
	} else if told > manySlots {
		for i := range n.told {
			n.told[i] = binary.LittleEndian.Uint64(r.bytes(8))
			n.lit[i] = binary.LittleEndian.Uint64(r.bytes(8))
		}
		return n
	}
	at := uint64(0)
	for range min(told, wide*nightWords*64) {
		v := r.uint()
		if at += v >> 1; r.bad || at/wide >= nightWords*64 {
			r.fail()
			return n
		}
		n.told[at/wide/64] |= 1 << (at / wide % 64)
		n.lit[at/wide/64] |= (v & 1) << (at / wide % 64)
	}
	return n
}
