package alerts

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yingguang/yingguang/device"
)

// The catalogue has every fault code of the design once, in words of both languages.
func TestCatalogue(t *testing.T) {
	want := []device.Fault{
		device.LampDark, device.LampDim, device.LampFlicker, device.LampDayBurning, device.LightShort, device.BatteryEmpty,
		device.BatteryAging, device.BatteryOverheat, device.BatteryOvervoltage, device.PanelDead, device.PanelLowYield,
		device.SensorSuspect, device.ClockWrong, device.Tampered, device.LampSilent, device.GatewaySilent, device.WeatherShortage,
	}
	var got []device.Fault
	for _, e := range Catalogue() {
		got = append(got, e.Fault)
		for name, w := range map[string]Words{"title": e.Title, "villager": e.Villager, "volunteer": e.Volunteer, "bring": e.Bring, "check": e.Check} {
			if w.ZH == "" || w.EN == "" || w.In(device.Chinese) != w.ZH || w.In(device.English) != w.EN || w.In("") != w.ZH {
				t.Errorf("%s: %s %+v", e.Fault, name, w)
			}
		}
		if n := utf8.RuneCountInString(e.Title.ZH); n > 8 {
			t.Errorf("%s: the title has %d characters, too many for an SMS", e.Fault, n)
		}
		for _, w := range []Words{e.Villager, e.Volunteer} {
			if !strings.HasSuffix(w.ZH, "。") || !strings.HasSuffix(w.EN, ".") {
				t.Errorf("%s: %+v is not a sentence", e.Fault, w)
			}
		}
		if e.Severity < Minor || e.Severity > Hazard || len(e.Kinds) == 0 {
			t.Errorf("%s: severity %d, kinds %v", e.Fault, e.Severity, e.Kinds)
		}
		for _, l := range e.Limits {
			if l.Name == "" || l.Unit == "" || l.Source == "" || l.Value <= 0 {
				t.Errorf("%s: threshold %+v", e.Fault, l)
			}
			if unit, source := l.Words(e.Fault); unit.ZH == "" || source.ZH == "" {
				t.Errorf("%s.%s has no Chinese unit or source: unit %+v, source %+v; write it into catalogue_zh*.go", e.Fault, l.Name, unit, source)
			}
		}
		if slices.Contains(e.DependsOn, e.Fault) {
			t.Errorf("%s depends on itself", e.Fault)
		}
		for _, d := range e.DependsOn {
			if !slices.Contains(want, d) {
				t.Errorf("%s depends on %s", e.Fault, d)
			}
		}
		if e.Ruled() != (len(e.Limits) > 0) {
			t.Errorf("%s: ruled %v, limits %d", e.Fault, e.Ruled(), len(e.Limits))
		}
		if e.Limit <= 0 {
			t.Errorf("%s: no limit of delay", e.Fault)
		}
		for _, x := range e.Explains {
			if !slices.Contains(want, x) || x == e.Fault {
				t.Errorf("%s explains %s", e.Fault, x)
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("faults %v, want %v", got, want)
	}
	if _, ok := Find("lamp_gone"); ok {
		t.Error("found lamp_gone")
	}
}
