package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// ParseFault reads fault[/cause][*severity][~creeps]@CODE[,CODE…][+2h|-30h][:DURATION],
// such as lamp_dark@JP-0007+2h:6h or panel_low_yield/branch*0.6~240h@JP-0012. Times
// count from the beginning of the live part or of the recording.
func ParseFault(s string) (Fault, error) {
	wrong := func(why string) (Fault, error) {
		return Fault{}, fmt.Errorf("fault %q: %s: write it like lamp_dark@JP-0007+2h, panel_low_yield/branch*0.6~240h@JP-0012+24h:480h or gateway_silent@GW-DY-01+0h:30m", s, why)
	}
	head, rest, ok := strings.Cut(s, "@")
	if !ok {
		return wrong("there is no @")
	}
	var f Fault
	if err := f.takeHead(head); err != nil {
		return wrong(err.Error())
	}
	rest, lasts, timed := strings.Cut(rest, ":")
	if timed {
		d, err := time.ParseDuration(lasts)
		if err != nil || d <= 0 {
			return wrong(fmt.Sprintf("%q is not how long it lasts", lasts))
		}
		f.Lasts = d
	}
	rest, err := f.takeOffset(rest)
	if err != nil {
		return wrong(err.Error())
	}
	if err := f.takeNames(rest); err != nil {
		return wrong(err.Error())
	}
	return f, nil
}

// takeHead reads code, cause, severity and creeping.
func (f *Fault) takeHead(s string) error {
	s, creeps, creeping := strings.Cut(s, "~")
	if creeping {
		d, err := time.ParseDuration(creeps)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not how long it creeps", creeps)
		}
		f.Creeps = d
	}
	s, severity, severe := strings.Cut(s, "*")
	if severe {
		v, err := strconv.ParseFloat(severity, 64)
		if err != nil || !(v > 0 && v <= 1) {
			return fmt.Errorf("severity %q is not above 0 and at most 1", severity)
		}
		f.Severity = v
	}
	code, cause, caused := strings.Cut(s, "/")
	f.Code = device.Fault(code)
	if !slices.Contains(Injectable, f.Code) {
		return fmt.Errorf("%q is none of %v", code, Injectable)
	}
	if caused && !slices.Contains(Causes(f.Code), cause) {
		return fmt.Errorf("%q is none of the causes %v of %s", cause, Causes(f.Code), code)
	}
	f.Cause = cause
	return nil
}

func (f *Fault) takeNames(s string) error {
	for name := range strings.SplitSeq(s, ",") {
		if f.Code == device.WeatherShortage {
			if name == "" || strings.ContainsAny(name, "@:+*~/ \t\r\n") {
				return fmt.Errorf("%q is no village", name)
			}
			f.Villages = append(f.Villages, device.Village(name))
			continue
		}
		if !device.ValidCode(name) {
			return fmt.Errorf("%q is no code", name)
		}
		if f.Code == device.GatewaySilent {
			f.Gates = append(f.Gates, device.GatewayID(name))
		} else {
			f.Lamps = append(f.Lamps, device.LampID(name))
		}
	}
	return nil
}

// takeOffset cuts +2h or -30h off the end. Codes hold minus signs too, so only a
// tail that is a duration counts.
func (f *Fault) takeOffset(s string) (string, error) {
	at := strings.LastIndexAny(s, "+-")
	if at < 0 {
		return s, nil
	}
	d, err := time.ParseDuration(s[at:])
	if err != nil {
		if s[at] == '+' {
			return s, fmt.Errorf("%q is not a duration", s[at:])
		}
		return s, nil
	}
	// JP-0 ends like a duration; a unit tells them apart.
	if last := s[len(s)-1]; last >= '0' && last <= '9' && s[at] == '-' {
		return s, nil
	}
	f.From = d
	return s[:at], nil
}

// String writes the fault as ParseFault reads it.
func (f Fault) String() string {
	var names []string
	for _, l := range f.Lamps {
		names = append(names, string(l))
	}
	for _, g := range f.Gates {
		names = append(names, string(g))
	}
	for _, v := range f.Villages {
		names = append(names, string(v))
	}
	s := string(f.Code)
	if f.Cause != "" {
		s += "/" + f.Cause
	}
	if f.Severity > 0 {
		s += "*" + strconv.FormatFloat(f.Severity, 'g', -1, 64)
	}
	if f.Creeps > 0 {
		s += "~" + f.Creeps.String()
	}
	s += "@" + strings.Join(names, ",")
	if f.From < 0 {
		s += f.From.String()
	} else {
		s += "+" + f.From.String()
	}
	if f.Lasts > 0 {
		s += ":" + f.Lasts.String()
	}
	return s
}

// ReadPlan reads a plan: a fault a line, as ParseFault reads it; empty lines and
// lines that begin with # say nothing. The error names every bad line.
func ReadPlan(text string) ([]Fault, error) {
	var plan []Fault
	var bad []error
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		f, err := ParseFault(line)
		if err != nil {
			bad = append(bad, fmt.Errorf("line %d: %w", i+1, err))
			continue
		}
		plan = append(plan, f)
	}
	return plan, errors.Join(bad...)
}
