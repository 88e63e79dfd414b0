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
		Volunteer: Words{"电压降到保护值，控制器断开了灯：缺太阳，或电池板、电池有问题。", "At its cut-off voltage, the controller disconnected the lamp: no sun, or a fault of panel or battery."},
		Bring:     Words{"万用表、抹布", "multimeter, cloth"},
		Check:     Words{"看电池板脏不脏、接线好不好，白天量充电电流。", "See whether the panel is clean and connected; by day measure the charging current."},
		DependsOn: []device.Fault{device.WeatherShortage},
		Fire:      5 * time.Minute, Clear: 24 * time.Hour, Looks: 2, // one reading alone may fall into a switching moment
		Limits: []Threshold{
			{"lead_cutoff_v", 1.85, "V per 2 V cell", lead},
			{"lead_low_v", 1.93, "V per 2 V cell, under load", lead},
			{"lead_rest_v", 2.00, "V per 2 V cell, load off", lead},
			{"lead_back_v", 2.10, "V per 2 V cell", lead},
			{"lifepo4_cutoff_v", 2.80, "V per 3.2 V cell", lfp},
			{"lifepo4_low_v", 3.00, "V per 3.2 V cell, under load", lfp},
			{"lifepo4_rest_v", 3.18, "V per 3.2 V cell, load off", lfp},
			{"lifepo4_back_v", 3.28, "V per 3.2 V cell", lfp},
			{"soc_empty_pct", 5, "%", "trusted only by BMS or coulomb count, or where no voltage is sent"},
			{"soc_back_pct", 30, "%", "well above what a lamp draws in a night's first hour"},
			{"fall_v_h", 0.12, "V per hour and 6 cells of 2 V, at one load", "C/20 discharge falls 0.07 V/h before the knee"},
		},
		rule: batteryRule,
	}, {
		Fault: device.BatteryOverheat, Kinds: lamp, Residents: true, Severity: Hazard,
		Title:     Words{"电池过热", "Battery overheats"},
		Villager:  Words{"路灯的电池太烫，请不要靠近。", "The lamp's battery is too hot; please keep away."},
		Volunteer: Words{"电池温度超过安全值：可能短路或充电失控。", "Battery above its safe temperature: a short circuit or runaway charging."},
		Bring:     Words{"手套、绝缘工具，不要单独去", "gloves, insulated tools, and a second person"},
		Check:     Words{"不要打开冒烟或鼓包的电池，先断开电池板。", "Never open a smoking or swollen battery; disconnect the panel first."},
		Fire:      5 * time.Minute, Clear: time.Hour,
	}, {
		Fault: device.BatteryOvervoltage, Kinds: lamp, Severity: Urgent,
		Title:     Words{"电池电压过高", "Battery voltage too high"},
		Villager:  Words{"路灯的电池充电过头了，需要尽快检查。", "The lamp's battery is overcharged and needs a check soon."},
		Volunteer: Words{"电压超过充电上限：控制器失控，或电池已断开。", "Above the charging limit: a failed controller or a disconnected battery."},
		Bring:     Words{"万用表、绝缘工具、备用控制器", "multimeter, insulated tools, spare controller"},
		Check:     Words{"量电池两端电压，看电池接线有没有松。", "Measure at the battery and look for a loose battery wire."},
		Fire:      5 * time.Minute, Clear: time.Hour,
	}, {
		Fault: device.BatteryAging, Kinds: lamp, Severity: Minor,
		Title:     Words{"电池老化", "Battery is ageing"},
		Villager:  Words{"路灯的电池旧了，阴雨天撑不了几晚。", "The lamp's battery is worn and will not last through rainy days."},
		Volunteer: Words{"充满后能用的电明显变少，该换电池了。", "It holds much less than when new: plan a replacement."},
		Bring:     Words{"同型号备用电池、绝缘工具", "a spare battery of the same kind, insulated tools"},
		Check:     Words{"看生产日期和保修期，量充满后的电压。", "Look at date and warranty; measure the voltage when full."},
		DependsOn: []device.Fault{device.PanelDead},
		Fire:      10 * 24 * time.Hour, Clear: 14 * 24 * time.Hour,
	}}
}

