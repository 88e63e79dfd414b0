package simulator

import (
	"slices"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Fault is something wrong with lamps, gateways or the weather for a time.
type Fault struct {
	Code     device.Fault
	Lamps    []device.LampID    // for faults of lamps
	Gates    []device.GatewayID // for gateway_silent
	Villages []device.Village   // for weather_shortage; Town stands for all
	From     time.Duration      // after the beginning of the live part or of the recording; negative lies in the history
	Lasts    time.Duration      // 0 lasts for ever
	Cause    string             // one of Causes of its code; empty is the first
	Severity float64            // 0 to 1; 0 stands for 0.5
	Creeps   time.Duration      // how long it takes to grow from nothing to its severity; 0 is at once
}

// Town among the villages of a fault stands for all of them.
const Town device.Village = "town"

// The causes of faults that can come about in more than one way.
const (
	causeCollapse = "collapse" // the battery holds next to nothing
	causeLeak     = "leak"     // water in a joint: current flows beside the lamp
	causeCell     = "cell"     // a cell is dead
	causeFade     = "fade"     // the battery is worn
	causeDriver   = "driver"   // sudden death
	causeWater    = "water"    // in the driver
	causeSoil     = "soil"     // nobody cleans the panel
	causeBranch   = "branch"   // grows over it
	causeTurned   = "turned"   // by a storm
	causeFrozen   = "frozen"   // sensors hang
	causeZero     = "zero"     // a sensor's wire is off
	causeZone     = "zone"     // somebody forgot eight hours
	causeReset    = "reset"    // its coin cell is flat: back to the year 2000
	causeAhead    = "ahead"    // drifts away
	causeTheft    = "theft"    // of the battery
	causeTilt     = "tilt"     // the pole was pushed
	causeLost     = "lost"     // what the gateway could not send is lost
	causeKept     = "kept"     // it sends it when it is back
)

// Injectable lists the faults that can be made: the whole catalogue.
var Injectable = []device.Fault{
	device.LampDark, device.LampDim, device.LampFlicker, device.LampDayBurning, device.LightShort,
	device.BatteryEmpty, device.BatteryAging, device.BatteryOverheat, device.BatteryOvervoltage,
	device.PanelDead, device.PanelLowYield, device.SensorSuspect, device.ClockWrong, device.Tampered,
	device.LampSilent, device.GatewaySilent, device.WeatherShortage,
}

// Causes lists in how many ways a fault can come about, the usual one first; nil
// where there is only one.
func Causes(f device.Fault) []string {
	switch f {
	case device.LampDark, device.LampDim:
		return []string{causeDriver, causeWater}
	case device.BatteryEmpty:
		return []string{causeCollapse, causeLeak}
	case device.BatteryAging:
		return []string{causeFade, causeCell}
	case device.PanelLowYield:
		return []string{causeSoil, causeBranch, causeTurned}
	case device.SensorSuspect:
		return []string{causeFrozen, causeZero}
	case device.ClockWrong:
		return []string{causeZone, causeReset, causeAhead}
	case device.Tampered:
		return []string{causeTheft, causeTilt}
	case device.GatewaySilent:
		return []string{causeLost, causeKept}
	}
	return nil
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

// strikes says whether the fault is one of this lamp or its gateway.
func (f *Fault) strikes(l *device.Lamp) bool {
	return slices.Contains(f.Lamps, l.ID) || l.Gateway != "" && slices.Contains(f.Gates, l.Gateway)
}

func (f *Fault) severity() float64 { return orElse(f.Severity, 0.5) }

// spellsOf are the faults that are weather.
func spellsOf(faults []Fault, live device.Millis) []spell {
	var out []spell
	for i := range faults {
		f := &faults[i]
		if f.Code != device.WeatherShortage {
			continue
		}
		s := spell{from: live.Add(f.From), until: never, depth: f.severity()}
		if f.Lasts > 0 {
			s.until = s.from.Add(f.Lasts)
		}
		if !slices.Contains(f.Villages, Town) {
			s.villages = f.Villages
		}
		out = append(out, s)
	}
	return out
}
