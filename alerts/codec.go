package alerts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// stateVersion begins every stored value; a change of what follows needs a new one.
const stateVersion = 1

const (
	townKey       = "engine"
	lampPrefix    = device.KindLamp + ":"
	gatewayPrefix = device.KindGateway + ":"
)

func lampKey(id device.LampID) string       { return lampPrefix + string(id) }
func gatewayKey(id device.GatewayID) string { return gatewayPrefix + string(id) }

func (l *lampState) touch(e *Engine) {
	if !l.dirty {
		l.dirty = true
		e.dirty[lampKey(l.id)] = true
	}
}

func (g *gatewayState) touch(e *Engine) {
	if !g.dirty {
		g.dirty = true
		e.dirty[gatewayKey(g.id)] = true
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
	if id, ok := strings.CutPrefix(key, lampPrefix); ok {
		l := e.lamps[device.LampID(id)]
		if l == nil {
			return nil
		}
		l.dirty = false
		w.lamp(l)
	} else if id, ok := strings.CutPrefix(key, gatewayPrefix); ok {
		g := e.gateways[device.GatewayID(id)]
		g.dirty = false
		w.gateway(g)
	} else {
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
		if len(value) == 0 || value[0] != stateVersion {
			return fmt.Errorf("engine state %q: version not known to this program: run the newer one, or the one before", key)
		}
		r := reader{b: value[1:]}
		switch {
		case strings.HasPrefix(key, lampPrefix):
			l := &lampState{id: device.LampID(key[len(lampPrefix):]), tick: -1}
			r.lamp(l)
			e.lamps[l.id] = l
			e.order = append(e.order, l.id)
		case strings.HasPrefix(key, gatewayPrefix):
			g := &gatewayState{id: device.GatewayID(key[len(gatewayPrefix):])}
			r.gateway(g)
			e.gateways[g.id] = g
			e.gwOrder = append(e.gwOrder, g.id)
		default:
			e.town.now, e.town.mark, e.town.observed = r.millis(), r.millis(), r.int()
		}
		if r.bad || len(r.b) > 0 {
			return fmt.Errorf("engine state %q: %w", key, errBadState)
		}
	}
	e.sortOrders()
	return nil
}

var errBadState = errors.New("damaged: restore the registry from a backup")

type writer struct{ b []byte }

func (w *writer) int(v int64)            { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) uint(v uint64)          { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) millis(v device.Millis) { w.int(int64(v)) }
func (w *writer) float(v float32)        { w.b = binary.LittleEndian.AppendUint32(w.b, math.Float32bits(v)) }
func (w *writer) text(s string)          { w.uint(uint64(len(s))); w.b = append(w.b, s...) }
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
	w.flag(l.battery.low)
	w.flag(l.battery.fading)
	w.float(l.battery.anchorV)
	w.millis(l.battery.anchorAt)
	w.uint(uint64(l.battery.anchorOn))
	for i := range l.tracks {
		w.track(&l.tracks[i])
	}
	for _, n := range l.nights {
		w.flag(n != nil)
		if n != nil {
			w.night(n)
		}
	}
}

func (w *writer) gateway(g *gatewayState) {
	w.millis(g.heardAt)
	w.int(g.heard)
	w.int(g.backAt)
	w.millis(g.offline)
	w.pauses(&g.pauses)
	w.track(&g.track)
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
	w.text(string(t.owed))
	for _, m := range [...]device.Millis{t.began, t.since, t.firedAt, t.endedAt, t.healthyAt} {
		w.millis(m)
	}
}

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
