package main

import (
	"strconv"
	"time"
)

// kit is a size of lamp as sold: a stronger one has the larger panel and battery.
// Each gets through an ordinary winter here, which gives a panel of 100 Wp some
// 100 Wh a day; a badly shaded one does not.
type kit struct{ lampW, panelWp, batteryAh int }

var kits = []kit{{8, 50, 36}, {10, 60, 40}, {12, 70, 50}, {15, 90, 60}, {20, 120, 80}}

var suppliers = []string{"示例照明甲厂（虚构）", "示例光电乙厂（虚构）"}

var shades = []string{"open", "open", "open", "trees", "hill", "wall"}

var schedules = []string{
	"dusk+0h:100 dusk+4h:30 dawn:0", "dusk+0h:100 dusk+4h:30 dawn:0", "dusk+0h:100 dusk+4h:30 dawn:0", "dusk+0h:100 dusk+4h:30 dawn:0",
	"motion 20/60", "motion 20/60",
	"dusk+0h:100 dusk+5h:0",
	"dusk+0h:50 dawn:0",
	"dusk+0h:80 dusk+3h:40 dawn-1h30m:60 dawn:0",
	"",
}

func (t *town) lampLines() [][]string {
	lines := [][]string{{
		"lamp", "stage", "batch", "village", "place", "place_kind", "lat", "lon", "panel_wp", "battery_ah", "battery_v",
		"battery_chemistry", "lamp_w", "profile", "gateway", "installed_on", "link", "interval_s", "schedule", "shade", "supplier", "warranty_until",
	}}
	for _, l := range t.lamps {
		line := []string{l.code, "installed", "1", l.place.village.name, l.place.name, l.place.kind, decimal(l.lat), decimal(l.lon)}
		if l.planned {
			line[1], line[2] = "proposed", "2"
			if t.r.IntN(5) < 2 {
				line[1] = "agreed"
			}
		}
		lines = append(lines, append(line, t.equipment(l, line[1])...))
	}
	return lines
}

// equipment gives the columns from panel_wp on. A proposed lamp has none yet.
func (t *town) equipment(l lamp, stage string) []string {
	k := kits[t.r.IntN(len(kits))]
	chemistry, volts, ah := "lifepo4", "12.8", k.batteryAh
	gel := l.at%11 == 5
	if gel {
		chemistry, volts, ah = "gel", "12", k.batteryAh+20
	}
	schedule := schedules[t.r.IntN(len(schedules))]
	interval := []string{"300", "300", "600", "600", ""}[t.r.IntN(5)]
	shade := shades[t.r.IntN(len(shades))]
	supplier := suppliers[l.at%7/4]
	if l.place.kind == "public" {
		k, schedule = kits[len(kits)-1], "dusk+0h:100 dusk+5h:50 dawn:0"
		if !gel {
			ah = k.batteryAh
		}
	}
	size := []string{strconv.Itoa(k.panelWp), strconv.Itoa(ah), volts, chemistry, strconv.Itoa(k.lampW), ""}
	switch stage {
	case "proposed":
		link := ""
		if t.r.IntN(6) == 0 {
			link = "none"
		}
		return []string{"", "", "", "", "", "", "", "", link, "", "", shade, "", ""}
	case "agreed":
		gateway, link := l.place.group.gateway, "gateway"
		if gateway == "" {
			link = "mqtt"
		}
		if t.r.IntN(6) == 0 {
			gateway, link, interval = "", "none", ""
		}
		return append(size, gateway, "", link, interval, schedule, shade, supplier, "")
	}
	on := firstInstalled.AddDate(0, 0, l.at*7/6).Format(time.DateOnly)
	years := 3
	if gel {
		years = 2
	}
	until := firstInstalled.AddDate(years, 0, l.at*7/6).Format(time.DateOnly)
	gateway, link := l.place.group.gateway, "gateway"
	if gateway == "" {
		link = "mqtt"
	}
	return append(size, gateway, on, link, interval, schedule, shade, supplier, until)
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
