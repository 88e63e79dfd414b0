package alerts

import "github.com/yingguang/yingguang/device"

func linkSourcesZH() map[device.Fault]map[string]string {
	return map[device.Fault]map[string]string{
		device.GatewaySilent: {
			"silence_min":       "我们的选择：按观察到的时间算，半小时之内要报",
			"silence_intervals": "我们的选择：连丢三批很少见",
		},
		device.LampSilent: {
			"silence_min":       "我们的选择：按观察到的时间算，5 或 10 分钟一报的灯要在两小时之内报",
			"silence_intervals": "丢失率 10 % 时，连丢四次的机会是万分之一；已知丢得少的灯按三次，丢得多的最多按六次",
			"overdue_h":         "我们的选择：两天且不缺太阳；只是没电的灯，晒一天就会接回来",
			"others_up":         "我们的选择：这么多灯在报数且不缺电，天气够好了",
		},
		device.ClockWrong: {
			"off_min": "消息不会比发出更早到；慢要连续四次读数，或相隔半小时的两次都晚几个小时，且每次晚得一样（差不到一分钟）",
		},
	}
}
