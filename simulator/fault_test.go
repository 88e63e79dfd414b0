package simulator

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
)

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Fault{
		"lamp_dark@JP-0007+2h":           {Code: device.LampDark, Lamps: []device.LampID{"JP-0007"}, From: 2 * time.Hour},
		"lamp_dark@JP-0007":              {Code: device.LampDark, Lamps: []device.LampID{"JP-0007"}},
		"lamp_silent@JP-1,JP-2-30h:45m":  {Code: device.LampSilent, Lamps: []device.LampID{"JP-1", "JP-2"}, From: -30 * time.Hour, Lasts: 45 * time.Minute},
		"gateway_silent@GW-DY-01+0h:30m": {Code: device.GatewaySilent, Gates: []device.GatewayID{"GW-DY-01"}, Lasts: 30 * time.Minute},
		"battery_empty@JP-0042+1h30m":    {Code: device.BatteryEmpty, Lamps: []device.LampID{"JP-0042"}, From: 90 * time.Minute},
		"panel_low_yield/branch*0.6~240h@JP-0012+24h:480h": {
			Code: device.PanelLowYield, Cause: "branch", Severity: 0.6, Creeps: 240 * time.Hour, Lamps: []device.LampID{"JP-0012"}, From: 24 * time.Hour, Lasts: 480 * time.Hour,
		},
		"weather_shortage*0.8@大垭村,town": {Code: device.WeatherShortage, Severity: 0.8, Villages: []device.Village{"大垭村", "town"}},
	} {
		got, err := ParseFault(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
		again, err := ParseFault(got.String())
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Errorf("%s came back from %s: %v\n%s", text, got, err, diff)
		}
	}
	for _, text := range []string{"", "lamp_dark", "lamp_bright@JP-1", "lamp_dark@", "lamp_dark@JP 1", "lamp_dark@JP-1+soon", "lamp_dark@JP-1:never", "lamp_dark@JP-1+1h:-2h", "lamp_dark/branch@JP-1", "lamp_dim*2@JP-1", "lamp_dim~never@JP-1", "weather_shortage@a b"} {
		if _, err := ParseFault(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	f.Add("lamp_dark@JP-0007+2h:6h")
	f.Add("gateway_silent@GW-1,GW-2-3h")
	f.Add("panel_low_yield/branch*0.6~240h@JP-0012+24h:480h")
	f.Add("weather_shortage*0.8@大垭村,town")
	f.Fuzz(func(t *testing.T, s string) {
		fault, err := ParseFault(s)
		if err != nil {
			return
		}
		again, err := ParseFault(fault.String())
		if diff := cmp.Diff(fault, again); err != nil || diff != "" {
			t.Errorf("%q → %v: %v\n%s", s, fault, err, diff)
		}
	})
}

// Who says that a panel is dirty before it could be seen by everybody is early, not wrong, also where nobody must see it.
func TestLabelBegins(t *testing.T) {
	for _, optional := range []bool{false, true} {
		i := ill{Fault: &Fault{Code: device.PanelLowYield}, from: 1_000_000}
		l := Label{Subject: "lamp:JP-0001", Fault: device.PanelLowYield, Start: 90_000_000, End: 900_000_000, Optional: optional}
		want := Label{l.Subject, l.Fault, i.from, l.Start, true}
		if got := i.before(l); len(got) != 1 || got[0] != want {
			t.Errorf("optional %t: %v, want %v", optional, got, want)
		}
	}
}
