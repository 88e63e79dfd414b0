package alerts

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/yingguang/yingguang/device"
)

// reader reads what writer wrote; after anything that does not fit, bad is set
// and the rest reads as zeros.
type reader struct {
	b   []byte
	bad bool
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
		return make([]byte, 4)
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
	l.battery.low, l.battery.fading = r.flag(), r.flag()
	l.battery.anchorV, l.battery.anchorAt = r.float(), r.millis()
	l.battery.anchorOn = light(r.uint())
	for i := range l.tracks {
		r.track(&l.tracks[i])
	}
	for i := range l.nights {
		if r.flag() {
			l.nights[i] = r.night()
		}
	}
}

func (r *reader) gateway(g *gatewayState) {
	g.heardAt, g.heard, g.backAt, g.offline = r.millis(), r.int(), r.int(), r.millis()
	r.pauses(&g.pauses)
	r.track(&g.track)
}

func (r *reader) pauses(p *pauses) {
	p.n = r.byte()
	for i := range min(int(p.n), len(p.seconds)) {
		p.seconds[i] = uint16(r.uint())
	}
}

func (r *reader) track(t *track) {
	t.phase, t.count, t.refires = phase(r.byte()), r.byte(), r.byte()
	t.told, t.owed = r.flag(), State(r.text())
	for _, m := range [...]*device.Millis{&t.began, &t.since, &t.firedAt, &t.endedAt, &t.healthyAt} {
		*m = r.millis()
	}
	if t.phase > firing || t.refires > maxDoubling {
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
	at := uint64(0)
	for range min(r.uint(), nightWords*64) {
		v := r.uint()
		if at += v >> 1; r.bad || at >= nightWords*64 {
			r.fail()
			return n
		}
		n.told[at/64] |= 1 << (at % 64)
		n.lit[at/64] |= (v & 1) << (at % 64)
	}
	return n
}

func (e *Engine) sortOrders() {
	slices.Sort(e.order)
	slices.Sort(e.gwOrder)
}
