package web

import (
	"cmp"
	"slices"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// word is how a lamp is, in one word.
type word string

const (
	wordLit     word = "lit"
	wordDark    word = "dark"
	wordFault   word = "fault"
	wordSilent  word = "silent"
	wordUnknown word = "unknown"
	wordNoRadio word = "no_radio"
	wordPlanned word = "planned"
)

func (r *row) installed() bool { return r.registered && r.lamp.Stage == device.Installed }

// word puts what a person should do first: go there, then find out, then know.
func (r *row) word(now device.Millis) word {
	silent := false
	for _, f := range r.faults {
		if f != device.LampSilent && f != device.GatewaySilent {
			return wordFault
		}
		silent = true
	}
	switch {
	case !r.installed() && r.registered:
		return wordPlanned
	case silent:
		return wordSilent
	case r.lamp.Link == device.LinkNone:
		return wordNoRadio
	case !r.reported || !r.state.Known || r.state.Last.TS.Add(staleAfter) < now:
		return wordUnknown
	case r.state.Lit:
		return wordLit
	}
	return wordDark
}

// stateCounts counts installed lamps by their word.
type stateCounts struct {
	Lit     int `json:"lit"`
	Dark    int `json:"dark"`
	Fault   int `json:"fault"`
	Silent  int `json:"silent"`
	Unknown int `json:"unknown"`
	NoRadio int `json:"no_radio"`
}

func (c *stateCounts) of(w word) *int {
	switch w {
	case wordLit:
		return &c.Lit
	case wordDark:
		return &c.Dark
	case wordFault:
		return &c.Fault
	case wordSilent:
		return &c.Silent
	case wordNoRadio:
		return &c.NoRadio
	}
	return &c.Unknown
}

func (c *stateCounts) add(w word) { *c.of(w)++ }

func (c *stateCounts) byWord() map[word]int {
	out := map[word]int{}
	for _, w := range []word{wordLit, wordDark, wordFault, wordSilent, wordUnknown, wordNoRadio} {
		out[w] = *c.of(w)
	}
	return out
}

// worstFirst orders faults by severity, then name, each once.
func worstFirst(faults []device.Fault) []device.Fault {
	if len(faults) < 2 {
		return faults
	}
	severity := func(f device.Fault) alerts.Severity {
		e, _ := alerts.Find(f)
		return e.Severity
	}
	out := slices.Clone(faults)
	slices.SortFunc(out, func(a, b device.Fault) int {
		return cmp.Or(-cmp.Compare(severity(a), severity(b)), cmp.Compare(a, b))
	})
	return slices.Compact(out)
}

func severityWord(s alerts.Severity) string {
	switch s {
	case alerts.Major:
		return "major"
	case alerts.Urgent:
		return "urgent"
	case alerts.Hazard:
		return "hazard"
	}
	return "minor"
}
