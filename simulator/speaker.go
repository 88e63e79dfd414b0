package simulator

import (
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
)

// speaker is whoever publishes: a lamp alone, or a gateway for the lamps behind it.
type speaker struct {
	gateway  device.GatewayID
	topic    string
	poles    []*pole
	watches  []watch // one for each pole
	next     []device.Millis
	radio    radio
	batch    []device.Reading
	late     []lateLine // said before, received after the page
	readings int64
	messages int64
}

// lateLine is a line that belongs on a later page.
type lateLine struct {
	received device.Millis
	text     []byte
}

// speakersOf gathers the poles by who speaks for them.
func speakersOf(rec *recording) []*speaker {
	var all []*speaker
	gates := map[device.GatewayID]*speaker{}
	for _, p := range rec.poles {
		gate := p.lamp.Gateway
		s := gates[gate]
		if gate == "" || s == nil {
			s = &speaker{gateway: gate, topic: payload.TelemetryTopic(rec.Prefix, p.lamp.ID)}
			if gate != "" {
				s.topic = payload.GatewayTelemetryTopic(rec.Prefix, gate)
				gates[gate] = s
			}
			s.radio = radio{seed: mix(uint64(rec.Seed), hashString(s.topic), 5), perfect: rec.Perfect}
			all = append(all, s)
		}
		s.poles = append(s.poles, p)
	}
	return all
}

// begin makes a speaker ready to speak from the beginning of the recording.
func (s *speaker) begin(rec *recording) {
	s.watches = make([]watch, len(s.poles))
	s.next = make([]device.Millis, len(s.poles))
	for i, p := range s.poles {
		s.next[i] = due(rec.from, p)
		s.watches[i].from = rec.from
	}
}

// speak lives to the end of a page and writes the speaker's sheet of it.
func (s *speaker) speak(rec *recording, w *worker, pg *page, sh *sheet) {
	sh.text, sh.lines = sh.text[:0], sh.lines[:0]
	s.deliverLate(sh, pg)
	for {
		t := slices.Min(s.next)
		if t >= pg.until {
			return
		}
		s.batch = s.batch[:0]
		d := s.delivery(rec, t)
		for i, p := range s.poles {
			if s.next[i] == t {
				s.next[i] = t.Add(p.interval)
				n := p.advance(t, w.skies, w.nights)
				s.say(rec, p, &s.watches[i], &n, d)
			}
		}
		if len(s.batch) > 0 && !d.gone {
			s.send(rec, w, pg, sh, d)
		}
	}
}

// say lets one lamp measure and speak, and notes what could be seen of its faults.
func (s *speaker) say(rec *recording, p *pole, seen *watch, n *now, d delivery) {
	if hour := n.t / 3_600_000; !rec.Perfect && hour != seen.hour {
		seen.hour = hour
		if uniform(p.seed, 61, uint64(hour)) < 1.0/1080 { // once in 45 days a controller begins anew
			p.Boot, p.Seq = p.Boot+1, 0
		}
	}
	arrives := !n.mute && !s.radio.loses(p, n)
	seen.note(p, n, arrives, d)
	switch {
	case n.mute || n.silent:
	case !arrives:
		p.Seq++ // it was sent, into the air
	default:
		s.batch = append(s.batch, p.report(n))
	}
}

// send writes the message, and its repeat where the network makes one.
func (s *speaker) send(rec *recording, w *worker, pg *page, sh *sheet, d delivery) {
	for _, at := range [...]device.Millis{d.at, d.again} {
		if at == 0 || at >= rec.until {
			continue
		}
		start := len(sh.text)
		sh.text = append(append(append(sh.text, `{"topic":"`...), s.topic...), `","received":"`...)
		sh.text = append(w.stamp.append(sh.text, at), `","payload":`...)
		if s.gateway == "" {
			sh.text = payload.AppendJSON(sh.text, &s.batch[0])
		} else {
			sh.text = payload.AppendBatchJSON(sh.text, s.batch)
		}
		sh.text = append(sh.text, "}\n"...)
		s.readings += int64(len(s.batch))
		s.messages++
		if at < pg.until {
			sh.lines = append(sh.lines, entry{at, start, len(sh.text)})
			continue
		}
		s.late = append(s.late, lateLine{at, append([]byte(nil), sh.text[start:]...)})
		sh.text = sh.text[:start]
	}
}

// deliverLate puts what arrives now on the page.
func (s *speaker) deliverLate(sh *sheet, pg *page) {
	kept := s.late[:0]
	for _, l := range s.late {
		if l.received >= pg.until {
			kept = append(kept, l)
			continue
		}
		start := len(sh.text)
		sh.text = append(sh.text, l.text...)
		sh.lines = append(sh.lines, entry{l.received, start, len(sh.text)})
	}
	s.late = kept
}

// delivery says what becomes of a message sent at one time.
type delivery struct {
	at, again device.Millis // of receipt; again is 0 where nothing comes twice
	prompt    bool          // soon enough to count as seen at its time
	due       bool          // it would be prompt if no injected fault of the gateway were in the way
	gone      bool          // it never arrives
}

// delivery asks the network, the gateway and us about a message sent at t.
func (s *speaker) delivery(rec *recording, t device.Millis) delivery {
	d := s.radio.carries(t)
	_, off := rec.off(d.at)
	d.due = !off && d.at.Sub(t) < 15*time.Minute
	s.outage(t, &d)
	d.prompt = d.due && !d.gone && d.at.Sub(t) < 15*time.Minute
	d.at, d.again = rec.kept(d.at), rec.kept(d.again)
	d.gone = d.gone || d.at == 0
	return d
}

// kept is when we get what reached the broker at t: at once, or, if we were off,
// in the first minute afterwards and in its order; 0 if the broker keeps nothing.
func (rec *recording) kept(t device.Millis) device.Millis {
	if t == 0 {
		return 0
	}
	back, off := rec.off(t)
	if !off {
		return t
	}
	if !rec.Off.Kept {
		return 0
	}
	return back + 59_000 - device.Millis(59_000*float64(back-t)/float64(24*time.Hour/time.Millisecond))
}

// outage is what the gateway's faults do: what it cannot send is lost, or kept and
// sent in order when it is back.
func (s *speaker) outage(t device.Millis, d *delivery) {
	for i := range s.poles[0].ills {
		f := &s.poles[0].ills[i]
		if f.Code != device.GatewaySilent || t < f.from || t >= f.until {
			continue
		}
		if f.Cause != causeKept || f.until == never {
			d.gone = true
			return
		}
		d.at = f.until + 1000 + device.Millis(60_000*float64(t-f.from)/float64(f.until-f.from))
		d.again = 0
	}
}
