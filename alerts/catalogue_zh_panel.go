package alerts

import "github.com/yingguang/yingguang/device"

func panelSourcesZH() map[device.Fault]map[string]string {
	return map[device.Fault]map[string]string{
		device.PanelDead: {
			"sun_h":       "冬天阴日的一半（PVGIS，重庆十二月：每天 0.8 至 1.1）",
			"hours":       "我们的选择：要几个小时，一片影子不算",
			"dead_share":  "漏电和分流器的零点误差",
			"alive_share": "三分之一的电池串还能发更多",
			"daylight_h":  "太阳升到 15 度以上，再阴的天开路电压也不会低于四分之一（单二极管模型：10 瓦/平方米时为 60 %）",
		},
		device.PanelLowYield: {
			"low_share":      "每月 5 至 10 % 的积灰和季节变化都在 0.87 以上（IEA PVPS T13-21:2022）；树枝或厚灰会少三分之一以上",
			"back_share":     "我们的选择：被雨或人洗干净了",
			"day_share":      "多云的日子上下浮动约 15 %",
			"days":           "我们的选择：三天，每天都要有足够的太阳",
			"poor_share":     "与没有遮挡的板相比：方向相差不到 90 度不会少这么多",
			"sun_h":          "我们的选择：阴天并到下一天一起算",
			"faintest":       "20 瓦/平方米：更低时零点误差就要算数",
			"clear_share":    "从这里起以直射为主，板的方向才要紧（Erbs 等，1982）",
			"learn_days":     "我们的选择：在此之前没有“平常”可言",
			"trusted_share":  "我们的选择：低于它就不再学习，不能让脏成为平常",
			"lead_full_v":    "浮充电压 13.6 伏：从这里起充电受限",
			"lifepo4_full_v": "浮充 13.6 伏，平台到 3.35 伏为止",
			"full_soc_pct":   "按积算的电量，从这里起充电渐少",
		},
		device.SensorSuspect: {
			"fine_v":     "10 位或更好的转换器；每次读数都有噪声让它动",
			"fine_h":     "中间隔着一夜用电和一天充电：磷酸铁锂也有约 0.1 伏",
			"coarse_h":   "0.1 伏一步的表在磷酸铁锂平台上会几天不动（模拟，每单体 3.28 至 3.33 伏）",
			"never_h":    "我们的选择：从没见它动过的电压表，不知道它一步多大",
			"looks":      "我们的选择：电流先朝一个方向，再朝另一个方向",
			"leap_pct":   "0.6 C：这些板和灯动不了这么多",
			"leaps":      "我们的选择：一次是校准；接近充满和用完时常有",
			"flow_share": "电量表按 1 % 一步计数",
			"night_a":    "月光只有太阳的百万分之一；分流器的零点误差低于 0.05 安。夜里流进电池、数值一动不动的电流也算",
			"night_w":    "同上，12 伏时",
			"most_share": "云边反射可到 1.5 倍（Järvelä 等，2020）",
			"zero_share": "还有电流的电池，电压要更高",
		},
		device.Tampered: {
			"lean_deg":      "灯杆安装偏差在 1 % 以内，即 0.6 度（GB 50168）；偏 8 度肉眼可见，风吹不出来",
			"fall_deg":      "看一次就够：加速度计按一秒平均，没有风能把 6 米杆吹成这样",
			"back_deg":      "我们的选择：约为报警值的一半",
			"gone_share":    "一个上报间隔里从有电到一半：用电做不到，剪线才会",
			"silent_nights": "我们的选择：白天有消息，天黑到天亮没有，之前电池好好的：它只靠太阳能板活着",
		},
		device.WeatherShortage: {
			"low_share":     "不到半夜的电，撑不到天亮；灯按三至四个无日照天设计（GB/T 24907：三个阴雨天）",
			"lamps_share":   "我们的选择：一半，单盏灯的故障做不到",
			"back_share":    "我们的选择：五分之一可能另有原因",
			"lamps":         "我们的选择：再少就不成一个村",
			"sun_h":         "这里的灯按每天 2 至 2.5 设计（PVGIS，重庆：十二月 1.2，八月 4.5）",
			"deficit_share": "我们的选择：一周里用掉而没有补上；加上之前缺的，电池一定空了",
		},
	}
}
