package alerts

import "github.com/yingguang/yingguang/device"

// The catalogue writes a figure's unit and source in English beside its value; here they stand in Chinese, so
// that a row of the catalogue stays one line. A test finds what is missing.

// Words gives the unit and the source of one of a fault's figures in both languages.
func (t *Threshold) Words(f device.Fault) (unit, source Words) {
	zh := sourcesZH(f)[t.Name]
	if zh == "" {
		zh = stormSourcesZH()[t.Name]
	}
	return Words{unitsZH()[t.Unit], t.Unit}, Words{zh, t.Source}
}

func sourcesZH(f device.Fault) map[string]string {
	for _, family := range [...]map[device.Fault]map[string]string{lightSourcesZH(), batterySourcesZH(), panelSourcesZH(), linkSourcesZH()} {
		if m := family[f]; m != nil {
			return m
		}
	}
	return nil
}

func stormSourcesZH() map[string]string {
	return map[string]string{
		"storm_lamps": "我们的选择：一名志愿者照看的大院灯大约这么多；一盏灯一年一次故障，碰巧同一小时出现这么多几乎不可能",
		"storm_share": "我们的选择：三分之一，说明是一个共同的原因，不是几盏灯碰巧不好",
		"storm_min":   "我们的选择：半小时一报的灯报两次，光控之间也会相差半小时",
		fireName:      "我们的选择：情况要持续这么久才报，一时的读数不算",
		clearName:     "我们的选择：要好了这么久才算好，免得反复",
	}
}

func unitsZH() map[string]string {
	return map[string]string{
		"lamps of a village make one alert":    "盏，同一村有这么多就合成一个告警",
		"of its reporting lamps":               "占该村在报数的灯",
		"min from one to the other":            "分钟，前后两盏之间",
		"of the lowest scheduled load":         "占最低一档的用电",
		"W":                                    "瓦",
		"h":                                    "小时",
		"min":                                  "分钟",
		"of the lamps around":                  "占周围的灯",
		"of its usual load at the same level":  "占同一亮度下平常的用电",
		"of its usual load":                    "占平常的用电",
		"a night, above three times its usual": "次/夜，在平常次数的三倍以上另加",
		"changes seen in the lit hours":        "次，在该亮的时段里看到的变化",
		"min after sunrise, or after its own custom": "分钟，日出后，或晚于它自己的习惯",
		"min after sunrise":                          "分钟，日出后",
		"of the panel's peak":                        "占太阳能板峰值",
		"of what was promised":                       "占该亮的时长",
		"of the promised hours":                      "占该亮的时段",
		"V per 2 V cell":                             "伏/2 伏单体",
		"V per 2 V cell, under load":                 "伏/2 伏单体，亮灯时",
		"V per 2 V cell, load off":                   "伏/2 伏单体，不亮灯时",
		"V per 2 V cell at 25 °C":                    "伏/2 伏单体，25 °C 时",
		"V per cell and K off 25 °C, up to 35 °C":    "伏/单体，离 25 °C 每差 1 度，最高算到 35 °C",
		"V per 3.2 V cell":                           "伏/3.2 伏单体",
		"V per 3.2 V cell, under load":               "伏/3.2 伏单体，亮灯时",
		"V per 3.2 V cell, load off":                 "伏/3.2 伏单体，不亮灯时",
		"%":                                          "%",
		"V per hour and 6 cells of 2 V, at one load": "伏/小时（6 个 2 伏单体），用电不变时",
		"°C": "°C",
		"K above three quarters of the batteries around":                  "度，比周围四分之三的电池高",
		"of its nominal energy":                                           "占标称电量",
		"of its resistance in the first nights, cold and season left out": "倍，与最初几夜的内阻相比，不算寒冷和季节",
		"V per 3.2 V cell, without what its resistance takes":             "伏/3.2 伏单体，扣除内阻的压降",
		"V at once, of a lead battery":                                    "伏，铅酸电池一下子跌的",
		"Wh per Wp of the neighbours' median":                             "瓦时/峰瓦，邻近灯的中位数",
		"of the neighbours' median":                                       "占邻近灯的中位数",
		"h after sunrise and before sunset":                               "小时，日出后和日落前",
		"of the usual share, over a week":                                 "占平常的份额，按一周",
		"of the usual share, in a day":                                    "占平常的份额，按一天",
		"low days in a row":                                               "天，连续偏低",
		"of what neighbours give, in even light":                          "占邻近灯所发，光均匀时",
		"h of even light":                                                 "小时，光均匀的",
		"h of ample, even light make a day":                               "小时充足而均匀的光算一天",
		"W per Wp":                                                        "瓦/峰瓦",
		"natural logarithm: half of what lies between the best and the worst, a seventh left out at either end": "自然对数：两头各去掉七分之一，最好与最差之差的一半",
		"of a clear sky":                      "占晴空的辐照",
		"standard deviation of the logarithm": "自然对数的标准差",
		"days":                                "天",
		"V, the finest step a voltmeter ever made":       "伏，电压表最细的一步",
		"h without a change":                             "小时，一直不变",
		"readings lit, and as many in the sun":           "次读数，亮灯时和晒太阳时各这么多",
		"% from one reading to the next, and 60 an hour": "%，相邻两次之间，且每小时 60",
		"leaps among a dozen calm readings each":         "次跳变，每次前后有十来个平稳读数",
		"of the battery's Ah while the gauge stands":     "占电池安时数，而电量表不动",
		"A from the panel by night":                      "安，夜里来自太阳能板",
		"W from the panel by night":                      "瓦，夜里来自太阳能板",
		"of the panel's Wp":                              "占太阳能板峰瓦",
		"of the nominal voltage":                         "占标称电压",
		"° from how it stood, twice":                     "度，与原来的姿态相比，连续两次",
		"° from how it stood, once":                      "度，与原来的姿态相比，一次就算",
		"° from how it stood":                            "度，与原来的姿态相比",
		"nights in a row":                                "夜，连续",
		"of the usable charge is little":                 "占可用电量，低于它算缺电",
		"of the lamps whose charge is known":             "占知道电量的灯",
		"of the lamps":                                   "占灯数",
		"lamps of which it is known":                     "盏，知道电量的灯",
		"Wh per Wp a day, over three days":               "瓦时/峰瓦/天，按三天",
		"of the usable charge":                           "占可用电量",
		"of its usual pauses":                            "倍，平常的间隔",
		"intervals":                                      "个上报间隔",
		"h observed, of a lamp whose battery ran out":    "小时（观察到的），电池用完的灯",
		"min ahead, or 15 behind":                        "分钟，快；慢则 15 分钟",
	}
}
