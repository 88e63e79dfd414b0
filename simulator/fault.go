package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Fault is something wrong with lamps or gateways for a time.
type Fault struct {
	Code  device.Fault
	Lamps []device.LampID    // for faults of lamps
	Gates []device.GatewayID // for gateway_silent
	From  time.Duration      // after the beginning of the live part; negative lies in the history
	Lasts time.Duration      // 0 lasts for ever
}

// Injectable lists the faults that can be made.
var Injectable = []device.Fault{
	device.LampDark, device.LampDim, device.LampDayBurning, device.LampSilent,
	device.BatteryEmpty, device.PanelDead, device.GatewaySilent,
}

// DemoFaults are those of the demo: begun some nights ago, so that they are there
// to see from the first minute.
func DemoFaults() []Fault {
	begun := func(code device.Fault, ago time.Duration, lamps ...device.LampID) Fault {
		return Fault{Code: code, Lamps: lamps, From: -ago}
	}
	return []Fault{
		begun(device.LampDark, 44*time.Hour, "JP-0007", "JP-0118"),
		begun(device.LampDark, 20*time.Hour, "JP-0262"),
		begun(device.BatteryEmpty, 90*time.Hour, "JP-0042", "JP-0301"),
		begun(device.LampSilent, 5*time.Hour, "JP-0023"),
		begun(device.PanelDead, 100*time.Hour, "JP-0150"),
		begun(device.LampDim, 70*time.Hour, "JP-0333"),
	}
}

// ParseFault reads fault@CODE[,CODE…][+2h|-30h][:DURATION], such as
// lamp_dark@JP-0007+2h:6h. Times count from the beginning of the live part.
func ParseFault(s string) (Fault, error) {
	wrong := func(why string) (Fault, error) {
		return Fault{}, fmt.Errorf("fault %q: %s: write it like lamp_dark@JP-0007+2h or gateway_silent@GW-DY-01+0h:30m", s, why)
	}
	code, rest, ok := strings.Cut(s, "@")
	if !ok {
		return wrong("there is no @")
	}
	f := Fault{Code: device.Fault(code)}
	if !slices.Contains(Injectable, f.Code) {
		return wrong(fmt.Sprintf("%q is none of %v", code, Injectable))
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
	for name := range strings.SplitSeq(rest, ",") {
		if !device.ValidCode(name) {
			return wrong(fmt.Sprintf("%q is no code", name))
		}
		if f.Code == device.GatewaySilent {
			f.Gates = append(f.Gates, device.GatewayID(name))
		} else {
			f.Lamps = append(f.Lamps, device.LampID(name))
		}
	}
	return f, nil
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
	s := string(f.Code) + "@" + strings.Join(names, ",")
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

func (f *Fault) active(t, live device.Millis) bool {
	from := live.Add(f.From)
	return t >= from && (f.Lasts == 0 || t < from.Add(f.Lasts))
}

// broken is what is wrong with one lamp at one moment.
type broken []device.Fault

func (b broken) has(f device.Fault) bool { return slices.Contains(b, f) }

// capacity is what is left of the battery's: one that is empty holds a fortieth.
func (b broken) capacity() float64 {
	if b.has(device.BatteryEmpty) {
		return 1.0 / 40
	}
	return 1
}
