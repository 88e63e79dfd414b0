package alerts

import (
	"time"

	"github.com/yingguang/yingguang/device"
)

func linkFaults() []Entry {
	lamp := []string{device.KindLamp}
	return []Entry{{
		Fault: device.GatewaySilent, Kinds: []string{device.KindGateway}, Severity: Urgent,
		Title:     Words{"网关失联", "Gateway is silent"},
		Villager:  Words{"这一片路灯的信号断了，灯可能还亮着。", "The lamps of this area cannot be heard; they may well be lit."},
		Volunteer: Words{"网关没有消息：停电、断网或天线坏了，它后面的灯不用一盏盏去看。", "The gateway gives no word: power, network or aerial; its lamps need no visit each."},
		Bring:     Words{"手机、备用电源、网线", "phone, spare power supply, network cable"},
		Check:     Words{"看网关的指示灯，断电再通电一次。", "Look at the gateway's lights, then switch it off and on once."},
		Explains:  []device.Fault{device.LampSilent},
		Limit:     30 * time.Minute,
		Fire:      5 * time.Minute, Clear: time.Minute,
		Limits: []Threshold{
			{"silence_min", 24, "min", "our choice: observed time; fires within half an hour"},
			{"silence_intervals", 4, "of its usual pauses", "our choice: three batches lost in a row are rare"},
		},
	}, {
		Fault: device.LampSilent, Kinds: lamp, Severity: Minor,
		Title:     Words{"路灯失联", "Lamp is silent"},
		Villager:  Words{"收不到这盏路灯的消息，灯可能还亮着。", "Nothing is heard from this lamp; it may well be lit."},
		Volunteer: Words{"很久没有消息：信号、通信模块或控制器的问题。", "No word for a long time: signal, modem or controller."},
		Bring:     Words{"手机、万用表、备用通信模块", "phone, multimeter, spare modem"},
		Check:     Words{"晚上先看灯亮不亮，再看天线和模块指示灯。", "See at night whether it is lit, then look at aerial and modem."},
		DependsOn: []device.Fault{device.GatewaySilent, device.BatteryEmpty},
		Limit:     2 * time.Hour,
		Limits: []Threshold{
			{"silence_min", 110, "min", "our choice: observed time; within two hours at 5 or 10 minutes' reporting"},
			{"silence_intervals", 4, "intervals", "at 10 % loss four in a row are 1 in 10,000; a lamp that is known to lose fewer is given three, one that loses more up to six"},
			{"overdue_h", 48, "h observed, of a lamp whose battery ran out", "our choice: two days and no shortage: one day of sun connects again what is only empty"},
			{"others_up", 0.6, "of the lamps around", "our choice: so many report and are not low: the weather was good enough"},
		},
	}, {
		Fault: device.ClockWrong, Kinds: lamp, Severity: Minor,
		Title:     Words{"时钟不准", "Clock is wrong"},
		Villager:  Words{"路灯的时钟不准，开关灯的时间可能不对。", "The lamp's clock is wrong; it may switch at the wrong time."},
		Volunteer: Words{"控制器的时间差了很多：要重新校时，或换纽扣电池。", "The controller's time is far off: set it, or change its coin cell."},
		Bring:     Words{"说明书、纽扣电池", "the controller's manual, a coin cell"},
		Check:     Words{"校时后等下一条消息，看页面上的时间。", "Set it, wait for the next reading and look at its time on the page."},
		Explains:  []device.Fault{device.LampDark, device.LampDayBurning, device.LightShort, device.LampSilent},
		Limit:     time.Hour,
		Fire:      8 * time.Minute, Clear: 30 * time.Minute, Looks: 2,
		Limits: []Threshold{{"off_min", 5, "min ahead, or 15 behind", "no way makes a message earlier than it was sent; behind counts from four readings in a row, or two half an hour apart that are hours late, all late by the same to a minute"}},
	}}
}
