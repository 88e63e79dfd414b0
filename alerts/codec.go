package alerts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/yingguang/yingguang/device"
)

// stateVersion begins every stored value; a change of what follows needs a new
// one, and a way to read the one before. Version 1 is read by decode_v1.go.
const stateVersion = 2

// townKey is the engine's own; every subject's state is kept under its subject.
const townKey = "engine"

// qualityKey is how good the forecasts were.
const qualityKey = "forecast"

// kinKey is what the batteries of a kind have in common.
const kinKey = "kin"

func (l *lampState) touch(e *Engine) {
	if !l.dirty {
		l.dirty = true
		e.dirty[string(l.subject)] = true
	}
}

func (g *gatewayState) touch(e *Engine) {
	if !g.dirty {
		g.dirty = true
		e.dirty[string(g.subject)] = true
	}
}

func (g *groupState) touch(e *Engine) {
	if !g.dirty {
		g.dirty = true
		e.dirty[string(g.subject)] = true
	}
}

// Take gives the state that changed since the last Take, for Checkpoint.Engine,
// and the nights that were finished.
func (e *Engine) Take() (map[string][]byte, []device.NightLight) {
	out := make(map[string][]byte, len(e.dirty))
	for key := range e.dirty {
		out[key] = e.encode(key)
	}
	clear(e.dirty)
	nights := e.nights
	e.nights = nil
	return out, nights
}

func (e *Engine) encode(key string) []byte {
	w := writer{b: []byte{stateVersion}}
	if key == qualityKey {
		w.quality(&e.quality)
		return w.b
	}
	if key == kinKey {
		w.kin(&e.kin)
		return w.b
	}
	subject := device.Subject(key)
	switch subject.Kind() {
	case device.KindLamp:
		l := e.lamps[device.LampID(subject.Code())]
		if l == nil {
			return nil
		}
		l.dirty = false
		w.lamp(l)
	case device.KindGateway:
		g := e.gateways[device.GatewayID(subject.Code())]
		g.dirty = false
		w.gateway(g)
	case device.KindVillage, device.KindTown:
		g := e.groups[subject]
		g.dirty = false
		w.tracks(&g.tracks)
		w.storms(g.storms)
	default:
		w.millis(e.town.now)
		w.millis(e.town.mark)
		w.int(e.town.observed)
	}
	return w.b
}

// Restore puts back the state of all Takes, merged by key, into a new engine. It
// fails on state that it does not understand rather than begin anew, since that
// would raise every alert again.
func (e *Engine) Restore(state map[string][]byte) error {
	for key, value := range state {
		if len(value) == 0 || value[0] < 1 || value[0] > stateVersion {
			return fmt.Errorf("engine state %q: version not known to this program: run the newer one, or the one before", key)
		}
		r := reader{b: value[1:], version: value[0]}
		subject := device.Subject(key)
		switch subject.Kind() {
		case qualityKey:
			r.quality(&e.quality)
		case kinKey:
			r.kin(&e.kin)
		case device.KindLamp:
			l := e.newLamp(device.LampID(subject.Code()))
			r.lamp(l)
		case device.KindGateway:
			r.gateway(e.newGateway(device.GatewayID(subject.Code())))
		case device.KindVillage, device.KindTown:
			g := e.group(subject)
			r.tracks(&g.tracks)
			r.storms(g)
		default:
			e.town.now, e.town.mark, e.town.observed = r.millis(), r.millis(), r.int()
		}
		if r.bad || len(r.b) > 0 {
			return fmt.Errorf("engine state %q: %w", key, errBadState)
		}
	}
	for _, l := range e.lamps {
		e.refresh(l) // rules look at the lamps around, too
	}
	return nil
}

var errBadState = errors.New("damaged: restore the registry from a backup")

type writer struct{ b []byte }

func (w *writer) int(v int64)            { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) uint(v uint64)          { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) millis(v device.Millis) { w.int(int64(v)) }
func (w *writer) float(v float32)        { w.b = binary.LittleEndian.AppendUint32(w.b, math.Float32bits(v)) }

func (w *writer) double(v float64) { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v)) }
func (w *writer) text(s string)    { w.uint(uint64(len(s))); w.b = append(w.b, s...) }
func (w *writer) flag(v bool) {
	b := byte(0)
	if v {
		b = 1
	}
	w.b = append(w.b, b)
}

func (w *writer) lamp(l *lampState) {
	w.text(string(l.gateway))
	w.millis(l.lastTS)
	w.millis(l.heardAt)
	w.int(l.heard)
	w.pauses(&l.pauses)
	w.uint(uint64(l.lit))
	w.float(l.maxLoad)
	w.millis(l.measuredAt)
	w.tracks(&l.tracks)
	for _, n := range l.nights {
		w.flag(n != nil)
		if n != nil {
			w.night(n)
		}
	}
	families := l.families()
	w.uint(uint64(len(families)))
	for _, f := range families {
		part := writer{}
		f.store(&part)
		w.text(string(part.b))
	}
}

func (w *writer) gateway(g *gatewayState) {
	w.millis(g.heardAt)
	w.int(g.heard)
	w.int(g.backAt)
	w.millis(g.offline)
	w.pauses(&g.pauses)
	w.tracks(&g.tracks)
}

func (w *writer) tracks(t *tracks) {
	n := 0
	for _, tr := range t {
		if tr != nil && *tr != (track{}) {
			n++
		}
	}
	w.uint(uint64(n))
	for f, tr := range t {
		if tr != nil && *tr != (track{}) {
			w.uint(uint64(f))
			w.track(tr)
		}
	}
}

func (w *writer) pauses(p *pauses) {
	w.b = append(w.b, p.n)
	for _, s := range p.seconds[:min(int(p.n), len(p.seconds))] {
		w.uint(uint64(s))
	}
}

func (w *writer) track(t *track) {
	w.b = append(w.b, byte(t.phase), t.count, t.refires)
	w.flag(t.told)
	w.uint(uint64(t.owed))
	for _, m := range [...]device.Millis{t.began, t.since, t.firedAt, t.endedAt, t.healthyAt} {
		w.millis(m)
	}
}

// manySlots is from how many slots on whole words are shorter than a list.
const manySlots = 16 * nightWords

func (w *writer) night(n *night) {
	w.millis(n.whole.from)
	w.uint(uint64(n.whole.to - n.whole.from))
	w.uint(uint64(n.dark.from - n.whole.from))
	w.uint(uint64(n.dark.to - n.dark.from))
	w.float(n.socMin)
	w.flag(n.changed)
	told := 0
	for _, word := range n.told {
		told += bits.OnesCount64(word)
	}
	w.uint(uint64(told))
	if told > manySlots {
		for i := range n.told {
			w.b = binary.LittleEndian.AppendUint64(w.b, n.told[i])
			w.b = binary.LittleEndian.AppendUint64(w.b, n.lit[i])
		}
		return
	}
	last := 0
	for i, word := range n.told {
		for word != 0 {
			b := bits.TrailingZeros64(word)
			word &^= 1 << b
			w.uint(uint64(i*64+b-last)<<1 | n.lit[i]>>b&1)
			last = i*64 + b
		}
	}
}
