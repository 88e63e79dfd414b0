package score

import (
	"slices"
	"time"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// early is how much sooner than its label an alert may come. An alert of a still
// earlier one that stands at the label's start finds it all the same, and is false.
const early = 24 * time.Hour

// after is how long what was wrong still explains alerts: a battery that its panel
// did not charge takes days to recover.
const after = 72 * time.Hour

// Line is what became of one fault.
type Line struct {
	Fault                device.Fault
	Labels, Found, False int // labels without optional ones that were not found; false alerts
	Alerts               int // of this fault, all
	Delays               []time.Duration
	Limit                time.Duration // of a lamp that reports often enough
}

// Missed is how many labels were not found.
func (l *Line) Missed() int { return l.Labels - l.Found }

// Precision is the share of what was said that was right; 1 where nothing was said.
func (l *Line) Precision() float64 { return share(l.Found, l.Found+l.False) }

// Recall is the share of what was wrong that was found; 1 where nothing was.
func (l *Line) Recall() float64 { return share(l.Found, l.Labels) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// Delay is the delay that a share of the found labels did not exceed; 0 without any.
func (l *Line) Delay(q float64) time.Duration {
	if len(l.Delays) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(l.Delays))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// Report is the outcome of a comparison.
type Report struct {
	Total  Line   // over all faults
	Faults []Line // those with labels or alerts, in the catalogue's order
	Missed []Miss
	False  []Alert
	// Confused counts, for each fault missed and each false alert's fault, what was
	// there instead; the empty fault is nothing.
	Confused map[Confusion]int
}

// Miss is a label that was not found, and what was alerted there instead.
type Miss struct {
	Label
	Instead []Alert
}

// Confusion is a fault that was there and what was said; either may be empty.
type Confusion struct{ Was, Said device.Fault }

// Judge compares alerts with labels.
func Judge(town *Town, found []Alert, labels []Label) *Report {
	j := judging{town: town, alerts: map[device.Subject][]Alert{}, labels: map[device.Subject][]Label{}, lines: map[device.Fault]*Line{}}
	j.explains = map[Confusion]bool{}
	for _, e := range alerts.Catalogue() {
		j.explains[Confusion{e.Fault, e.Fault}] = true
		for _, f := range e.Explains {
			j.explains[Confusion{e.Fault, f}] = true
		}
		j.lines[e.Fault] = &Line{Fault: e.Fault, Limit: e.Limit}
	}
	for _, a := range found {
		for _, s := range subjects(&a) {
			j.alerts[s] = append(j.alerts[s], a)
		}
	}
	for _, l := range labels {
		j.labels[l.Subject] = append(j.labels[l.Subject], l)
	}
	j.report.Confused = map[Confusion]int{}
	for _, l := range labels {
		j.label(l)
	}
	for _, a := range found {
		j.alert(a)
	}
	for _, e := range alerts.Catalogue() {
		l := j.lines[e.Fault]
		if l.Labels+l.Alerts > 0 {
			j.report.Faults = append(j.report.Faults, *l)
		}
		t := &j.report.Total
		t.Labels, t.Found, t.False, t.Alerts = t.Labels+l.Labels, t.Found+l.Found, t.False+l.False, t.Alerts+l.Alerts
	}
	return &j.report
}

type judging struct {
	town   *Town
	alerts map[device.Subject][]Alert
	labels map[device.Subject][]Label
	lines  map[device.Fault]*Line
	// explains holds the catalogue's pairs of what was and what follows from it.
	explains map[Confusion]bool
	report   Report
}

// subjects are those that an alert speaks of: its own, and the lamps that it names.
func subjects(a *Alert) []device.Subject {
	out := []device.Subject{a.Subject}
	for _, l := range a.Lamps {
		if s := device.LampSubject(l); s != a.Subject {
			out = append(out, s)
		}
	}
	return out
}

func (j *judging) label(l Label) {
	line := j.lines[l.Fault]
	visible := j.town.visible(l.Fault, l.Subject, l.Start)
	until := visible.Add(j.town.limit(l.Fault, l.Subject))
	best := device.Millis(-1)
	for _, a := range j.candidates(&l) {
		if a.At <= until && (a.End == 0 || a.End > l.Start) && (best < 0 || a.At < best) {
			best = a.At
		}
	}
	switch {
	case best >= 0:
		line.Labels++
		line.Found++
		line.Delays = append(line.Delays, max(0, best.Sub(visible)))
	case !l.Optional:
		line.Labels++
		miss := Miss{Label: l}
		for _, a := range j.alerts[l.Subject] {
			if a.Fault != l.Fault && a.At >= l.Start && (l.End == 0 || a.At <= l.End.Add(after)) {
				miss.Instead = append(miss.Instead, a)
			}
		}
		said := device.Fault("")
		if len(miss.Instead) > 0 {
			said = miss.Instead[0].Fault
		}
		j.report.Confused[Confusion{l.Fault, said}]++
		j.report.Missed = append(j.report.Missed, miss)
	}
}

// candidates are the alerts of a label's fault on its subject; the weather's may
// be on the town instead of the village.
func (j *judging) candidates(l *Label) []Alert {
	out := slices.Clone(j.alerts[l.Subject])
	if kind := l.Subject.Kind(); kind == device.KindVillage || kind == device.KindTown {
		for s, more := range j.alerts {
			if s != l.Subject && (s.Kind() == device.KindTown || s.Kind() == device.KindVillage && kind == device.KindTown) {
				out = append(out, more...)
			}
		}
	}
	return slices.DeleteFunc(out, func(a Alert) bool { return a.Fault != l.Fault })
}

func (j *judging) alert(a Alert) {
	line := j.lines[a.Fault]
	line.Alerts++
	if j.explained(&a) {
		return
	}
	line.False++
	j.report.False = append(j.report.False, a)
	was := device.Fault("")
	for _, s := range subjects(&a) {
		for _, l := range j.labels[s] {
			if a.At >= l.Start && (l.End == 0 || a.At <= l.End.Add(after)) {
				was = l.Fault
			}
		}
	}
	j.report.Confused[Confusion{was, a.Fault}]++
}

// explained says whether something that was wrong there brings the alert about.
func (j *judging) explained(a *Alert) bool {
	for cause, labels := range j.labels {
		for _, l := range labels {
			if !j.explains[Confusion{l.Fault, a.Fault}] || a.At < l.Start.Add(-early) || l.End != 0 && a.At > l.End.Add(after) {
				continue
			}
			for _, s := range subjects(a) {
				if j.town.covers(cause, s) {
					return true
				}
			}
		}
	}
	return false
}

// Add puts another town's outcome to this one's, so that months are told as one.
func (r *Report) Add(o *Report) {
	r.Total.add(&o.Total)
	for i := range o.Faults {
		line := &o.Faults[i]
		at := slices.IndexFunc(r.Faults, func(l Line) bool { return l.Fault == line.Fault })
		if at < 0 {
			at = len(r.Faults)
			r.Faults = append(r.Faults, Line{Fault: line.Fault, Limit: line.Limit})
		}
		r.Faults[at].add(line)
	}
	order := map[device.Fault]int{}
	for i, e := range alerts.Catalogue() {
		order[e.Fault] = i
	}
	slices.SortFunc(r.Faults, func(a, b Line) int { return order[a.Fault] - order[b.Fault] })
	r.Missed = append(r.Missed, o.Missed...)
	r.False = append(r.False, o.False...)
	if r.Confused == nil {
		r.Confused = map[Confusion]int{}
	}
	for c, n := range o.Confused {
		r.Confused[c] += n
	}
}

func (l *Line) add(o *Line) {
	l.Labels, l.Found, l.False, l.Alerts = l.Labels+o.Labels, l.Found+o.Found, l.False+o.False, l.Alerts+o.Alerts
	l.Delays = append(l.Delays, o.Delays...)
}
