package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const residents = 60

// peopleLines gives office, residents, suppliers and volunteers, by code. It
// also tells each group its volunteers.
func (t *town) peopleLines() [][]string {
	var lines [][]string
	number := 0
	add := func(code, role, village, place, language string) {
		number++
		name := "示例·" + families[number%len(families)] + numeral(number)
		if language == "en" {
			name = fmt.Sprintf("Sample·Person %d", number)
		}
		lines = append(lines, []string{code, name, role, village, place, fmt.Sprintf("000-0000-%04d", number), "inbox", language})
	}
	for g, group := range t.groups {
		group.people = nil
		for range 2 + g%2 {
			code := fmt.Sprintf("V-%02d", number+1)
			group.people = append(group.people, code)
			add(code, "volunteer", t.villageOf(group), "", "zh")
		}
	}
	homes := t.homes()
	for n := range residents {
		language := "zh"
		if n == 1 {
			language = "en"
		}
		home := homes[n*len(homes)/residents]
		add(fmt.Sprintf("R-%02d", n+1), "resident", home.village.name, home.name, language)
	}
	for n := range 3 {
		add(fmt.Sprintf("O-%02d", n+1), "office", "场镇", "", "zh")
	}
	for n := range suppliers {
		add(fmt.Sprintf("S-%02d", n+1), "supplier", "", "", "zh")
	}
	slices.SortFunc(lines, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return append([][]string{{"person", "name", "role", "village", "place", "phone", "channels", "language"}}, lines...)
}

// homes gives the courtyards where a lamp stands, in the order of the lamps.
func (t *town) homes() []place {
	var out []place
	for _, l := range t.lamps {
		if !l.planned && l.place.kind == "courtyard" {
			out = append(out, l.place)
		}
	}
	return out
}

func (t *town) villageOf(g *group) string {
	for _, l := range t.lamps {
		if l.place.group == g {
			return l.place.village.name
		}
	}
	return ""
}

// dutyLines gives each place with a standing lamp the volunteers of its group,
// taking turns at being asked first. A third one helps in the dark months.
func (t *town) dutyLines() [][]string {
	var lines [][]string
	for _, l := range t.lamps {
		if l.planned {
			continue
		}
		people := l.place.group.people
		for rank := range people {
			line := []string{l.place.name, people[(l.at+rank)%len(people)], strconv.Itoa(rank + 1), "", ""}
			if rank == 2 {
				line[3], line[4] = "2026-10-01", "2027-03-31"
			}
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b []string) int { return slices.Compare([]string{a[0], a[2], a[1]}, []string{b[0], b[2], b[1]}) })
	return append([][]string{{"place", "person", "rank", "from", "until"}}, lines...)
}
