package alerts

import (
	"strings"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// A village's own figure goes before a profile's, and both before the town's.
func TestOverrides(t *testing.T) {
	overrides, err := ParseOverrides([]string{
		"battery_empty.lead_low_v=1.80 village=大垭村", "battery_empty.lead_low_v=1.85 profile=epever", "battery_empty.lead_low_v=1.90",
		"lamp_dark.fire_min=25 village=大垭村",
	})
	if err != nil {
		t.Fatal(err)
	}
	e := NewEngine(EngineConfig{Lamps: newTestTown(), Overrides: overrides})
	for key, want := range map[ruleKey]float64{
		{"大垭村", "epever"}: 1.80, {"大垭村", ""}: 1.80, {"别村", "epever"}: 1.85, {"别村", ""}: 1.90,
	} {
		set := e.rulesFor(key.village, key.profile)
		if got := set.battery.lead.low; got != want {
			t.Errorf("%v: lead_low_v %v, want %v", key, got, want)
		}
		fire := set.entries[fDark].Fire
		if (key.village == "大垭村") != (fire == 25*time.Minute) {
			t.Errorf("%v: lamp_dark fires after %v", key, fire)
		}
	}
	r := device.Reading{Lamp: "JP-0007", TS: 1767500000000, Received: 1767500000000}
	e.Observe(&r)
	if got := e.lamps["JP-0007"].rules.battery.lead.low; got != 1.80 {
		t.Errorf("the lamp is judged by %v", got)
	}
}

// A village's own figures hold for what is said of the village, and for gateways that serve it alone.
func TestOverridesOfVillagesAndGateways(t *testing.T) {
	overrides, err := ParseOverrides([]string{"weather_shortage.lamps_share=0.9 village=大垭村", "gateway_silent.silence_min=90 village=大垭村", "gateway_silent.fire_min=7 village=大垭村"})
	if err != nil {
		t.Fatal(err)
	}
	town := newTestTown()
	e := NewEngine(EngineConfig{Lamps: town, Overrides: overrides})
	at := device.Millis(1767500000000)
	for _, id := range []device.LampID{"JP-0008", "JP-0009"} {
		e.Observe(&device.Reading{Lamp: id, Gateway: "GW-01", TS: at, Received: at})
	}
	e.Tick(at)
	if got := e.rulesOf(e.groups["village:大垭村"]).town.share; got != 0.9 {
		t.Errorf("the village is judged by %v", got)
	}
	if got := e.rulesOf(e.groups[e.cfg.Town]).town.share; got == 0.9 {
		t.Error("the town is judged by its village's figure")
	}
	set := e.rulesFor(e.gateways["GW-01"].key.village, "")
	if set.link.gatewaySilence != 90*time.Minute || set.entries[fGateway].Fire != 7*time.Minute {
		t.Errorf("the gateway is judged by %v and fires after %v", set.link.gatewaySilence, set.entries[fGateway].Fire)
	}
	l := town.lamps["JP-0009"]
	l.Place.Village = "别村"
	town.lamps["JP-0009"] = l
	e.Tick(at.Add(10 * time.Minute))
	if key := e.gateways["GW-01"].key; key.village != "" {
		t.Errorf("a gateway of two villages goes by %v", key)
	}
}

func TestParseOverrideRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"": "it is empty", "lamp_dark": "want fault.name=value", "lamp_gone.x=1": `"lamp_gone" is no fault`, "lamp_dark.x=1": `no figure "x"`,
		"lamp_dark.lit_share=much": `"much" is not a number`, "lamp_dark.lit_share=-1": "not a number", "lamp_dark.lit_share=0.3 place=x": "neither village",
	} {
		if _, err := ParseOverride(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseOverride(%q): %v, want %q in it", text, err, want)
		}
	}
}

func FuzzParseOverride(f *testing.F) {
	f.Add("battery_empty.lead_low_v=1.90 village=大垭村 profile=x")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ParseOverride(text)
		if err == nil && (o.Name == "" || !(o.Value >= 0)) {
			t.Errorf("%q reads as %+v", text, o)
		}
	})
}
