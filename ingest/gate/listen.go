package gate

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// errLeave is a DISCONNECT.
var errLeave = errors.New("it took leave")

// listen takes what the client sends until it leaves, which gives nil.
func (s *session) listen() error {
	for {
		if s.hello.keepAlive > 0 {
			_ = s.conn.SetReadDeadline(time.Now().Add(s.hello.keepAlive * 3 / 2)) //nolint:forbidigo // a network deadline
		}
		p, err := readPacket(s.reader, s.reader, MaxPacket)
		if err == nil {
			err = s.handle(p)
		}
		switch {
		case errors.Is(err, errLeave):
			return nil
		case errors.Is(err, errTooLarge):
			s.offend(TooLarge, err.Error())
			return err
		case isBroken(err):
			s.offend(Malformed, err.Error())
			return err
		case err != nil:
			return err
		}
	}
}

func isBroken(err error) bool {
	_, ok := errors.AsType[brokenError](err)
	return ok
}

func (s *session) handle(p packet) error {
	switch p.kind() {
	case publish:
		return s.publish(p)
	case subscribe, unsubscribe:
		return s.subscribe(p)
	case puback:
		if s.down == nil {
			return nil
		}
		return s.down.out.send(append(appendHeader(nil, p.first, len(p.body)), p.body...))
	case pingreq:
		return s.out.offer([]byte{pingresp << 4, 0})
	case disconnect:
		return errLeave
	}
	return broken("a packet of kind %d", p.kind())
}

// publish passes a message on, if it may be sent. Nothing of one that may not
// reaches the broker.
func (s *session) publish(p packet) error {
	m, err := parsePublish(p)
	if err != nil {
		return err
	}
	switch {
	case m.qos == 2:
		s.offend(QoS2, "a message with QoS 2 on "+short(m.topic))
		return errors.New("QoS 2")
	case !s.right.publish(m.topic):
		s.offend(Foreign, "a message on "+short(m.topic))
		return errors.New("a topic of somebody else")
	}
	m.retain = m.retain && s.right.retain(m.topic)
	if s.username != "" {
		if err := s.wait(len(m.payload)); err != nil {
			return err
		}
	}
	if m.qos > 0 && s.slots != nil {
		select {
		case s.slots <- struct{}{}:
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
	return s.uplink.publish(s, m)
}

// wait slows down whoever sends more than a lamp can have to say.
func (s *session) wait(bytes int) error {
	g := s.gate
	wait := g.limits.take(s.username, s.login.Lamps, bytes, g.cfg.Clock.Now())
	if wait == 0 {
		return nil
	}
	g.metrics.refused.WithLabelValues(string(Flood)).Inc()
	g.reports.add(Incident{Username: s.username, Trouble: Flood, Text: fmt.Sprintf("more than %g readings a second", g.limits.limits.PerSecond*float64(s.login.Lamps))})
	return g.cfg.Clock.Sleep(s.ctx, wait)
}

// subscribe passes a SUBSCRIBE or UNSUBSCRIBE on. What may not be read is refused
// by the broker, in its place among the answers.
func (s *session) subscribe(p packet) error {
	id, filters, err := parseSubscribe(p)
	if err != nil {
		return err
	}
	for i := range filters {
		filters[i].qos = min(filters[i].qos, 1)
		if !s.right.subscribe(filters[i].topic) {
			if p.kind() == subscribe {
				s.report(Foreign, "a subscription to "+short(filters[i].topic))
			}
			filters[i].topic = refusedFilter
		}
	}
	if s.down == nil {
		if _, err := s.subscribeThrough(true); err != nil {
			return err
		}
		s.passOn()
	}
	return s.down.out.send(appendSubscribe(nil, p.kind(), id, filters))
}

// offend reports what the client may not do, and keeps it outside for a while.
func (s *session) offend(t Trouble, text string) {
	s.report(t, text)
	if s.username != "" {
		s.gate.limits.banish(s.username, s.gate.cfg.Clock.Now())
	}
}

func (s *session) report(t Trouble, text string) {
	s.gate.metrics.refused.WithLabelValues(string(t)).Inc()
	s.gate.sparing.add(slog.LevelInfo, string(t), "a client of the embedded broker broke a rule", "name", s.username, "peer", s.conn.RemoteAddr().String(), "trouble", string(t), "seen", text)
	if s.username != "" {
		s.gate.reports.add(Incident{Username: s.username, Trouble: t, Text: text})
	}
}

// short keeps what a stranger sent small, for logs and notices.
func short(topic string) string {
	const most = 80
	if len(topic) > most {
		topic = topic[:most] + "…"
	}
	return fmt.Sprintf("%q", topic)
}
