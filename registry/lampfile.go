package registry

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// lampRow is one line of lamps.csv, as it stands there. It is comparable, so a
// changed lamp is told by !=.
type lampRow struct {
	id, stage                                string
	batch                                    int64
	village, place, placeKind                string
	lat, lon                                 float64
	panelWp, batteryAh, batteryV             float64
	chemistry                                string
	lampW                                    float64
	profile, gateway, installedOn, link      string
	intervalS                                int64
	schedule, shade, supplier, warrantyUntil string
}

func lampColumns() []column[lampRow] {
	type r = lampRow
	text := func(name string, need bool, f func(*r) *string) column[r] {
		return column[r]{name, need, setText(need, f), getText(f)}
	}
	word := func(name string, need bool, words []string, f func(*r) *string) column[r] {
		return column[r]{name, need, setWord(need, words, f), getText(f)}
	}
	day := func(name string, f func(*r) *string) column[r] {
		return column[r]{name, false, setDay(f), getText(f)}
	}
	number := func(name string, min, max float64, unit string, f func(*r) *float64) column[r] {
		return column[r]{name, false, setNumber(false, min, max, unit, f), getNumber(f)}
	}
	whole := func(name string, min, max int64, f func(*r) *int64) column[r] {
		return column[r]{name, false, setWhole(false, min, max, f), getWhole(f)}
	}
	id, lon := func(l *r) *string { return &l.id }, func(l *r) *float64 { return &l.lon }
	gateway := func(l *r) *string { return &l.gateway }
	schedule := func(l *r) *string { return &l.schedule }
	return []column[r]{
		{"lamp", true, setCode("lamp", "路灯", true, id), getText(id)},
		word("stage", true, stageWords(), func(l *r) *string { return &l.stage }),
		whole("batch", 0, 99, func(l *r) *int64 { return &l.batch }),
		text("village", true, func(l *r) *string { return &l.village }),
		text("place", true, func(l *r) *string { return &l.place }),
		word("place_kind", true, []string{string(device.Courtyard), string(device.Public)}, func(l *r) *string { return &l.placeKind }),
		{"lat", true, setLat, getDecimal(func(l *r) *float64 { return &l.lat })},
		{"lon", true, setNumber(true, -180, 180, "degrees", lon), getDecimal(lon)},
		number("panel_wp", 0, 1000, "W", func(l *r) *float64 { return &l.panelWp }),
		number("battery_ah", 0, 2000, "Ah", func(l *r) *float64 { return &l.batteryAh }),
		number("battery_v", 0, 80, "V", func(l *r) *float64 { return &l.batteryV }),
		word("battery_chemistry", false, []string{"lifepo4", "gel", "lead_acid"}, func(l *r) *string { return &l.chemistry }),
		number("lamp_w", 0, 500, "W", func(l *r) *float64 { return &l.lampW }),
		text("profile", false, func(l *r) *string { return &l.profile }),
		{"gateway", false, setCode("gateway", "网关", false, gateway), getText(gateway)},
		day("installed_on", func(l *r) *string { return &l.installedOn }),
		word("link", false, []string{string(device.LinkMQTT), string(device.LinkGateway), string(device.LinkNone)}, func(l *r) *string { return &l.link }),
		whole("interval_s", 0, 86400, func(l *r) *int64 { return &l.intervalS }),
		{"schedule", false, setSchedule, getText(schedule)},
		text("shade", false, func(l *r) *string { return &l.shade }),
		text("supplier", false, func(l *r) *string { return &l.supplier }),
		day("warranty_until", func(l *r) *string { return &l.warrantyUntil }),
	}
}

func stageWords() []string {
	words := make([]string, len(device.Stages))
	for i, s := range device.Stages {
		words[i] = string(s)
	}
	return words
}

func setLat(l *lampRow, s string) *mistake {
	m := setNumber(true, -90, 90, "degrees", func(l *lampRow) *float64 { return &l.lat })(l, s)
	if v, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(v) > 90 && math.Abs(v) <= 180 {
		return wrong(m.reason, "lat and lon look exchanged", m.chinese+"；经纬度可能写反了")
	}
	return m
}

func setSchedule(l *lampRow, s string) *mistake {
	l.schedule = s
	if _, err := device.ParseSchedule(s); err != nil {
		return wrong(strings.TrimPrefix(err.Error(), fmt.Sprintf("schedule %q: ", s)), "such as dusk+0h:100 dusk+4h:30 dawn:0, or motion 20/60", "亮灯时段写法不对，例如 dusk+0h:100 dusk+4h:30 dawn:0")
	}
	return nil
}

