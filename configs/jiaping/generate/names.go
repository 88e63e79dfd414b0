package main

import (
	"math/rand/v2"
	"slices"
)

// Courtyards are named as hamlets there are: a hill, a field or a family. The
// combinations are invented; some will exist somewhere.
var (
	firsts   = []string{"石", "黄桷", "青杠", "白", "红", "大", "小", "上", "下", "新", "长", "高", "双", "龙", "凤", "凉", "楠竹", "柏树", "桂花", "核桃", "瓦厂", "油房", "土地", "观音", "响水", "麻柳", "皂角", "沙", "茶", "桐子", "枇杷", "红椿", "松", "柳", "铜锣", "云", "金", "马颈"}
	seconds  = []string{"坝", "湾", "岩", "坪", "沟", "堰塘", "田", "坡", "嘴", "岭", "垭口", "井", "桥", "坎", "林", "坳", "滩", "梁", "洞", "屋基"}
	families = []string{"张", "王", "李", "陈", "刘", "杨", "周", "吴", "罗", "何", "唐", "曾", "邓", "彭", "蒋", "余", "程", "石", "霍", "夏", "封", "阳", "代", "庞"}
	homes    = []string{"家大院", "家湾", "家老院", "家新房子", "家坝", "家祠堂院"}
)

// courtyardNames gives every name once, in an order of its own.
func courtyardNames(r *rand.Rand) []string {
	var names []string
	for _, a := range firsts {
		for _, b := range seconds {
			names = append(names, a+b+"大院")
		}
	}
	for _, f := range families {
		for _, h := range homes {
			names = append(names, f+h)
		}
	}
	// The well-known ones stand first, so that JP-0001 is easy to remember.
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	first := slices.Index(names, "石坝大院")
	names[0], names[first] = names[first], names[0]
	return names
}

var digits = []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// numeral writes 1 to 199 in Chinese.
func numeral(n int) string {
	switch {
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + digits[n-10]
	case n < 100:
		return digits[n/10] + "十" + digits[n%10]
	case n%100 == 0:
		return digits[n/100] + "百"
	case n%100 < 10:
		return digits[n/100] + "百零" + digits[n%100]
	case n%100 < 20:
		return digits[n/100] + "百一" + numeral(n%100)
	}
	return digits[n/100] + "百" + numeral(n%100)
}
