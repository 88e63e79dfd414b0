package simulator

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Label is one line of truth: a fault of a subject from the moment on at which a
// wise observer with the telemetry could see it, to its end.
//
// Every injected fault gives at least one. It is optional, so that it may be found
// but need not be, where the telemetry did not show it for long enough: a dark
// lamp of the last 45 minutes of a night, a panel that died in the last hours of the
// recording, a quantity that this controller does not measure, a light that ended early over a battery
// with less than 12 %, a dirty panel of a battery that is always full, whose controller took all that
// the panel could give for less than nine hours in ten days. What follows from
// a fault without being one (a battery emptied by a dead panel, or by weather)
// gives optional labels of its own. weather_shortage is on a village from the dusk on
// at which half of its lamps go into the night with less than 30 % charge and no fault
// of their own, until less than three in ten do; optional while a fifth has less than
// 40 %; on the town, always optional, while that is so in half of the villages.
type Label struct {
	Subject    device.Subject
	Fault      device.Fault
	Start, End device.Millis
	Optional   bool
}

// WriteTruth writes labels as CSV: subject,fault,start,end,optional with RFC 3339
// times in zone; optional holds the word optional or nothing.
func WriteTruth(out io.Writer, labels []Label, zone *time.Location) error {
	b := bufio.NewWriter(out)
	fmt.Fprintln(b, "subject,fault,start,end,optional")
	for _, l := range labels {
		word := ""
		if l.Optional {
			word = "optional"
		}
		fmt.Fprintf(b, "%s,%s,%s,%s,%s\n", l.Subject, l.Fault,
			l.Start.Time().In(zone).Format(time.RFC3339), l.End.Time().In(zone).Format(time.RFC3339), word)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	return nil
}

// truth gathers what the watches saw.
func (rec *recording) truth() []Label {
	var all []Label
	gates := map[*Fault]map[device.GatewayID]*Label{}
	for _, s := range rec.speakers {
		for i, p := range s.poles {
			w := &s.watches[i]
			w.close(p.lamp.ID, rec.until)
			all = append(all, w.labels...)
			for j := range p.ills {
				f := &p.ills[j]
				if f.Code == device.GatewaySilent {
					gateLabel(gates, f, s.gateway, rec)
					continue
				}
				if l, ok := f.label(device.LampSubject(p.lamp.ID), rec); ok {
					all = append(all, l)
					all = append(all, f.before(l)...)
					all = append(all, f.consequences(l)...)
				}
			}
		}
	}
	for _, of := range gates {
		for _, l := range of {
			all = append(all, *l)
		}
	}
	all = append(all, rec.shortages()...)
	slices.SortFunc(all, func(a, b Label) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Fault, b.Fault), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	return slices.Compact(all)
}

// gateLabel keeps the clearest of what a gateway's lamps showed of its fault.
func gateLabel(gates map[*Fault]map[device.GatewayID]*Label, f *ill, gate device.GatewayID, rec *recording) {
	l, ok := f.label(device.GatewaySubject(gate), rec)
	if !ok {
		return
	}
	if gates[f.Fault] == nil {
		gates[f.Fault] = map[device.GatewayID]*Label{}
	}
	old := gates[f.Fault][gate]
	switch {
	case old == nil || old.Optional && !l.Optional:
		gates[f.Fault][gate] = &l
	case old.Optional == l.Optional:
		old.Start = min(old.Start, l.Start)
	}
}

// label is the truth of one ill; false where it lies outside the recording.
func (i *ill) label(subject device.Subject, rec *recording) (Label, bool) {
	l := Label{Subject: subject, Fault: i.Code, Start: max(i.from, rec.from), End: min(i.until, rec.until)}
	if l.Start >= l.End {
		return Label{}, false
	}
	seen := i.sighting
	if seen.times == 0 {
		l.Optional = true
		return l, true
	}
	if l.Start = seen.first; l.Start >= l.End {
		l.End = l.Start + 1000
	}
	l.Optional = !i.plain()
	return l, true
}

// before is the time in which a fault was there and did not show enough yet: who
// finds it then is early, not wrong.
func (i *ill) before(l Label) []Label {
	if l.Start.Sub(i.from) < time.Minute {
		return nil
	}
	return []Label{{l.Subject, l.Fault, i.from, l.Start, true}}
}

// mustLast is for how long a fault must show before anybody could be asked to have
// found it: the limits of the diagnosis, and something to spare.
func mustLast(f device.Fault) time.Duration {
	const day = 24 * time.Hour
	switch f {
	case device.LampDark, device.BatteryOverheat, device.BatteryOvervoltage:
		return 30 * time.Minute
	case device.BatteryEmpty:
		return 30 * time.Minute
	case device.Tampered:
		return 20 * time.Minute
	case device.LampDayBurning, device.GatewaySilent:
		return time.Hour
	case device.ClockWrong:
		return 90 * time.Minute
	case device.LampSilent:
		return 150 * time.Minute
	case device.LampDim, device.LampFlicker, device.LightShort:
		return day
	case device.SensorSuspect:
		return 30 * time.Hour
	case device.PanelDead:
		return 52 * time.Hour
	case device.PanelLowYield:
		return 11 * day
	case device.BatteryAging:
		return 15 * day
	}
	return 0
}

// consequences are what may rightly be said as well while a fault lasts, and for
// a day after it.
func (i *ill) consequences(of Label) []Label {
	var codes []device.Fault
	switch i.Code {
	case device.LampDark:
		codes = []device.Fault{device.LightShort, device.LampDim, device.LampFlicker}
	case device.LampFlicker:
		codes = []device.Fault{device.LightShort, device.LampDark, device.LampDim}
	case device.LampDim:
		codes = []device.Fault{device.LightShort}
	case device.LightShort:
		codes = []device.Fault{device.LampDark}
	case device.BatteryAging:
		if i.Cause == causeCell {
			codes = []device.Fault{device.BatteryEmpty, device.LightShort, device.LampDark}
		}
	case device.BatteryEmpty:
		codes = []device.Fault{device.BatteryAging, device.LightShort}
	case device.BatteryOvervoltage:
		codes = []device.Fault{device.BatteryOverheat}
	case device.PanelDead:
		codes = []device.Fault{device.PanelLowYield}
	case device.SensorSuspect:
		codes = []device.Fault{device.BatteryEmpty, device.BatteryAging}
	case device.Tampered:
		if i.Cause != causeTilt {
			codes = []device.Fault{
				device.BatteryEmpty, device.LampDark, device.LampSilent, device.LightShort, device.PanelDead,
				device.PanelLowYield, device.SensorSuspect, device.BatteryAging,
			}
		}
	}
	out := make([]Label, 0, len(codes))
	for _, c := range codes {
		out = append(out, Label{of.Subject, c, i.from, of.End.Add(24 * time.Hour), true})
	}
	return out
}
