package alerts

import (
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Severity says how soon somebody should go.
type Severity uint8

// The severities, from "look when you pass" to "go now".
const (
	Minor  Severity = iota + 1 // at the next visit
	Major                      // within days
	Urgent                     // tonight
	Hazard                     // now: people could be hurt, or something is being stolen
)

// Words are one text in both languages.
type Words struct{ ZH, EN string }

// In gives the text in a person's language; anything but English reads Chinese.
func (w Words) In(l device.Language) string {
	if l == device.English {
		return w.EN
	}
	return w.ZH
}

// Threshold is one figure of a rule.
type Threshold struct {
	Name   string
	Value  float64
	Unit   string
	Source string // where the figure comes from
}

// Entry is one fault of the catalogue: what people read of it, what the engine
// does about it, and why.
type Entry struct {
	Fault     device.Fault
	Kinds     []string // subjects that can have it: device.KindLamp, …
	Severity  Severity
	Title     Words
	Villager  Words // one sentence: what it means for the people of the place
	Volunteer Words // one sentence: what is probably wrong
	Bring     Words // what to take along
	Check     Words // what to look at first

	NoVisit   bool           // nobody needs to go: the office is told, and nobody asked after it
	Residents bool           // those who follow the lamp are told, since they can see it
	DependsOn []device.Fault // while one of these is known of the subject, its gateway, village or town, this one is not raised
	Explains  []device.Fault // what this one, on the same subject or on one that the lamp belongs to, explains: such an alert is not false
	Fire      time.Duration  // the condition must hold so long before it fires
	Clear     time.Duration  // health must hold so long before it resolves
	Looks     uint8          // at least so many looks before it fires, fewer for lamps that report seldom; 0 reads as 1
	Limit     time.Duration  // promised: it fires within this, or twice the lamp's reporting interval where that is longer
	Limits    []Threshold

	ruled  bool
	causes []fault // DependsOn, by number
}

// townwide says that it is a fault of a village or the town itself.
func (e *Entry) townwide() bool { return slices.Contains(e.Kinds, device.KindVillage) }

// Ruled says whether the engine raises this fault.
func (e *Entry) Ruled() bool { return e.ruled }

// limit gives the value of one threshold; a name that is not there is a mistake
// of ours that the catalogue's test finds.
func (e *Entry) limit(name string) float64 {
	for _, t := range e.Limits {
		if t.Name == name {
			return t.Value
		}
	}
	panic("alerts: " + string(e.Fault) + " has no threshold " + name)
}

// Catalogue gives every fault, worst first among those of one kind of cause. The
// engine raises those that are Ruled; the others are named here so that pages,
// labels and tickets speak of them in the same words, and get their rules one by
// one without another word changing.
func Catalogue() []Entry {
	var all []Entry
	all = append(all, lightFaults()...)
	all = append(all, batteryFaults()...)
	all = append(all, sourceFaults()...)
	all = append(all, linkFaults()...)
	for i := range all {
		if slices.Contains(all[i].Kinds, device.KindLamp) {
			all[i].Limits = append(all[i].Limits, stormThresholds()...)
		}
	}
	for _, r := range rulings() {
		for i := range all {
			all[i].ruled = all[i].ruled || all[i].Fault == codes[r.fault]
		}
	}
	return all
}

// Find gives the entry of one fault.
func Find(f device.Fault) (Entry, bool) {
	for _, e := range Catalogue() {
		if e.Fault == f {
			return e, true
		}
	}
	return Entry{}, false
}
