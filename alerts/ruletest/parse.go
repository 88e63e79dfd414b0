package ruletest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// LineError is a mistake in a script.
type LineError struct {
	Name string
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.Name, e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }

// parser is a script being read.
type parser struct {
	*Script
	noon    time.Time // of the current night
	line    int
	looping int        // nights of the loop that is being read; 0 outside of one
	loop    [][]string // its lines
}

// maxNights is the most that one loop may repeat.
const maxNights = 60

// repeat gathers the lines between nights and end, and carries them out on each night. The
// night after the last is the current one then.
func (p *parser) repeat(words []string) error {
	switch {
	case words[0] == "nights" && p.looping == 0:
		n := 0
		if len(words) == 2 {
			n, _ = strconv.Atoi(words[1])
		}
		if n < 1 || n > maxNights || p.noon.IsZero() {
			return fmt.Errorf("want nights 7, at most %d, after a first night", maxNights)
		}
		p.looping = n
		return nil
	case words[0] == "end" && p.looping > 0:
		loop, n := p.loop, p.looping
		p.loop, p.looping = nil, 0
		for range n {
			for _, line := range loop {
				if err := p.command(line); err != nil {
					return err
				}
			}
			p.noon = p.noon.AddDate(0, 0, 1)
		}
		return nil
	case p.looping > 0:
		p.loop = append(p.loop, words)
		return nil
	}
	return p.command(words)
}

// Parse reads a script whose times are in zone. Its errors are *LineError.
func Parse(name, text string, zone *time.Location) (*Script, error) {
	p := parser{Script: &Script{Name: name, zone: zone, lamps: map[device.LampID]device.Lamp{}}}
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		words, err := split(line)
		if err == nil && len(words) > 0 {
			err = p.repeat(words)
		}
		if err != nil {
			return nil, &LineError{name, p.line, err}
		}
	}
	if p.looping > 0 {
		return nil, &LineError{name, p.line, errors.New("nights without its end")}
	}
	if p.from.IsZero() {
		return nil, &LineError{name, p.line, errors.New("no reading in it")}
	}
	return p.Script, nil
}

// split cuts a line into words; double quotes keep blanks together.
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	quoted, any := false, false
	flush := func() {
		if any {
			words = append(words, word.String())
		}
		word.Reset()
		any = false
	}
	for _, c := range line {
		switch {
		case c == '"':
			quoted, any = !quoted, true
		case c == '#' && !quoted:
			flush()
			return words, nil
		case (c == ' ' || c == '\t' || c == '\r') && !quoted:
			flush()
		default:
			word.WriteRune(c)
			any = true
		}
	}
	if quoted {
		return nil, errors.New(`a " is not closed`)
	}
	flush()
	return words, nil
}

func (p *parser) command(words []string) error {
	switch words[0] {
	case "lamp":
		return p.lamp(words[1:])
	case "night":
		return p.night(words[1:])
	case "ignore":
		return p.ignore(words[1:])
	}
	if p.noon.IsZero() {
		return fmt.Errorf("%q before the first night: say night 2026-01-04", words[0])
	}
	switch words[0] {
	case "gateway":
		return p.gateway(words[1:])
	case "unobserved":
		if len(words) != 2 {
			return errors.New("want unobserved 18:00-08:30")
		}
		span, err := p.span(words[1])
		p.blind = append(p.blind, span)
		return err
	case "expect":
		return p.expect(words[1:])
	}
	return p.readings(words)
}

func (p *parser) ignore(codes []string) error {
	for _, code := range codes {
		if _, ok := alerts.Find(device.Fault(code)); !ok {
			return fmt.Errorf("fault %q is not in the catalogue", code)
		}
		p.ignored = append(p.ignored, device.Fault(code))
	}
	return nil
}

func (p *parser) night(words []string) error {
	if len(words) != 1 {
		return errors.New("want night 2026-01-04, or night +1")
	}
	if words[0] == "+1" && !p.noon.IsZero() {
		p.noon = p.noon.AddDate(0, 0, 1)
		return nil
	}
	day, err := time.ParseInLocation(time.DateOnly, words[0], p.zone)
	if err != nil || day.Year() < 2020 || day.Year() > 2100 {
		return fmt.Errorf("night %q: want a date such as 2026-01-04", words[0])
	}
	p.noon = day.Add(12 * time.Hour)
	return nil
}

// clock reads 18:30 as the moment of the current night.
func (p *parser) clock(s string) (time.Time, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %q: want 18:30", s)
	}
	after := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute - 12*time.Hour
	if after < 0 {
		after += 24 * time.Hour
	}
	return p.noon.Add(after), nil
}

// span reads 18:00-08:30; an end not after its beginning is a day later.
func (p *parser) span(s string) (interval, error) {
	a, b, ok := strings.Cut(s, "-")
	if !ok {
		return interval{}, fmt.Errorf("%q: want a span such as 18:00-07:30", s)
	}
	from, err := p.clock(a)
	if err != nil {
		return interval{}, err
	}
	to, err := p.clock(b)
	if err != nil {
		return interval{}, err
	}
	if !to.After(from) {
		to = to.AddDate(0, 0, 1)
	}
	return interval{from, to}, nil
}

// lampCodes reads JP-0001 or JP-0001..JP-0050.
func lampCodes(s string) ([]device.LampID, error) {
	first, last, isRange := strings.Cut(s, "..")
	if !isRange {
		id, err := device.ParseLampID(s)
		return []device.LampID{id}, err
	}
	cut := len(first)
	for cut > 0 && first[cut-1] >= '0' && first[cut-1] <= '9' {
		cut--
	}
	digits := len(first) - cut
	if digits == 0 || digits > 6 || len(last) != len(first) || last[:cut] != first[:cut] || !device.ValidCode(first) || !device.ValidCode(last) {
		return nil, fmt.Errorf("lamps %q: want JP-0001..JP-0050", s)
	}
	var a, b int
	if _, err := fmt.Sscanf(first[cut:]+" "+last[cut:], "%d %d", &a, &b); err != nil || b < a || b-a >= 1000 {
		return nil, fmt.Errorf("lamps %q: want at most 1000, in order", s)
	}
	var out []device.LampID
	for n := a; n <= b; n++ {
		out = append(out, device.LampID(fmt.Sprintf("%s%0*d", first[:cut], digits, n)))
	}
	return out, nil
}
