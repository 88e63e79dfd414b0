package main

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
)

// month is one recording.
type month struct {
	seed  uint64
	from  time.Time
	days  int
	lamps int
	rain  bool // dull without end, and nothing broken
	trial trial
}

// message is one line of the recording.
type message struct {
	received time.Time
	topic    string
	payload  []byte
}

// recording is what a month left behind.
type recording struct {
	lamps    []*lamp
	messages []message
	labels   []label
	off      span // when nobody listened
}

type span struct{ from, to time.Time }

func (s span) has(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

// outage is a gateway that does not send.
type outage struct {
	span
	kept bool // it sends afterwards what it heard
}

// warmUp is lived through before anything is recorded.
const warmUp = 8 * 24 * time.Hour

// live makes the month.
func (m month) live() *recording {
	r := rand.New(rand.NewPCG(m.seed, 5))
	lamps := build(m.seed, m.lamps)
	m.trial.change(rand.New(rand.NewPCG(m.seed, 99)), lamps)
	begin := m.from.Add(-warmUp)
	steps := int((warmUp + time.Duration(m.days)*24*time.Hour) / step)
	weather := newSky(r, begin, steps, m.lamps/40+1, m.rain)
	out := &recording{lamps: lamps}
	gateways := map[string][]outage{}
	if !m.rain {
		draw(r, lamps, m.from, m.days)
		gateways = m.outages(r, lamps)
		evening := m.from.AddDate(0, 0, 10+r.IntN(m.days-15))
		y, mo, d := evening.In(zone).Date()
		out.off = span{time.Date(y, mo, d, 18, 0, 0, 0, zone), time.Date(y, mo, d+1, 8, 30, 0, 0, zone)}
	}
	for _, l := range lamps {
		if l.bad != nil && !m.rain {
			l.bad.deaf = append(l.bad.deaf, out.off)
			for _, o := range gateways[l.gateway] {
				l.bad.deaf = append(l.bad.deaf, o.span)
			}
		}
	}
	nights := night.NewCalendar(zone)
	diaries := make([]*diary, len(lamps))
	var all sync.WaitGroup
	free := make(chan struct{}, 2)
	for i, l := range lamps {
		all.Add(1)
		free <- struct{}{}
		go func() {
			defer func() { <-free; all.Done() }()
			diaries[i] = l.month(weather, nights, begin, m.from, steps)
		}()
	}
	all.Wait()
	m.send(r, out, diaries, gateways)
	for i, l := range lamps {
		out.labels = append(out.labels, l.labels()...)
		out.labels = append(out.labels, emptied(l, diaries[i])...)
	}
	for g, list := range gateways {
		for _, o := range list {
			from := o.from
			if out.off.has(from) { // nobody could hear that it was silent
				from = out.off.to
			}
			if from.Before(o.to) {
				out.labels = append(out.labels, label{"gateway:" + g, device.GatewaySilent, from, o.to, o.to.Sub(from) < 50*time.Minute})
			}
		}
	}
	out.labels = append(out.labels, shortages(lamps, diaries, m.from, begin)...)
	slices.SortStableFunc(out.labels, func(a, b label) int {
		return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.subject, b.subject), cmp.Compare(a.code, b.code))
	})
	return out
}

// outages draws two silences for each gateway: one whose messages come later, one whose are lost.
func (m month) outages(r *rand.Rand, lamps []*lamp) map[string][]outage {
	out := map[string][]outage{}
	for _, l := range lamps {
		if l.gateway == "" || out[l.gateway] != nil {
			continue
		}
		first := m.from.Add(time.Duration((5 + 8*r.Float64()) * 24 * float64(time.Hour)))
		second := first.Add(time.Duration((4 + 6*r.Float64()) * 24 * float64(time.Hour)))
		out[l.gateway] = []outage{
			{span{first, first.Add(time.Duration(10+300*r.Float64()) * time.Minute)}, true},
			{span{second, second.Add(time.Duration(60+900*r.Float64()) * time.Minute)}, false},
		}
	}
	return out
}

// diary is what a lamp sent, and how its battery was.
type diary struct {
	sent []sent
	cuts []span    // dark at low voltage although light was due
	low  []bool    // by step: empty or nearly
	last time.Time // end of the month
}

type sent struct {
	at    time.Time // by a right clock
	bytes []byte
}

// month lives through the month and keeps the diary.
func (l *lamp) month(weather *sky, nights *night.Calendar, begin, from time.Time, steps int) *diary {
	d := &diary{low: make([]bool, steps)}
	next := from.Add(l.late)
	dead := false
	for i := range steps {
		t := begin.Add(time.Duration(i) * step)
		dusk, dawn := dark(nights, l, t)
		n := l.live(t, weather, i, dusk, dawn)
		_, _, cut, _ := l.b.limits()
		d.low[i] = l.cut || l.b.soc() < 0.2
		if l.maker.modem {
			if n.volts < cut-0.02*cut {
				dead = true
			} else if dead && n.amps > 0.05 && n.volts > cut*1.04 {
				dead = false
				l.boot++
				l.seq = 0
			}
		}
		if t.Before(from) {
			continue
		}
		if l.cut && l.night && t.After(dusk) && l.schedule.Level(t, l.nightSince, dawn) > 0 {
			if k := len(d.cuts) - 1; k >= 0 && t.Sub(d.cuts[k].to) < 20*time.Hour {
				d.cuts[k].to = t
			} else {
				d.cuts = append(d.cuts, span{t, t})
			}
		}
		for !next.After(t) {
			if !dead {
				l.report(d, &n, t)
			} else if f := l.bad; f != nil && f.on(t) {
				f.mute = t
			}
			next = next.Add(l.interval)
		}
	}
	d.last = begin.Add(time.Duration(steps) * step)
	return d
}

