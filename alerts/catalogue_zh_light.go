package alerts

import "github.com/yingguang/yingguang/device"

func lightSourcesZH() map[device.Fault]map[string]string {
	return map[device.Fault]map[string]string{
		device.LampDark: {
			"lit_share":    "“亮着”的定义：用电达到最低一档的五分之一",
			"load_floor_w": "便宜控制器的分流器零点误差约 0.05 安（12 伏），低于它",
			"twilight_min": "北纬 29 度的民用曙暮光持续 24 至 27 分钟，光控都在这段时间里动作",
			"evening_h":    "不知道时间表时：各种调光程序头几小时都亮灯",
			"late_min":     "我们的选择：比它自己的习惯或比曙暮光更晚这么久；光控每晚相差几分钟",
			"wait_min":     "这时太阳已在地平线下 15 度，没有光控会等得更久",
			"others_lit":   "我们的选择：低于它，奇怪的是这个傍晚，不是这盏灯",
		},
		device.LampDim: {
			"dim_share":  "LED 光通维持率的终点是 70 %（IES LM-80，L70）；分流器误差约 5 %",
			"back_share": "我们的选择：两个值之间既不报也不消，免得反复",
		},
		device.LampFlicker: {
			"switches": "光控在曙暮光里会抖几次，时间表一夜开关二到四次",
			"swings":   "我们的选择：短暂停电算两次，换一档算两次，再多就不是它们",
		},
		device.LampDayBurning: {
			"late_min":    "北纬 29 度的民用曙暮光持续 24 至 27 分钟，这时太阳已经升得够高",
			"dull_min":    "我们的选择：太阳能板看到的光少，说明早晨阴暗，最多等这么久",
			"dull_share":  "25 瓦/平方米，约 2500 勒克斯，光控早该关灯",
			"dark_share":  "10 瓦/平方米，约 1000 勒克斯：光控设得最高也不过如此；这样暗就再等，等多久同下面周围的灯",
			"dull_others": "我们的选择：日出后不久还有两盏以上、比这更多的灯亮着，只会是阴暗的早晨",
			"wait_min":    "我们的选择：阴暗的早晨最多让许多灯亮这么久",
		},
		device.LightShort: {
			"debt_min":       "我们的选择：光控的天黑和天亮合起来最多相差一小时，再留余地",
			"debt_share":     "我们的选择：冬天一夜的一个半小时",
			"others_short":   "我们的选择：这么多灯都亮得短，是天气",
			"observed_share": "我们的选择：没有观察到的时段不作证据，至少要看到这么多",
		},
	}
}
