package alerts

import "github.com/yingguang/yingguang/device"

func batterySourcesZH() map[device.Fault]map[string]string {
	const (
		lead = "12 伏电池断开 11.1 伏、告警 12.0 伏、恢复 12.6 伏：常见太阳能控制器（EPEVER LandStar、Tracer）的出厂值"
		lfp  = "单体告警 2.9 伏、保护 2.7 伏、恢复 3.1 伏：常见磷酸铁锂保护板（Seplos 3.0）的出厂值；静置 3.18 伏时电量不足 10 %"
	)
	return map[device.Fault]map[string]string{
		device.BatteryEmpty: {
			"lead_cutoff_v": lead, "lead_low_v": lead, "lead_rest_v": lead, "lead_back_v": lead,
			"lead_ample_v":     "半满：12 伏电池的 12.3 伏",
			"lifepo4_cutoff_v": lfp, "lifepo4_low_v": lfp, "lifepo4_rest_v": lfp, "lifepo4_back_v": lfp,
			"lifepo4_ample_v": "在拐点以上：还剩约 40 %",
			"soc_empty_pct":   "我们的选择：只在由 BMS 或积算得来、或没有电压时才信",
			"soc_back_pct":    "我们的选择：远高于一夜头一个小时的用电",
			"fall_v_h":        "C/20 放电在拐点之前每小时降 0.07 伏",
		},
		device.BatteryOverheat: {
			"hot_c":         "磷酸铁锂说明书（宁德时代、亿纬）的最高放电温度；铅酸厂家写 50",
			"odd_c":         "高于重庆夏天阴处电池箱的 42 °C",
			"over_others_k": "我们的选择：晒着和阴着的箱子相差约 8 度，再留余地",
		},
		device.BatteryOvervoltage: {
			"lead_v":    "高于任何均衡充电：25 °C 时 14.6 至 14.8 伏（EPEVER、Victron）",
			"lead_v_k":  "常见控制器的温度补偿：3 毫伏；35 °C 以上再降，就接近没有补偿的均衡充电了",
			"lifepo4_v": "充电到 3.65 伏为止，BMS 从 3.75 伏起保护",
		},
		device.BatteryAging: {
			"depth_share":      "充满后放出不到这么多就低了：寿命终点是 80 %（IEC 61427-1），再为冷天和虚标留余地",
			"gauge_share":      "我们的选择：按 BMS 自己的电量表看几夜，它读到 1 %",
			"sound_share":      "我们的选择：它放出的，或电量表说的，已经够了",
			"plateau_v":        "磷酸铁锂静置时这时只剩 20 % 至 40 %，还剩三分之二时不低于 3.28 伏（亿纬、宁德时代规格书）",
			"plateau_share":    "充满后只放出这么一点就这么低：0.6 里只有 0.32，只剩该有的一半",
			"resistance_times": "铅酸和磷酸铁锂单体寿命终点约两倍；IEEE 1188 从 1.3 至 1.5 倍起就要检查",
			"dead_cell_v":      "一个 2 伏单体的电压是 1.75 至 2.1 伏，再留余地",
		},
	}
}