// report writes down one reading, unless the lamp is mute.
func (l *lamp) report(d *diary, n *now, t time.Time) {
	f := l.bad
	shown := t.Add(l.skew)
	if f != nil && f.on(t) {
		switch f.code {
		case device.LampSilent:
			if f.mute.IsZero() {
				f.show(f.from)
			}
			f.show(t)
			return
		case device.SensorSuspect:
			f.show(t)
		case device.ClockWrong:
			f.show(t)
			switch f.variant {
			case 0:
				shown = t.Add(-8 * time.Hour)
			case 1:
				shown = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(t.Sub(f.from))
			case 2:
				shown = t.Add(time.Duration(40+600*f.severity) * time.Minute)
			}
		}
	}
	if f != nil && n.shows {
		f.show(t)
	}
	d.sent = append(d.sent, sent{t, l.json(nil, n, shown, l.gateway != "")})
}

// send puts everybody's messages in the order in which they arrive.
func (m month) send(r *rand.Rand, out *recording, diaries []*diary, gateways map[string][]outage) {
	type key struct {
		gateway string
		minute  int64
	}
	batches := map[key]*message{}
	for i, l := range out.lamps {
		loss := 0.015
		if r.IntN(30) == 0 {
			loss = 0.15
		}
	each:
		for _, s := range diaries[i].sent {
			at := s.at.Add(time.Duration(1+r.ExpFloat64()*4) * time.Second)
			for _, o := range gateways[l.gateway] {
				if o.has(s.at) && !o.kept {
					continue each
				} else if o.has(s.at) {
					at = o.to.Add(time.Duration(r.IntN(60)) * time.Second)
				}
			}
			if r.Float64() < loss {
				continue
			}
			if r.Float64() < 0.01 { // held up somewhere, and overtaken
				at = at.Add(time.Duration(r.IntN(12)) * time.Minute)
			}
			if l.gateway != "" {
				at = m.trial.sends(l.gateway, at)
			}
			if out.off.has(at) {
				at = out.off.to.Add(time.Duration(r.IntN(120)) * time.Second)
			}
			if l.gateway == "" {
				one := message{at, "jiaping/lamps/" + l.id + "/telemetry", s.bytes}
				out.messages = append(out.messages, one)
				if r.Float64() < 0.005 {
					one.received = at.Add(time.Duration(r.IntN(600)) * time.Second)
					out.messages = append(out.messages, one)
				}
				continue
			}
			k := key{l.gateway, at.Unix() / 60}
			b := batches[k]
			if b == nil || len(b.payload) > 24<<10 {
				if b != nil {
					out.messages = append(out.messages, closed(b))
				}
				b = &message{at, "jiaping/gateways/" + l.gateway + "/telemetry", []byte(`{"readings":[`)}
				batches[k] = b
			} else {
				b.payload = append(b.payload, ',')
			}
			b.payload = append(b.payload, s.bytes...)
			b.received = later(b.received, at)
		}
	}
	for _, b := range batches {
		out.messages = append(out.messages, closed(b))
	}
	slices.SortFunc(out.messages, func(a, b message) int {
		return cmp.Or(a.received.Compare(b.received), cmp.Compare(a.topic, b.topic), slices.Compare(a.payload, b.payload))
	})
}

func closed(b *message) message {
	b.payload = append(b.payload, "]}"...)
	return *b
}

// emptied labels the nights on which the battery gave out: surely where somebody taps it, and where
// the weather or another fault did it, as what may be said of them.
func emptied(l *lamp, d *diary) []label {
	var out []label
	for _, c := range d.cuts {
		tapped := l.bad != nil && l.bad.code == device.BatteryEmpty && l.bad.on(c.from)
		end := c.to.Add(6 * time.Hour)
		out = append(out, label{"lamp:" + l.id, device.BatteryEmpty, c.from, end, !tapped || c.to.Sub(c.from) < max(time.Hour, 2*l.interval)})
	}
	return out
}

// shortages labels a village when half of its sound lamps are empty or nearly so, until one in five is.
func shortages(lamps []*lamp, diaries []*diary, from, begin time.Time) []label {
	villages := map[string][]int{}
	for i, l := range lamps {
		if l.bad == nil {
			villages[l.village] = append(villages[l.village], i)
		}
	}
	var out []label
	for _, v := range slices.Sorted(maps.Keys(villages)) {
		members := villages[v]
		var open *label
		worst := 0.0
		for i := range diaries[0].low {
			t := begin.Add(time.Duration(i) * step)
			if t.Before(from) || t.Sub(begin)%time.Hour != 0 {
				continue
			}
			low := 0
			for _, k := range members {
				if diaries[k].low[i] {
					low++
				}
			}
			share := float64(low) / float64(len(members))
			switch {
			case open == nil && share >= 0.5:
				open, worst = &label{"village:" + v, device.WeatherShortage, t, t, false}, share
			case open != nil && share < 0.2:
				open.end = t
				open.optional = worst < 0.65 || t.Sub(open.start) < 24*time.Hour
				out = append(out, *open)
				open = nil
			}
			if open != nil {
				worst = max(worst, share)
			}
		}
		if open != nil {
			open.end, open.optional = diaries[0].last, worst < 0.65
			out = append(out, *open)
		}
	}
	return out
}

func (l label) String() string {
	word := ""
	if l.optional {
		word = "true"
	}
	return fmt.Sprintf("%s,%s,%s,%s,%s", l.subject, l.code, l.start.In(zone).Format(time.RFC3339), l.end.In(zone).Format(time.RFC3339), word)
}
