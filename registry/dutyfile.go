package registry

import (
	"fmt"
	"slices"

	"github.com/yingguang/yingguang/device"
)

// dutyRow is one line of duty.csv. The days are the first and the last on duty,
// empty where that end is open.
type dutyRow struct {
	place, person string
	rank          int64
	from, until   string
}

type dutyKey struct{ place, person, from string }

func (d *dutyRow) key() dutyKey { return dutyKey{d.place, d.person, d.from} }

func dutyColumns() []column[dutyRow] {
	type r = dutyRow
	place, person := func(d *r) *string { return &d.place }, func(d *r) *string { return &d.person }
	rank := func(d *r) *int64 { return &d.rank }
	from, until := func(d *r) *string { return &d.from }, func(d *r) *string { return &d.until }
	return []column[r]{
		{"place", true, setText(true, place), getText(place)},
		{"person", true, setCode("person", "人员", true, person), getText(person)},
		{"rank", true, setWhole(true, 1, 99, rank), getWhole(rank)},
		{"from", false, setDay(from), getText(from)},
		{"until", false, setDay(until), getText(until)},
	}
}

// readDuty reads duty.csv against the places and people that there are or will be.
func readDuty(file string, data []byte, places map[string]placeRow, people map[string]personRow) ([]row[dutyRow], []LineError) {
	rows, bad := readTable(file, data, dutyColumns())
	lines := map[dutyKey]int{}
	for i := range rows {
		r := &rows[i]
		if r.bad {
			continue
		}
		report := func(column, value string, m *mistake) {
			bad = append(bad, m.at(file, r.line, column, value))
			r.bad = true
		}
		if first := lines[r.v.key()]; first > 0 {
			report("person", r.v.person, wrong(fmt.Sprintf("the same place, person and first day stand on line %d already", first), "keep one of the two lines",
				fmt.Sprintf("与第 %d 行重复", first)))
		} else {
			lines[r.v.key()] = r.line
		}
		if _, ok := places[r.v.place]; !ok {
			report("place", r.v.place, wrong("no lamp stands at a place of this name", "write it as in lamps.csv", "路灯表里没有这个地方"))
		}
		switch p, ok := people[r.v.person]; {
		case !ok:
			report("person", r.v.person, wrong("nobody has this code", "write it as in people.csv, and import people.csv first or together", "人员表里没有这个人"))
		case p.role != string(device.Volunteer) && p.role != string(device.Office):
			report("person", r.v.person, wrong("a "+p.role+" cannot be on duty", "make the person a volunteer in people.csv", "只有志愿者或镇办人员可以排班"))
		}
		if r.v.from != "" && r.v.until != "" && r.v.until < r.v.from {
			report("until", r.v.until, wrong("before from, "+r.v.from, "check both days", "结束日早于开始日"))
		}
	}
	slices.SortStableFunc(bad, func(a, b LineError) int { return a.Line - b.Line })
	return rows, bad
}
