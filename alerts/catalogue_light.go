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
		Explains:  []device.Fault{device.LightShort, device.LampDim},
		Limit:     20 * time.Minute,
		Fire:      5 * time.Minute, Clear: 10 * time.Minute, Looks: 2, // one reading alone may fall into a switching moment
		Limits: []Threshold{
			{"lit_share", 0.2, "of the lowest scheduled load", "our definition of lit: a fifth of what the lamp draws at its lowest level"},
			{"load_floor_w", 0.5, "W", "shunt offset of cheap controllers, 0.05 A at 12 V, is below it"},
			{"twilight_min", 25, "min", "civil twilight at 29° N lasts 24 to 27 minutes; photo-cells switch within it"},
			{"evening_h", 3, "h", "where no schedule is known: every dimming programme lights the first hours"},
			{"late_min", 10, "min", "our choice: later than its own custom, or than twilight, since photo-cells differ by some minutes from evening to evening"},
			{"wait_min", 75, "min", "the sun is then 15 degrees down: no photo-cell waits longer"},
			{"others_lit", 0.6, "of the lamps around", "our choice: below it the evening is strange, and not the lamp"},
		},
	}, {
		Fault: device.LampDim, Kinds: lamp, Severity: Minor,
		Title:     Words{"灯光偏暗", "Lamp is dim"},
		Villager:  Words{"路灯亮着，但比应有的暗。", "The lamp is lit, but weaker than it should be."},
		Volunteer: Words{"耗电比以往少很多：部分灯珠不亮、驱动老化或接线不良。", "It draws far less than it used to: dead LEDs, an ageing driver or bad wiring."},
		Bring:     Words{"梯子、万用表、备用灯头和驱动", "ladder, multimeter, spare lamp head and driver"},
		Check:     Words{"看有没有灯珠不亮，再拧紧接头，量驱动的输出。", "Look for dead LEDs, tighten the connectors, then measure the driver's output."},
		DependsOn: []device.Fault{device.LampDark, device.BatteryEmpty},
		Explains:  []device.Fault{device.LampDark, device.LightShort},
		Limit:     24 * time.Hour,
		Fire:      45 * time.Minute, Clear: 3 * time.Hour, Looks: 3,
		Limits: []Threshold{
			{"dim_share", 0.78, "of its usual load at the same level", "LED lumen maintenance ends at 70 % (IES LM-80, L70); shunts err by some 5 %"},
			{"back_share", 0.88, "of its usual load", "our choice: between both it is neither, so that it does not come and go"},
		},
	}, {
		Fault: device.LampFlicker, Kinds: lamp, Residents: true, Severity: Minor,
		Title:     Words{"灯光闪烁", "Lamp flickers"},
		Villager:  Words{"路灯一会儿亮一会儿灭。", "The lamp goes on and off by itself."},
		Volunteer: Words{"一夜开关太多次：接头松动或驱动不稳。", "Too many switchings in a night: a loose connector or an unstable driver."},
		Bring:     Words{"梯子、螺丝刀、接线端子、备用驱动", "ladder, screwdriver, terminals, spare driver"},
		Check:     Words{"先拧紧各处接头。", "Tighten every connector first."},
		DependsOn: []device.Fault{device.BatteryEmpty},
		Explains:  []device.Fault{device.LampDark, device.LampDim, device.LightShort},
		Limit:     24 * time.Hour,
		Clear:     20 * time.Hour,
		Limits: []Threshold{
			{"switches", 8, "a night, above three times its usual", "a photo-cell chatters a few times in twilight; a schedule switches two to four times"},
			{"swings", 5, "changes seen in the lit hours", "our choice: two come of a short outage, two of a step of the schedule"},
		},
	}, {
		Fault: device.LampDayBurning, Kinds: lamp, Severity: Minor,
		Title:     Words{"白天亮灯", "Lamp burns by day"},
		Villager:  Words{"大白天路灯还亮着，晚上会没电。", "The lamp burns in daylight and will be empty at night."},
		Volunteer: Words{"控制器不知道天亮了：光控或太阳能板接线有问题。", "The controller does not see daylight: photo-cell or panel wiring."},
		Bring:     Words{"万用表、抹布、说明书", "multimeter, cloth, the controller's manual"},
		Check:     Words{"看太阳能板有没有被遮住，接线有没有断。", "See whether the panel is covered or its wire broken."},
		Explains:  []device.Fault{device.BatteryEmpty, device.LightShort},
		Limit:     time.Hour,
		Fire:      30 * time.Minute, Clear: 30 * time.Minute,
		Limits: []Threshold{
			{"late_min", 30, "min after sunrise, or after its own custom", "civil twilight lasts 24 to 27 minutes at 29° N: the sun is then well up"},
			{"dull_min", 50, "min after sunrise", "our choice: so long a panel that sees little says that the morning is dark"},
			{"dull_share", 0.025, "of the panel's peak", "25 W/m2, some 2,500 lux: photo-cells have long put lamps out"},
			{"dark_share", 0.01, "of the panel's peak", "10 W/m2, some 1,000 lux: the brightest that photo-cells are set to; as long as the lamps around may keep one waiting"},
			{"dull_others", 0.05, "of the lamps around", "our choice: two and more than these are lit so soon after sunrise only on a dark morning"},
			{"wait_min", 100, "min after sunrise", "our choice: so long a dark morning may keep many lamps lit"},
		},
	}, {
		Fault: device.LightShort, Kinds: lamp, Residents: true, Severity: Major,
		Title:     Words{"亮灯时间不够", "Light too short"},
		Villager:  Words{"路灯亮得比说好的时间短。", "The lamp is lit for less time than promised."},
		Volunteer: Words{"夜里早早熄灭：电不够用，或定时设置不对。", "It goes out early: too little energy, or a wrong timer."},
		Bring:     Words{"万用表、抹布、说明书", "multimeter, cloth, the controller's manual"},
		Check:     Words{"看太阳能板脏不脏、有没有树遮挡，再查定时设置。", "See whether the panel is dirty or shaded, then check the timer."},
		DependsOn: []device.Fault{device.LampDark},
		Explains:  []device.Fault{device.LampDark},
		Limit:     24 * time.Hour,
		Clear:     20 * time.Hour,
		Limits: []Threshold{
			{"debt_min", 75, "min", "our choice: dusk and dawn of photo-cells together differ by up to an hour, and a margin"},
			{"debt_share", 0.15, "of what was promised", "our choice: an hour and a half of a winter's night"},
			{"others_short", 0.25, "of the lamps around", "our choice: when so many are short, it is the weather"},
			{"observed_share", 0.6, "of the promised hours", "our choice: hours that nobody observed are no evidence, so most must have been"},
		},
	}}
}
