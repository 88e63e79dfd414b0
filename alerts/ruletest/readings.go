package ruletest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// maxArrivals keeps a mistaken script from filling the memory.
const maxArrivals = 200_000

// pattern is one line of readings before it is laid out in time.
type pattern struct {
	every    time.Duration
	received time.Time
	clock    time.Duration // ahead, of the lamp's clock
	gateway  device.GatewayID
	base     device.Reading
	ramps    map[device.Field][2]float64
}

func (p *parser) readings(words []string) error {
	codes, err := lampCodes(words[0])
	if err != nil || len(words) < 3 {
		return errors.Join(fmt.Errorf("%q: want lamp, night, gateway, unobserved, expect, or JP-0001 18:00-20:00 lit 13.2V", strings.Join(words, " ")), err)
	}
	when, err := p.span(words[1])
	if err != nil {
		return err
	}
	for i, id := range codes {
		lamp, ok := p.lamps[id]
		if !ok {
			return fmt.Errorf("lamp %s is not declared", id)
		}
		pat, err := p.pattern(&lamp, words[2:])
		if err != nil {
			return err
		}
		// Lamps of one line do not report in the same second.
		offset := time.Duration(i) * pat.every / time.Duration(len(codes)+1) / time.Second * time.Second
		if err := p.lay(id, pat, interval{when.from.Add(offset), when.to}); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) lay(id device.LampID, pat pattern, when interval) error {
	whole := when.to.Sub(when.from).Seconds()
	for t := when.from; t.Before(when.to); t = t.Add(pat.every) {
		if len(p.arrivals) >= maxArrivals {
			return fmt.Errorf("more than %d readings", maxArrivals)
		}
		r := pat.base
		r.Lamp, r.Gateway = id, pat.gateway
		for f, ends := range pat.ramps {
			v := ends[0] + (ends[1]-ends[0])*t.Sub(when.from).Seconds()/whole
			if device.Fields[f].Kind == device.Counter {
				v = math.Floor(v)
			}
			r.Set(f, v)
		}
		at := t.Add(2 * time.Second) // on its way
		if pat.received.After(at) {
			at = pat.received
		}
		r.SentTS, r.Received = device.MillisOf(t.Add(pat.clock)), device.MillisOf(at)
		r.Place()
		p.arrive(arrival{at: at, reading: &r})
	}
	return nil
}

func (p *parser) pattern(l *device.Lamp, words []string) (pattern, error) {
	pat := pattern{every: l.Interval, gateway: l.Gateway, ramps: map[device.Field][2]float64{}}
	if pat.every == 0 {
		pat.every = 5 * time.Minute
	}
	for _, w := range words {
		if err := p.word(&pat, l, w); err != nil {
			return pat, err
		}
	}
	return pat, nil
}

func (p *parser) word(pat *pattern, l *device.Lamp, w string) (err error) {
	key, value, _ := strings.Cut(w, "=")
	set := func(f device.Field, v float64) { pat.base.Set(f, v) }
	switch key {
	case "lit":
		share := 100.0
		if value != "" {
			share, err = number(value, "%")
		}
		set(device.LoadW, l.LampW*share/100)
	case "dark":
		set(device.LoadW, 0)
	case "on":
		set(device.LampOn, 1)
	case "off":
		set(device.LampOn, 0)
	case "load":
		return pat.measure(device.LoadW, value, "W")
	case "dim":
		return pat.measure(device.DimPct, value, "%")
	case "soc":
		return pat.measure(device.BatterySoC, value, "%")
	case "method":
		n := slices.Index(device.Fields[device.BatterySoCMethod].Words, value)
		if n < 0 {
			return fmt.Errorf("method %q: want one of %v", value, device.Fields[device.BatterySoCMethod].Words)
		}
		set(device.BatterySoCMethod, float64(n))
	case "charging":
		set(device.BatteryA, 2)
	case "every":
		pat.every, err = every(value)
	case "gateway":
		pat.gateway, err = device.ParseGatewayID(value)
	case "clock":
		pat.clock, err = time.ParseDuration(value)
	case "received":
		pat.received, err = p.clock(value)
	default:
		if f, ok := fieldNamed(key); ok {
			return pat.field(f, value)
		}
		return pat.measure(device.BatteryV, w, "V")
	}
	return err
}

func fieldNamed(name string) (device.Field, bool) {
	for f := range device.NumFields {
		if device.Fields[f].Name == name {
			return f, true
		}
	}
	return 0, false
}

// field sets a field by its name on the wire: to a word of its own, a number, or a
// ramp such as switch_count=100..160.
func (pat *pattern) field(f device.Field, value string) error {
	spec := &device.Fields[f]
	if n := slices.Index(spec.Words, value); n >= 0 {
		pat.base.Set(f, float64(n))
		return nil
	}
	var ends [2]float64
	first, last, isRamp := strings.Cut(value, "..")
	for i, text := range []string{first, last} {
		if i == 1 && !isRamp {
			break
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v >= spec.Min && v <= spec.Max) {
			return fmt.Errorf("%s=%s: want %s", spec.Name, value, spec.Range())
		}
		ends[i] = v
	}
	pat.base.Set(f, ends[0])
	if isRamp {
		pat.ramps[f] = ends
	}
	return nil
}

// measure sets a field to one value, or to a ramp such as 12.5V..11.2V.
func (pat *pattern) measure(f device.Field, value, unit string) error {
	first, last, isRamp := strings.Cut(value, "..")
	a, err := number(first, unit)
	if err != nil {
		return err
	}
	if !isRamp {
		pat.base.Set(f, a)
		return nil
	}
	b, err := number(last, unit)
	pat.ramps[f] = [2]float64{a, b}
	return err
}
