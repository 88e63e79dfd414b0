package alerts

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// soonFires is how long a cause may still be waiting and already explain.
const soonFires = 15 * time.Minute

// ruleSet is the catalogue as it is in force for some lamps, with each family's
// figures read from it once.
type ruleSet struct {
	entries [faultCount]*Entry
	light   lightLimits
	battery batteryLimits
	link    linkLimits
	clock   clockLimits
	tamper  tamperLimits
	panel   panelLimits
	town    townLimits
	sensor  sensorLimits
}

func newRuleSet(overrides []Override) *ruleSet {
	set := &ruleSet{}
	for _, entry := range Catalogue() {
		for _, o := range overrides {
			if o.Fault == entry.Fault {
				entry.override(o)
			}
		}
		for _, d := range entry.DependsOn {
			entry.causes = append(entry.causes, numberOf(d))
		}
		set.entries[numberOf(entry.Fault)] = &entry
	}
	set.light = lightLimitsOf(set)
	set.battery = batteryLimitsOf(set)
	set.link = linkLimitsOf(set)
	set.clock = clockLimitsOf(set)
	set.sensor = sensorLimitsOf(set)
	set.town = townLimitsOf(set)
	set.panel = panelLimitsOf(set)
	set.tamper = tamperLimitsOf(set)
	return set
}

// limit gives one figure of a fault.
func (s *ruleSet) limit(f fault, name string) float64 { return s.entries[f].limit(name) }

// Override sets one figure of a rule otherwise than the catalogue: everywhere, or
// for the lamps of one village or payload profile.
type Override struct {
	Fault   device.Fault
	Name    string // of a Threshold, or fire_min or clear_min
	Value   float64
	Village device.Village // empty for any
	Profile string         // empty for any
}

// The names of an entry's times among its figures, in minutes.
const (
	fireName  = "fire_min"
	clearName = "clear_min"
)

func (e *Entry) override(o Override) {
	switch o.Name {
	case fireName:
		e.Fire, e.Looks = minutes(o.Value), 1 // a time that was chosen holds, however seldom the lamp reports
	case clearName:
		e.Clear = minutes(o.Value)
	}
	for i := range e.Limits {
		if e.Limits[i].Name == o.Name {
			e.Limits[i].Value = o.Value
		}
	}
}

// ParseOverride reads fault.name=value [village=NAME] [profile=NAME], such as
// "battery_empty.lead_low_v=1.90 village=大垭村".
func ParseOverride(s string) (Override, error) {
	wrong := func(format string, args ...any) (Override, error) {
		return Override{}, fmt.Errorf("rule %q: %s: write it like battery_empty.lead_low_v=1.90 village=大垭村", s, fmt.Sprintf(format, args...))
	}
	words := strings.Fields(s)
	if len(words) == 0 {
		return wrong("it is empty")
	}
	what, value, ok := strings.Cut(words[0], "=")
	code, name, dotted := strings.Cut(what, ".")
	if !ok || !dotted {
		return wrong("want fault.name=value first")
	}
	entry, known := Find(device.Fault(code))
	if !known {
		return wrong("%q is no fault", code)
	}
	o := Override{Fault: entry.Fault, Name: name}
	names := []string{fireName, clearName}
	for _, l := range entry.Limits {
		names = append(names, l.Name)
	}
	if !slices.Contains(names, name) {
		return wrong("%s has no figure %q, only %s", code, name, strings.Join(names, ", "))
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return wrong("%q is not a number", value)
	}
	o.Value = v
	for _, word := range words[1:] {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "village":
			o.Village = device.Village(value)
		case "profile":
			o.Profile = value
		default:
			return wrong("%q is neither village= nor profile=", word)
		}
	}
	return o, nil
}

// ParseOverrides reads the list of the settings.
func ParseOverrides(lines []string) ([]Override, error) {
	var out []Override
	for _, s := range lines {
		o, err := ParseOverride(s)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// weight orders overrides of one figure: what is said of fewer lamps goes before.
func (o *Override) weight() (n int) {
	if o.Village != "" {
		n += 2
	}
	if o.Profile != "" {
		n++
	}
	return n
}

// ruleKey is what decides which overrides a lamp is under.
type ruleKey struct {
	village device.Village
	profile string
}

// rulesFor gives the rule set of a village's lamps of one profile. A village's own figure
// goes before a profile's, and both before the town's.
func (e *Engine) rulesFor(village device.Village, profile string) *ruleSet {
	if len(e.cfg.Overrides) == 0 {
		return e.rules
	}
	key := ruleKey{village, profile}
	if set := e.sets[key]; set != nil {
		return set
	}
	var mine []Override
	for _, o := range e.cfg.Overrides {
		if (o.Village == "" || o.Village == village) && (o.Profile == "" || o.Profile == profile) {
			mine = append(mine, o)
		}
	}
	slices.SortStableFunc(mine, func(a, b Override) int { return a.weight() - b.weight() })
	set := newRuleSet(mine)
	e.sets[key] = set
	return set
}

// rulesOf gives the rule set of a village's group, or of the town's.
func (e *Engine) rulesOf(g *groupState) *ruleSet {
	if g.subject.Kind() != device.KindVillage {
		return e.rules
	}
	return e.rulesFor(device.Village(g.subject.Code()), "")
}

func minutes(v float64) time.Duration { return time.Duration(v * float64(time.Minute)) }
