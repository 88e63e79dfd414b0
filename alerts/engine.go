package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
	sky "github.com/yingguang/yingguang/device/night"
)

// EngineConfig sets an engine.
type EngineConfig struct {
	Lamps    Lamps
	Location *time.Location // of nights; nil is UTC

	// Town is the subject of town-wide alerts; empty reads as town:town.
	Town device.Subject
	// Overrides are the settings' own figures of rules.
	Overrides []Override

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
	rules    *ruleSet // of a lamp without a village or profile of its own figures
	sets     map[ruleKey]*ruleSet
	asked    struct{ atReading, atTick, atGateway, atVillage, atTown []ruling }
	town     townState
	lamps    map[device.LampID]*lampState
	order    []*lampState                    // by code, so that every run goes the same way
	near     map[device.Subject][]*lampState // of each village, in order; nil until it is asked for
	gateways map[device.GatewayID]*gatewayState
	gwOrder  []device.GatewayID
	groups   map[device.Subject]*groupState // villages and the town
	grOrder  []device.Subject
	nights   []device.NightLight // given out since the last Take
	outlook  []Forecast          // made since the last Forecasts
	quality  ForecastQuality
	told     device.Millis   // when the batteries were last told of; not stored, since once more does no harm
	kin      [2]kin          // of lead and of LiFePO4, of the running day
	sun      *sky.Calendar   // remembers what it reckoned, and no more
	look     look            // the one at hand
	dirty    map[string]bool // keys changed since the last Take
}

// NewEngine makes an engine that has seen nothing.
func NewEngine(cfg EngineConfig) *Engine {
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.MarkGap == 0 {
		cfg.MarkGap = 3 * time.Minute
	}
	if cfg.Town == "" {
		cfg.Town = device.KindTown + ":town"
	}
	e := &Engine{
		cfg: cfg, sun: sky.NewCalendar(cfg.Location), sets: map[ruleKey]*ruleSet{},
		lamps: map[device.LampID]*lampState{}, gateways: map[device.GatewayID]*gatewayState{},
		groups: map[device.Subject]*groupState{}, dirty: map[string]bool{},
	}
	var everywhere []Override
	for _, o := range cfg.Overrides {
		if o.Village == "" && o.Profile == "" {
			everywhere = append(everywhere, o)
		}
	}
	e.rules = newRuleSet(everywhere)
	all := rulings()
	e.asked.atReading, e.asked.atTick = rulesAt(all, atReading), rulesAt(all, atTick)
	e.asked.atGateway, e.asked.atVillage, e.asked.atTown = rulesAt(all, atGateway), rulesAt(all, atVillage), rulesAt(all, atTown)
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
	if l.gateway = ""; r.Gateway != "" {
		l.gateway = e.gateway(r.Gateway).id
	}
	late := r.Received.Sub(r.TS) > l.late()
	if r.Clock != device.ClockOK && r.Clock != device.ClockNone && l.lastTS != 0 && r.TS.Sub(l.lastTS) < l.interval()/4 {
		if l.known.reports { // one of many that were held up, and nobody knows when it was measured
			return e.gather(e.heard(nil, l, r, since, late))
		}
		return nil
	}
	burning, watts := e.lightOf(r, l)
	if n := e.nightAt(l, r.TS); n != nil {
		n.mark(r.TS, burning, r.Value(device.BatterySoC))
	}
	var out []Change
	if r.TS > l.lastTS {
		pause := time.Duration(0)
		if l.lastTS != 0 {
			pause = r.TS.Sub(l.lastTS)
			if !late { // what was held up comes in any order
				l.battery.modem.miss(&l.pauses, pause)
				l.pauses.add(pause)
			}
		}
		l.lastTS, l.lit = r.TS, burning
		if !math.IsNaN(watts) {
			l.measuredAt = r.TS
		}
		if twice := min(watts, float64(l.light.drew)); twice > float64(l.maxLoad) {
			l.maxLoad = float32(twice) // one reading alone may be a spike, and would stay
		}
		if l.known.reports {
			out = e.judgeReading(out, l, e.lookAt(look{l: l, at: r.TS, r: r, late: late, since: pause, watts: watts, level: e.levelAt(l, r)}))
		}
	}
	if l.known.reports {
		out = e.heard(out, l, r, since, late)
	}
	return e.gather(out)
}

// judgeReading shows a reading to every family and asks the rules that look at
// readings. What fires or ends in late data is quiet; once the lamp is current,
// what is still so is said aloud.
func (e *Engine) judgeReading(out []Change, l *lampState, k *look) []Change {
	l.battery.see(k)
	l.light.see(k)
	l.aging.see(k)
	l.site.see(k)
	l.energy.see(k)
	l.panel.see(k)
	l.sensor.see(k)
	l.book.see(k)
	return e.ask(out, e.asked.atReading, &l.tracks, l.subject, l.rules, k)
}

// heard ends a silence. If the reading was measured while the lamp was thought
// silent and before that was decided, then it never was.
func (e *Engine) heard(out []Change, l *lampState, r *device.Reading, since device.Millis, late bool) []Change {
	t, entry, s := l.tracks[fSilent], l.rules.entries[fSilent], l.subject
	if t == nil {
		return out
	}
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
	if g.heardAt != 0 {
		g.pauses.add(at.Sub(g.heardAt))
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
				return e.gather(e.heard(nil, l, &r, since, false))
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
