package ruletest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

func (p *parser) lamp(words []string) error {
	if len(words) == 0 {
		return errors.New("want lamp JP-0001 key=value …")
	}
	codes, err := lampCodes(words[0])
	if err != nil {
		return err
	}
	l := device.Lamp{
		Stage: device.Installed, Lat: jiapingLat, Lon: jiapingLon, LampW: 20, BatteryV: 12.8, BatteryChemistry: "lifepo4",
		Interval: 5 * time.Minute,
	}
	for _, w := range words[1:] {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			return fmt.Errorf("%q: want key=value", w)
		}
		switch key {
		case "interval":
			l.Interval, err = every(value)
			if value == "unknown" {
				l.Interval, err = 0, nil
			}
		case "schedule":
			l.Schedule, err = device.ParseSchedule(value)
		case "watts":
			l.LampW, err = number(value, "")
		case "panel":
			l.PanelWp, err = number(value, "")
		case "battery":
			l.BatteryV, err = number(value, "")
		case "ah":
			l.BatteryAh, err = number(value, "")
		case "chemistry":
			l.BatteryChemistry = value
		case "village":
			l.Place.Village = device.Village(value)
		case "profile":
			l.Profile = value
		case "gateway":
			l.Gateway, err = device.ParseGatewayID(value)
			l.Link = device.LinkGateway
		case "link":
			l.Link = device.Link(value)
		case "stage":
			l.Stage = device.Stage(value)
			if !slices.Contains(device.Stages, l.Stage) {
				err = fmt.Errorf("stage %q: want one of %v", value, device.Stages)
			}
		default:
			err = fmt.Errorf("a lamp has no %q", key)
		}
		if err != nil {
			return err
		}
	}
	for _, id := range codes {
		l.ID = id
		p.lamps[id] = l
	}
	return nil
}

func every(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 10*time.Second || d > 6*time.Hour {
		return 0, fmt.Errorf("%q: want an interval such as 5m, 10s to 6h", s)
	}
	return d, nil
}

func number(s, unit string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, unit), 64)
	if err != nil || !strings.HasSuffix(s, unit) || !(v >= 0 && v <= 1000) {
		return 0, fmt.Errorf("%q: want a number with unit %q", s, unit)
	}
	return v, nil
}

func (p *parser) gateway(words []string) error {
	if len(words) != 3 || words[2] != "online" && words[2] != "offline" {
		return errors.New("want gateway GW-01 18:30 online, or offline")
	}
	id, err := device.ParseGatewayID(words[0])
	if err != nil {
		return err
	}
	at, err := p.clock(words[1])
	if err != nil {
		return err
	}
	p.arrive(arrival{at: at, status: &device.Status{
		Subject: device.GatewaySubject(id), Online: words[2] == "online", Received: device.MillisOf(at),
	}})
	return nil
}

func (p *parser) arrive(a arrival) {
	p.arrivals = append(p.arrivals, a)
	if p.from.IsZero() || a.at.Before(p.from) {
		p.from = a.at
	}
	if a.at.After(p.to) {
		p.to = a.at
	}
}

func (p *parser) expect(words []string) error {
	if len(words) > 0 && words[0] == "night" {
		return p.expectNight(words[1:])
	}
	if len(words) < 4 || len(words) > 5 || len(words) == 5 && words[4] != "quiet" {
		return errors.New("want expect 17:50-18:40 firing lamp_dark JP-0001 [quiet]")
	}
	w := wantChange{line: p.line, state: alerts.State(words[1]), fault: device.Fault(words[2]), quiet: len(words) == 5, original: strings.Join(words, " ")}
	var err error
	if strings.Contains(words[0], "-") {
		w.when, err = p.span(words[0])
	} else {
		w.when.from, err = p.clock(words[0])
		w.when.to = w.when.from
	}
	if err != nil {
		return err
	}
	if !slices.Contains([]alerts.State{alerts.Firing, alerts.Resolved, alerts.Retracted}, w.state) {
		return fmt.Errorf("state %q: want firing, resolved or retracted", words[1])
	}
	entry, ok := alerts.Find(w.fault)
	if !ok {
		return fmt.Errorf("fault %q is not in the catalogue", words[2])
	}
	w.subject = device.Subject(entry.Kinds[0] + ":" + words[3])
	if strings.Contains(words[3], ":") {
		w.subject = device.Subject(words[3]) // village:大垭村
	}
	p.changes = append(p.changes, w)
	if end := w.when.to; end.After(p.to) {
		p.to = end
	}
	return nil
}

func (p *parser) expectNight(words []string) error {
	if len(words) < 2 {
		return errors.New("want expect night JP-0001 lit=13h20m …")
	}
	w := wantNight{line: p.line, lamp: device.LampID(words[0]), night: p.noon.Format(time.DateOnly)}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		d, err := time.ParseDuration(value)
		switch key {
		case "none":
			w.none, err = true, nil
		case "lit":
			w.lit = &d
		case "observed":
			w.observed = &d
		case "expected":
			w.expected = &d
		case "switches":
			var n int
			n, err = strconv.Atoi(value)
			w.switches = &n
		default:
			err = fmt.Errorf("a night has no %q", key)
		}
		if err != nil {
			return err
		}
	}
	p.nights = append(p.nights, w)
	if end := p.noon.Add(25 * time.Hour); end.After(p.to) {
		p.to = end
	}
	return nil
}
