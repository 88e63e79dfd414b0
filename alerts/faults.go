package alerts

import "github.com/yingguang/yingguang/device"

// fault is the number of a fault: the index of its track, and its name in stored
// state. Add new ones at the end only.
type fault uint8

const (
	fDark fault = iota
	fEmpty
	fSilent
	fGateway
	fDim
	fFlicker
	fDayBurning
	fShort
	fAging
	fOverheat
	fOvervoltage
	fPanelDead
	fLowYield
	fSensor
	fClock
	fTampered
	fWeather
	faultCount
)

// codes are the faults by number.
var codes = [faultCount]device.Fault{
	fDark: device.LampDark, fEmpty: device.BatteryEmpty, fSilent: device.LampSilent, fGateway: device.GatewaySilent,
	fDim: device.LampDim, fFlicker: device.LampFlicker, fDayBurning: device.LampDayBurning, fShort: device.LightShort,
	fAging: device.BatteryAging, fOverheat: device.BatteryOverheat, fOvervoltage: device.BatteryOvervoltage,
	fPanelDead: device.PanelDead, fLowYield: device.PanelLowYield, fSensor: device.SensorSuspect, fClock: device.ClockWrong,
	fTampered: device.Tampered, fWeather: device.WeatherShortage,
}

// numberOf is the number of a code, faultCount where it is none.
func numberOf(code device.Fault) fault {
	for n := range codes {
		if codes[n] == code {
			return fault(n)
		}
	}
	return faultCount
}

// tracks are those of one subject, by fault; nil while nothing was ever wrong.
type tracks [faultCount]*track

// phase is where a fault stands.
func (t *tracks) phase(f fault) phase {
	if t[f] == nil {
		return idle
	}
	return t[f].phase
}

// copyOf is a fault's track as it stands.
func (t *tracks) copyOf(f fault) track {
	if t[f] == nil {
		return track{}
	}
	return *t[f]
}

// of gives the track of a fault to change, made where there is none yet.
func (t *tracks) of(f fault) *track {
	if t[f] == nil {
		t[f] = &track{}
	}
	return t[f]
}

// firing lists the faults that fire.
func (t *tracks) firing() []device.Fault {
	var out []device.Fault
	for f, tr := range t {
		if tr != nil && tr.phase == firing {
			out = append(out, codes[f])
		}
	}
	return out
}

// owed says whether something that late data changed is still to be said aloud.
func (t *tracks) owed() bool {
	for _, tr := range t {
		if tr != nil && tr.owed != owesNothing {
			return true
		}
	}
	return false
}
