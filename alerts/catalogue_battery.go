package alerts

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

// The battery thresholds are per lead cell of 2 V and per LiFePO4 cell of 3.2 V, so
// that 12, 24, 12.8 and 25.6 V batteries share them.
func batteryFaults() []Entry {
	lamp := []string{device.KindLamp}
	const (
		lead = "low-voltage disconnect 11.1 V, warning 12.0 V, reconnect 12.6 V of a 12 V battery: defaults of common solar controllers (EPEVER LandStar, Tracer)"
		lfp  = "cell alarm 2.9 V, protection 2.7 V, recovery 3.1 V: defaults of common LiFePO4 BMS (Seplos 3.0); rest voltage 3.18 V is below 10 %"
	)
	return []Entry{{
		Fault: device.BatteryEmpty, Kinds: lamp, Residents: true, Severity: Major,
		Title:     Words{"电池没电", "Battery is empty"},
		Villager:  Words{"路灯的电池用完了，要等充上电才亮。", "The lamp's battery has run out; it lights again once it is charged."},
		Volunteer: Words{"电压降到保护值，控制器断开了灯：缺太阳，或太阳能板、电池有问题。", "At its cut-off voltage, the controller disconnected the lamp: no sun, or a fault of panel or battery."},
		Bring:     Words{"万用表、抹布", "multimeter, cloth"},
		Check:     Words{"看太阳能板脏不脏、接线好不好，白天量充电电流。", "See whether the panel is clean and connected; by day measure the charging current."},
		DependsOn: []device.Fault{device.WeatherShortage},
		Explains:  []device.Fault{device.LampDark, device.LampDim, device.LampFlicker, device.LightShort, device.LampSilent, device.BatteryAging},
		Limit:     15 * time.Minute,
		Fire:      5 * time.Minute, Clear: 24 * time.Hour, Looks: 2, // one reading alone may fall into a switching moment
		Limits: []Threshold{
			{"lead_cutoff_v", 1.85, "V per 2 V cell", lead},
			{"lead_low_v", 1.93, "V per 2 V cell, under load", lead},
			{"lead_rest_v", 2.00, "V per 2 V cell, load off", lead},
			{"lead_back_v", 2.10, "V per 2 V cell", lead},
			{"lead_ample_v", 2.05, "V per 2 V cell, under load", "half full: 12.3 V of a 12 V battery"},
			{"lifepo4_cutoff_v", 2.80, "V per 3.2 V cell", lfp},
			{"lifepo4_low_v", 3.00, "V per 3.2 V cell, under load", lfp},
			{"lifepo4_rest_v", 3.18, "V per 3.2 V cell, load off", lfp},
			{"lifepo4_back_v", 3.28, "V per 3.2 V cell", lfp},
			{"lifepo4_ample_v", 3.24, "V per 3.2 V cell, under load", "above the knee: some 40 % are left"},
			{"soc_empty_pct", 5, "%", "our choice: trusted only by BMS or coulomb count, or where no voltage is sent"},
			{"soc_back_pct", 30, "%", "our choice: well above what a lamp draws in a night's first hour"},
			{"fall_v_h", 0.12, "V per hour and 6 cells of 2 V, at one load", "C/20 discharge falls 0.07 V/h before the knee"},
		},
	}, {
		Fault: device.BatteryOverheat, Kinds: lamp, Residents: true, Severity: Hazard,
		Title:     Words{"电池过热", "Battery overheats"},
		Villager:  Words{"路灯的电池太烫，请不要靠近。", "The lamp's battery is too hot; please keep away."},
		Volunteer: Words{"电池温度超过安全值：可能短路或充电失控。", "Battery above its safe temperature: a short circuit or runaway charging."},
		Bring:     Words{"手套、绝缘工具，不要单独去", "gloves, insulated tools, and a second person"},
		Check:     Words{"不要打开冒烟或鼓包的电池，先断开太阳能板。", "Never open a smoking or swollen battery; disconnect the panel first."},
		Limit:     15 * time.Minute,
		DependsOn: []device.Fault{device.BatteryOvervoltage},
		Explains:  []device.Fault{device.BatteryEmpty, device.BatteryAging, device.LightShort, device.LampSilent},
		Fire:      4 * time.Minute, Clear: time.Hour, Looks: 2, // one reading alone may be a sensor's mistake
		Limits: []Threshold{
			{"hot_c", 60, "°C", "highest temperature of discharge on LiFePO4 data sheets (CATL, EVE); lead-acid makers name 50"},
			{"odd_c", 50, "°C", "above a shaded box at 42 °C, Chongqing's summer"},
			{"over_others_k", 12, "K above three quarters of the batteries around", "our choice: boxes in sun and shade differ by some 8 K, and a margin"},
		},
	}, {
		Fault: device.BatteryOvervoltage, Kinds: lamp, Severity: Urgent,
		Title:     Words{"电池电压过高", "Battery voltage too high"},
		Villager:  Words{"路灯的电池充电过头了，需要尽快检查。", "The lamp's battery is overcharged and needs a check soon."},
		Volunteer: Words{"电压超过充电上限：控制器失控，或电池已断开。", "Above the charging limit: a failed controller or a disconnected battery."},
		Bring:     Words{"万用表、绝缘工具、备用控制器", "multimeter, insulated tools, spare controller"},
		Check:     Words{"量电池两端电压，看电池接线有没有松。", "Measure at the battery and look for a loose battery wire."},
		Explains:  []device.Fault{device.BatteryOverheat},
		Limit:     15 * time.Minute,
		Fire:      4 * time.Minute, Clear: time.Hour, Looks: 2,
		Limits: []Threshold{
			{"lead_v", 2.52, "V per 2 V cell at 25 °C", "above every equalizing charge: 14.6 to 14.8 V at 25 °C (EPEVER, Victron)"},
			{"lead_v_k", 0.003, "V per cell and K off 25 °C, up to 35 °C", "temperature compensation of common controllers: 3 mV; above 35 °C equalizing without it would be near"},
			{"lifepo4_v", 3.70, "V per 3.2 V cell", "charging ends at 3.65 V; BMS protect from 3.75 V on"},
		},
	}, {
		Fault: device.BatteryAging, Kinds: lamp, Severity: Minor,
		Title:     Words{"电池老化", "Battery is ageing"},
		Villager:  Words{"路灯的电池旧了，阴雨天撑不了几晚。", "The lamp's battery is worn and will not last through rainy days."},
		Volunteer: Words{"充满后能用的电明显变少，或内阻大了很多，该换电池了。", "It holds much less than when new, or resists far more: plan a replacement."},
		Bring:     Words{"同型号备用电池、绝缘工具", "a spare battery of the same kind, insulated tools"},
		Check:     Words{"先拧紧电池接线（松了也会这样），再看生产日期和保修期，量充满后的电压。", "Tighten its terminals, since a loose one looks alike; then look at date and warranty and measure the voltage when full."},
		DependsOn: []device.Fault{device.PanelDead},
		Explains:  []device.Fault{device.BatteryEmpty, device.LampDark, device.LampDim, device.LampFlicker, device.LightShort, device.LampSilent},
		Limit:     14 * 24 * time.Hour,
		Clear:     14 * 24 * time.Hour,
		Limits: []Threshold{
			{"depth_share", 0.5, "of its nominal energy", "low after less than this since it was full: end of life is 80 % (IEC 61427-1), a margin for cold and old labels"},
			{"gauge_share", 0.57, "of its nominal energy", "our choice: by a BMS's own gauge over some nights; it reads to 1 %"},
			{"sound_share", 0.75, "of its nominal energy", "our choice: what it gave, or its gauge says, is enough"},
			{"plateau_v", 3.25, "V per 3.2 V cell, without what its resistance takes", "LiFePO4 at rest: at 20 to 40 % of its charge; at least 3.28 at two thirds (EVE and CATL data sheets)"},
			{"plateau_share", 0.32, "of its nominal energy", "so low after so little since it was full: it holds 0.32 of 0.6, half of what it should"},
			{"resistance_times", 1.5, "of its resistance in the first nights, cold and season left out", "end of life of lead and LiFePO4 cells is near twice; IEEE 1188 has a cell looked into from 1.3 to 1.5 times on"},
			{"dead_cell_v", 1.6, "V at once, of a lead battery", "what a 2 V cell gives, 1.75 to 2.1 V, and a margin"},
		},
	}}
}
