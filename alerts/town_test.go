package alerts

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// testTown is a roster in memory.
type testTown struct {
	lamps     map[device.LampID]device.Lamp
	people    map[device.PersonID]device.Person
	duty      map[device.PlaceID][]device.PersonID
	followers map[device.LampID][]device.PersonID
}

func newTestTown() *testTown {
	t := &testTown{
		lamps: map[device.LampID]device.Lamp{}, people: map[device.PersonID]device.Person{},
		duty: map[device.PlaceID][]device.PersonID{}, followers: map[device.LampID][]device.PersonID{},
	}
	for _, p := range []device.Person{
		{ID: "V-01", Name: "示例·杨", Role: device.Volunteer, Language: device.Chinese},
		{ID: "V-02", Name: "示例·周", Role: device.Volunteer, Language: device.English},
		{ID: "V-03", Name: "示例·吴", Role: device.Volunteer},
		{ID: "R-01", Name: "示例·陈", Role: device.Resident},
		{ID: "R-02", Name: "示例·李", Role: device.Resident, Language: device.English},
		{ID: "O-01", Name: "示例·赵", Role: device.Office},
		{ID: "O-02", Name: "示例·孙", Role: device.Office},
	} {
		t.people[p.ID] = p
	}
	t.duty["石坝大院"] = []device.PersonID{"V-01", "V-02"}
	t.duty["新湾大院"] = []device.PersonID{"V-03"}
	t.followers["JP-0007"] = []device.PersonID{"R-01", "R-02"}
	t.add("JP-0007", "石坝大院", "")
	t.add("JP-0008", "石坝大院", "GW-01")
	t.add("JP-0009", "新湾大院", "GW-01")
	t.add("JP-0010", "新湾大院", "GW-01")
	t.add("JP-0011", "无人大院", "")
	return t
}

func (t *testTown) add(id device.LampID, place device.PlaceID, gw device.GatewayID) {
	schedule, err := device.ParseSchedule("dusk+0h:100 dawn:0")
	if err != nil {
		panic(err)
	}
	t.lamps[id] = device.Lamp{
		ID: id, Stage: device.Installed, Lat: 29, Lon: 106.3, LampW: 20, BatteryV: 12.8, BatteryChemistry: "lifepo4", Gateway: gw,
		Interval: 5 * time.Minute, Schedule: schedule, Place: device.Place{ID: place, Name: string(place), Village: "大垭村"},
	}
}

func (t *testTown) Lamp(id device.LampID) (device.Lamp, bool) { l, ok := t.lamps[id]; return l, ok }
func (t *testTown) Person(id device.PersonID) (device.Person, bool) {
	p, ok := t.people[id]
	return p, ok
}
func (t *testTown) Followers(id device.LampID) []device.Person { return t.named(t.followers[id]) }
func (t *testTown) OnDuty(p device.PlaceID, _ device.Millis) []device.Person {
	return t.named(t.duty[p])
}
func (t *testTown) Office() []device.Person { return t.named([]device.PersonID{"O-01", "O-02"}) }

func (t *testTown) Behind(gw device.GatewayID) []device.Lamp {
	var out []device.Lamp
	for _, l := range t.lamps {
		if l.Gateway == gw {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b device.Lamp) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (t *testTown) named(ids []device.PersonID) []device.Person {
	var out []device.Person
	for _, id := range ids {
		out = append(out, t.people[id])
	}
	return out
}

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return z
}
