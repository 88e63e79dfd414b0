package alerts

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// EngineConfig sets an engine.
type EngineConfig struct {
	Lamps    Lamps
	Location *time.Location // of nights; nil is UTC

	// MarkGap is the longest pause between two observing marks that still counts
	// as observed; 0 is 3 minutes.
	MarkGap time.Duration
	// AllObserved counts all time between ticks as observed, for recordings without marks.
	AllObserved bool
}

// Engine turns readings, statuses and observing marks into changes of alerts and
// finished nights. It reads no clock: its time is what it is told, in the order
// of the journal. It is not safe for concurrent use.
type Engine struct {
	cfg      EngineConfig
	limits   limits
	entries  map[device.Fault]*Entry
	town     townState
	lamps    map[device.LampID]*lampState
	order    []device.LampID // of lamps, so that every run goes the same way
	gateways map[device.GatewayID]*gatewayState
	gwOrder  []device.GatewayID
	nights   []device.NightLight // given out since the last Take
	look     look                // the one at hand
	dirty    map[string]bool     // keys changed since the last Take
}

// NewEngine makes an engine that has seen nothing.
func NewEngine(cfg EngineConfig) *Engine {
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.MarkGap == 0 {
		cfg.MarkGap = 3 * time.Minute
	}
	e := &Engine{
		cfg: cfg, entries: map[device.Fault]*Entry{},
		lamps: map[device.LampID]*lampState{}, gateways: map[device.GatewayID]*gatewayState{},
		dirty: map[string]bool{},
	}
	for _, entry := range Catalogue() {
		e.entries[entry.Fault] = &entry
	}
	e.limits = limitsOf(e.entries)
	return e
}

// Observe takes one reading and gives the changes it makes, in a fixed order. A
// reading that comes twice changes nothing the second time.
func (e *Engine) Observe(r *device.Reading) []Change {
	l := e.lamp(r.Lamp)
	if r.Gateway != "" {
		e.hearGateway(e.gateway(r.Gateway), r.Received)
	}
	if l == nil {
		return nil
	}
	l.touch(e)
	since := l.heardAt
	l.heard, l.heardAt = e.town.observed, max(l.heardAt, r.Received)
	if r.Gateway != "" {
		l.gateway = e.gateway(r.Gateway).id
	}
	late := r.Received.Sub(r.TS) > l.late()
	burning, watts := e.lightOf(r, l)
	if n := e.nightAt(l, r.TS); n != nil {
		n.mark(r.TS, burning, r.Value(device.BatterySoC))
	}
	var out []Change
	s := device.LampSubject(l.id)
	if r.TS > l.lastTS {
		if l.lastTS != 0 {
			l.pauses.add(r.TS.Sub(l.lastTS))
		}
		l.lastTS, l.lit = r.TS, burning
		if watts > float64(l.maxLoad) {
			l.maxLoad = float32(watts)
		}
		if l.known.reports {
			out = e.judgeReading(out, l, s, e.lookAt(look{l: l, at: r.TS, r: r, late: late, watts: watts}))
		}
	}
	if l.known.reports {
		out = e.heard(out, l, s, r, since, late)
	}
	return out
}

// judgeReading asks the rules that look at readings. What fires or ends in late
// data is quiet; once the lamp is current, what is still so is said aloud.
func (e *Engine) judgeReading(out []Change, l *lampState, s device.Subject, k *look) []Change {
	for _, i := range [...]int{trackBattery, trackDark} {
		entry := e.entries[lampTrackFaults[i]]
		v := entry.rule(k)
		out = l.tracks[i].step(out, entry, s, v, k, k.at, k.late)
		if !k.late {
			out = l.tracks[i].settle(out, entry, s, &v, k, k.at)
		}
	}
	return out
}

// heard ends a silence. If the reading was measured while the lamp was thought
// silent and before that was decided, then it never was.
func (e *Engine) heard(out []Change, l *lampState, s device.Subject, r *device.Reading, since device.Millis, late bool) []Change {
	t, entry := &l.tracks[trackSilent], e.entries[device.LampSilent]
	if t.phase == firing {
		v := verdict{is: healthy, undone: r.TS > t.since && r.TS <= t.firedAt}
		v.detail = func(*look) map[string]any { return map[string]any{"silent_s": r.Received.Sub(since).Seconds()} }
		out = t.step(out, entry, s, v, nil, r.TS, late)
	}
	if !late {
		out = t.settle(out, entry, s, nil, nil, r.TS)
	}
	return out
}

// hearGateway notes that something came from a gateway or through it.
func (e *Engine) hearGateway(g *gatewayState, at device.Millis) {
	if pause := at.Sub(g.heardAt); g.heardAt != 0 && pause >= time.Minute {
		g.pauses.add(pause) // readings of one batch are no pause
	}
	g.heard, g.heardAt, g.offline = e.town.observed, max(g.heardAt, at), 0
	g.touch(e)
}

// ObserveStatus takes an online or offline message of a lamp or gateway.
func (e *Engine) ObserveStatus(st *device.Status) []Change {
	switch st.Subject.Kind() {
	case device.KindLamp:
		if st.Online {
			l := e.lamp(device.LampID(st.Subject.Code()))
			if l == nil {
				return nil
			}
			l.touch(e)
			since := l.heardAt
			l.heard, l.heardAt = e.town.observed, max(l.heardAt, st.Received)
			r := device.Reading{TS: st.Received, Received: st.Received}
			if l.known.reports {
				return e.heard(nil, l, st.Subject, &r, since, false)
			}
		}
	case device.KindGateway:
		g := e.gateway(device.GatewayID(st.Subject.Code()))
		if st.Online {
			e.hearGateway(g, st.Received)
		} else if g.offline == 0 {
			g.offline = st.Received
		}
		g.touch(e)
	}
	return nil
}

// Observing takes a mark: ingest was connected and had drained the broker at
// this moment. Silence counts only between marks.
func (e *Engine) Observing(at device.Millis) {
	if gap := at.Sub(e.town.mark); !e.cfg.AllObserved && e.town.mark != 0 && gap > 0 && gap <= e.cfg.MarkGap {
		e.town.observed += gap.Milliseconds()
	}
	e.town.mark = max(e.town.mark, at)
	e.dirty[townKey] = true
}
