package alerts

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

func lightFaults() []Entry {
	lamp := []string{device.KindLamp}
	return []Entry{{
		Fault: device.LampDark, Kinds: lamp, Residents: true, Severity: Urgent,
		Title:     Words{"灯不亮", "Lamp is dark"},
		Villager:  Words{"天黑了，该亮的路灯没有亮。", "It is night and the lamp that should be lit is not."},
		Volunteer: Words{"电池有电，灯却不亮：多半是灯头、驱动或接线坏了。", "The battery is fine but no light comes: lamp head, driver or wiring."},
		Bring:     Words{"梯子、万用表、备用灯头和驱动、绝缘胶布", "ladder, multimeter, spare lamp head and driver, tape"},
		Check:     Words{"先看接线和保险，再量控制器负载端有没有电压。", "Look at wires and fuse first, then measure the controller's load terminals."},
		DependsOn: []device.Fault{device.BatteryEmpty},
		Fire:      10 * time.Minute, Clear: 10 * time.Minute, Looks: 2, // one reading alone may fall into a switching moment
		Limits: []Threshold{
			{"lit_share", 0.2, "of the lowest scheduled load", "our definition of lit: a fifth of what the lamp draws at its lowest level"},
			{"load_floor_w", 0.5, "W", "shunt offset of cheap controllers, 0.05 A at 12 V, is below it"},
			{"twilight_min", 25, "min", "civil twilight at 29° N lasts 24 to 27 minutes; photo-cells switch within it"},
			{"evening_h", 3, "h", "where no schedule is known: every dimming programme lights the first hours"},
		},
		rule: darkRule,
	}, {
		Fault: device.LampDim, Kinds: lamp, Severity: Minor,
		Title:     Words{"灯光偏暗", "Lamp is dim"},
		Villager:  Words{"路灯亮着，但比应有的暗。", "The lamp is lit, but weaker than it should be."},
		Volunteer: Words{"耗电比计划少很多：灯珠或驱动老化，或灯罩脏了。", "It draws far less than planned: ageing LEDs or driver, or a dirty cover."},
		Bring:     Words{"梯子、抹布、备用驱动", "ladder, cloth, spare driver"},
		Check:     Words{"擦干净灯罩，看有没有灯珠不亮。", "Clean the cover and look for dead LEDs."},
		DependsOn: []device.Fault{device.LampDark, device.BatteryEmpty},
		Fire:      12 * time.Hour, Clear: 12 * time.Hour,
	}, {
		Fault: device.LampFlicker, Kinds: lamp, Residents: true, Severity: Minor,
		Title:     Words{"灯光闪烁", "Lamp flickers"},
		Villager:  Words{"路灯一会儿亮一会儿灭。", "The lamp goes on and off by itself."},
		Volunteer: Words{"一夜开关太多次：接头松动或驱动不稳。", "Too many switchings in a night: a loose connector or an unstable driver."},
		Bring:     Words{"梯子、螺丝刀、接线端子、备用驱动", "ladder, screwdriver, terminals, spare driver"},
		Check:     Words{"先拧紧各处接头。", "Tighten every connector first."},
		DependsOn: []device.Fault{device.BatteryEmpty},
		Fire:      12 * time.Hour, Clear: 24 * time.Hour,
	}, {
		Fault: device.LampDayBurning, Kinds: lamp, Severity: Minor,
		Title:     Words{"白天亮灯", "Lamp burns by day"},
		Villager:  Words{"大白天路灯还亮着，晚上会没电。", "The lamp burns in daylight and will be empty at night."},
		Volunteer: Words{"控制器不知道天亮了：光控或电池板接线有问题。", "The controller does not see daylight: photo-cell or panel wiring."},
		Bring:     Words{"万用表、抹布、说明书", "multimeter, cloth, the controller's manual"},
		Check:     Words{"看电池板有没有被遮住，接线有没有断。", "See whether the panel is covered or its wire broken."},
		Fire:      45 * time.Minute, Clear: 30 * time.Minute,
	}, {
		Fault: device.LightShort, Kinds: lamp, Residents: true, Severity: Major,
		Title:     Words{"亮灯时间不够", "Light too short"},
		Villager:  Words{"路灯亮得比说好的时间短。", "The lamp is lit for less time than promised."},
		Volunteer: Words{"夜里早早熄灭：电不够用，或定时设置不对。", "It goes out early: too little energy, or a wrong timer."},
		Bring:     Words{"万用表、抹布、说明书", "multimeter, cloth, the controller's manual"},
		Check:     Words{"看电池板脏不脏、有没有树遮挡，再查定时设置。", "See whether the panel is dirty or shaded, then check the timer."},
		DependsOn: []device.Fault{device.LampDark, device.BatteryEmpty, device.PanelDead, device.WeatherShortage},
		Fire:      12 * time.Hour, Clear: 24 * time.Hour,
	}}
}
