package registry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yingguang/yingguang/device"
)

// personRow is one line of people.csv.
type personRow struct {
	id, name, role, village, place, phone, channels, language string
}

func personColumns() []column[personRow] {
	type r = personRow
	text := func(name string, need bool, f func(*r) *string) column[r] {
		return column[r]{name, need, setText(need, f), getText(f)}
	}
	word := func(name string, need bool, words []string, f func(*r) *string) column[r] {
		return column[r]{name, need, setWord(need, words, f), getText(f)}
	}
	id := func(p *r) *string { return &p.id }
	return []column[r]{
		{"person", true, setCode("person", "人员", true, id), getText(id)},
		text("name", true, func(p *r) *string { return &p.name }),
		word("role", true, []string{string(device.Resident), string(device.Volunteer), string(device.Office), string(device.Supplier)},
			func(p *r) *string { return &p.role }),
		text("village", false, func(p *r) *string { return &p.village }),
		text("place", false, func(p *r) *string { return &p.place }),
		text("phone", false, func(p *r) *string { return &p.phone }),
		{"channels", false, setChannels, func(p *r) string { return p.channels }},
		word("language", false, []string{string(device.Chinese), string(device.English)}, func(p *r) *string { return &p.language }),
	}
}

// Inbox is the channel that is the page itself.
const Inbox = "inbox"

func setChannels(p *personRow, s string) *mistake {
	words := strings.Fields(s)
	p.channels = strings.Join(words, " ")
	for _, c := range words {
		if !isChannel(c) {
			return wrong("not a channel", "want inbox, a channel of the settings such as sms or email:zhang@example.com, or an address such as ntfy://…, separated by spaces",
				"通知方式应为 inbox、配置中的渠道（如 sms、email:zhang@example.com）或 ntfy://… 这样的地址，用空格隔开")
		}
	}
	return nil
}

// isChannel tells the three forms that alerts/notify takes: a name of the settings
// (inbox is always one), name:address, and an address of its own. Whether the
// settings have the name is theirs to say.
func isChannel(c string) bool {
	if strings.Contains(c, "://") {
		return true
	}
	name, address, has := strings.Cut(c, ":")
	plain := strings.IndexFunc(name, func(r rune) bool {
		return r != '-' && r != '_' && !('0' <= r && r <= '9') && !('a' <= r && r <= 'z') && !('A' <= r && r <= 'Z')
	}) < 0
	return plain && name != "" && (!has || address != "")
}

// readPeople reads people.csv against the places that there are or will be.
func readPeople(file string, data []byte, places map[string]placeRow) ([]row[personRow], []LineError) {
	rows, bad := readTable(file, data, personColumns())
	villages := map[string]bool{}
	for _, p := range places {
		villages[p.village] = true
	}
	lines := map[string]int{}
	for i := range rows {
		r := &rows[i]
		report := func(column, value string, m *mistake) {
			bad = append(bad, m.at(file, r.line, column, value))
			r.bad = true
		}
		if first := lines[r.v.id]; first > 0 && r.v.id != "" {
			report("person", r.v.id, wrong(fmt.Sprintf("this person stands on line %d already", first), "keep one of the two lines", fmt.Sprintf("与第 %d 行重复", first)))
		} else {
			lines[r.v.id] = r.line
		}
		if r.bad {
			continue
		}
		place, known := places[r.v.place]
		switch {
		case r.v.place == "" && r.v.role == string(device.Resident):
			report("place", "", wrong("a resident without a place", "write the place where this person lives, as in lamps.csv", "居民应填写所住的大院"))
		case r.v.place == "":
		case !known:
			report("place", r.v.place, wrong("no lamp stands at a place of this name", "write it as in lamps.csv", "路灯表里没有这个地方"))
		case r.v.village != "" && r.v.village != place.village:
			report("village", r.v.village, wrong(fmt.Sprintf("%s is in %s", r.v.place, place.village), "check both", "村与所住地方不符"))
		}
		if !r.bad && r.v.village != "" && !villages[r.v.village] {
			report("village", r.v.village, wrong("no lamp stands in a village of this name", "write it as in lamps.csv", "路灯表里没有这个村"))
		}
	}
	slices.SortStableFunc(bad, func(a, b LineError) int { return a.Line - b.Line })
	return rows, bad
}

// person turns a checked row into what the other rooms know.
func (p *personRow) person() device.Person {
	out := device.Person{
		ID: device.PersonID(p.id), Name: p.name, Role: device.Role(p.role), Village: device.Village(p.village),
		Place: device.PlaceID(p.place), Phone: p.phone, Channels: strings.Fields(p.channels), Language: device.Language(p.language),
	}
	if len(out.Channels) == 0 {
		out.Channels = []string{Inbox}
	}
	if out.Language == "" {
		out.Language = device.Chinese
	}
	return out
}