// readLamps reads lamps.csv and checks each line and the lines against each other.
func readLamps(file string, data []byte) ([]row[lampRow], []LineError) {
	rows, bad := readTable(file, data, lampColumns())
	lines := map[string]int{}
	places := map[string]row[lampRow]{}
	for i := range rows {
		r := &rows[i]
		report := func(column, value string, m *mistake) {
			bad = append(bad, m.at(file, r.line, column, value))
			r.bad = true
		}
		if first := lines[r.v.id]; first > 0 && r.v.id != "" {
			report("lamp", r.v.id, wrong(fmt.Sprintf("this lamp stands on line %d already", first), "keep one of the two lines", fmt.Sprintf("与第 %d 行重复", first)))
		} else {
			lines[r.v.id] = r.line
		}
		if r.bad {
			continue
		}
		checkLamp(&r.v, report)
		first, seen := places[r.v.place]
		switch {
		case r.bad:
		case !seen:
			places[r.v.place] = *r
		case first.v.village != r.v.village:
			report("place", r.v.place, wrong(fmt.Sprintf("it is in %s here and in %s on line %d", r.v.village, first.v.village, first.line),
				"two places of one name need two names, such as "+r.v.village+r.v.place, fmt.Sprintf("与第 %d 行的村不同；同名的地方请改用不同的名称", first.line)))
		case first.v.placeKind != r.v.placeKind:
			report("place_kind", r.v.placeKind, wrong(fmt.Sprintf("it is %s on line %d", first.v.placeKind, first.line), "a place has one kind",
				fmt.Sprintf("与第 %d 行的类别不同", first.line)))
		}
	}
	slices.SortStableFunc(bad, func(a, b LineError) int { return a.Line - b.Line })
	return rows, bad
}

func checkLamp(l *lampRow, report func(column, value string, m *mistake)) {
	if l.lat == 0 && l.lon == 0 {
		report("lat", "0", wrong("0, 0 is in the ocean", "write where the lamp stands: the hours of darkness are computed from it", "请填写路灯的经纬度"))
	}
	switch {
	case l.gateway == "" && l.link == string(device.LinkGateway):
		report("gateway", "", wrong("link is gateway but none is named", "name the gateway", "通过网关上报的路灯请填写网关编号"))
	case l.gateway != "" && l.link != "" && l.link != string(device.LinkGateway):
		report("link", l.link, wrong("a gateway is named but link is "+l.link, "write gateway here or empty the gateway column", "填了网关编号，这里应为 gateway"))
	}
	if l.installedOn != "" && l.warrantyUntil != "" && l.warrantyUntil < l.installedOn {
		report("warranty_until", l.warrantyUntil, wrong("before installed_on", "check both days", "保修截止日早于安装日"))
	}
}

// ReadLamps reads a lamps.csv without a database, for simulation and backtest.
// It gives the good lines even where others are bad.
func ReadLamps(r io.Reader, options ...Option) ([]device.Lamp, []LineError) {
	const file = "lamps.csv"
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, []LineError{{File: file, Reason: err.Error()}}
	}
	rows, bad := readLamps(file, data)
	zone := settingsOf(options).zone
	lamps := make([]device.Lamp, 0, len(rows))
	for _, r := range rows {
		if !r.bad {
			lamps = append(lamps, r.v.lamp(zone))
		}
	}
	return lamps, bad
}

// lamp turns a checked row into what the other rooms know.
func (l *lampRow) lamp(zone *time.Location) device.Lamp {
	schedule, _ := device.ParseSchedule(l.schedule) // checked when it came in
	link := device.Link(l.link)
	switch {
	case link != "":
	case l.gateway != "":
		link = device.LinkGateway
	default:
		link = device.LinkMQTT
	}
	return device.Lamp{
		ID: device.LampID(l.id), Stage: device.Stage(l.stage), Batch: int(l.batch),
		Place: device.Place{ID: device.PlaceID(l.place), Name: l.place, Kind: device.PlaceKind(l.placeKind), Village: device.Village(l.village)},
		Lat:   l.lat, Lon: l.lon, PanelWp: l.panelWp,
		BatteryAh: l.batteryAh, BatteryV: l.batteryV, BatteryChemistry: l.chemistry,
		LampW: l.lampW, Profile: l.profile, Gateway: device.GatewayID(l.gateway), InstalledOn: day(l.installedOn, zone),
		Link: link, Interval: time.Duration(l.intervalS) * time.Second, Schedule: schedule,
		Shade: l.shade, Supplier: l.supplier, WarrantyUntil: day(l.warrantyUntil, zone),
	}
}

func day(s string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil {
		return time.Time{}
	}
	return t
}