func sourceFaults() []Entry {
	lamp := []string{device.KindLamp}
	return []Entry{{
		Fault: device.PanelDead, Kinds: lamp, Severity: Major,
		Title:     Words{"电池板不发电", "Panel is dead"},
		Villager:  Words{"路灯的太阳能板不发电，过几天就会不亮。", "The lamp's panel gives no power; in a few days it will be dark."},
		Volunteer: Words{"邻近的灯在充电，它没有：断线、遮挡或电池板坏了。", "Its neighbours charge and it does not: broken wire, cover or panel."},
		Bring:     Words{"梯子、万用表、抹布、接线端子", "ladder, multimeter, cloth, terminals"},
		Check:     Words{"白天量电池板的开路电压。", "Measure the panel's open-circuit voltage by day."},
		DependsOn: []device.Fault{device.WeatherShortage, device.SensorSuspect},
		Fire:      24 * time.Hour, Clear: 12 * time.Hour,
	}, {
		Fault: device.PanelLowYield, Kinds: lamp, Severity: Minor,
		Title:     Words{"电池板发电少", "Panel yields little"},
		Villager:  Words{"太阳能板脏了或被遮住了，发电比别处少。", "The panel is dirty or shaded and gives less than others."},
		Volunteer: Words{"两周来发电一直比邻近的灯少：灰尘、树枝或朝向。", "For two weeks it gave less than its neighbours: dust, a branch or its direction."},
		Bring:     Words{"梯子、清水、软布、修枝剪", "ladder, water, soft cloth, pruning shears"},
		Check:     Words{"先擦板，再看树枝和朝向。", "Clean it first, then look for branches and direction."},
		DependsOn: []device.Fault{device.PanelDead, device.WeatherShortage},
		Fire:      7 * 24 * time.Hour, Clear: 3 * 24 * time.Hour,
	}, {
		Fault: device.SensorSuspect, Kinds: lamp, Severity: Minor,
		Title:     Words{"测量不可信", "Measurement is suspect"},
		Villager:  Words{"路灯上的测量出了问题，灯本身可能没事。", "A sensor of the lamp is wrong; the lamp itself may be fine."},
		Volunteer: Words{"数值一直不变或互相矛盾：传感器或接线坏了。", "Values are frozen or contradict each other: sensor or its wiring."},
		Bring:     Words{"万用表", "multimeter"},
		Check:     Words{"用万用表量一次，和页面上的数值比较。", "Measure once and compare with the page."},
		Fire:      12 * time.Hour, Clear: 24 * time.Hour,
	}, {
		Fault: device.Tampered, Kinds: lamp, Severity: Hazard,
		Title:     Words{"路灯被动过", "Lamp was tampered with"},
		Villager:  Words{"路灯可能被撞歪、打开或被偷，请看一眼。", "The lamp may have been hit, opened or stolen from; please have a look."},
		Volunteer: Words{"灯杆倾斜，或电池突然不见了。", "The pole leans, or the battery is suddenly gone."},
		Bring:     Words{"手电、手机拍照，不要单独去", "torch, a phone for pictures, and a second person"},
		Check:     Words{"先看杆子稳不稳，再看电池箱锁。", "See whether the pole stands firm, then the battery box's lock."},
		Fire:      5 * time.Minute, Clear: time.Hour,
	}, {
		Fault: device.WeatherShortage, Kinds: []string{device.KindVillage, device.KindTown}, Severity: Minor,
		Title:     Words{"阴雨缺电", "Short of sun"},
		Villager:  Words{"连日阴雨，太阳能充不上电，路灯会早些熄灭。", "After days without sun the lamps will go out earlier."},
		Volunteer: Words{"很多灯都缺电，是天气，不是故障，不用上门。", "Many lamps are low: it is the weather, not a fault; nobody needs to go."},
		Bring:     Words{"不用带东西", "nothing"},
		Check:     Words{"等天晴，看哪盏灯没有跟着恢复。", "Wait for the sun and see which lamp does not recover with the others."},
		Fire:      time.Hour, Clear: 24 * time.Hour,
	}}
}
