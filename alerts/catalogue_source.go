package alerts

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

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
