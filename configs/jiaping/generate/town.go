package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// village says how many courtyards have a lamp, how many lamps are planned, and
// where its groups of courtyards lie around its centre.
type village struct {
	name, code string
	lat, lon   float64
	groups     int
	courtyards int
	planned    int
	gateways   int // each serves one group
	public     []string
	radiusM    float64 // of the village
	spreadM    float64 // of one group
}

var villages = []village{
	{"大垭村", "DY", 29.0213, 106.2806, 4, 104, 140, 2, []string{"大垭村文化广场", "大垭村村委会", "大垭村卫生室"}, 1500, 190},
	{"紫荆村", "ZJ", 28.9867, 106.3274, 4, 96, 128, 2, []string{"紫荆村文化广场", "紫荆村便民服务中心"}, 1400, 180},
	{"天水村", "TS", 29.0342, 106.3351, 4, 88, 120, 2, []string{"天水村村委会", "天水村水库坝口"}, 1600, 200},
	{"寒坡村", "HP", 28.9622, 106.2741, 3, 70, 130, 2, []string{"寒坡村村委会", "寒坡村观景台"}, 1300, 210},
	{"场镇", "CZ", 29.0024, 106.3019, 1, 30, 40, 0, []string{"场镇广场", "场镇客运站", "场镇农贸市场"}, 200, 260},
}

// group is some two dozen courtyards that look after their lamps together.
type group struct {
	lat, lon float64
	gateway  string
	people   []string // volunteers, by code
}

type place struct {
	name, kind string
	village    *village
	group      *group
}

type lamp struct {
	code     string
	place    place
	lat, lon float64
	planned  bool
	at       int // its number among those of its kind
}

type town struct {
	r      *rand.Rand
	groups []*group
	lamps  []lamp
	names  []string
}

// newTown always makes the same town: first the 400 lamps that stand, village by
// village, then the 558 that are planned.
func newTown() *town {
	t := &town{r: rand.New(rand.NewPCG(400, 558))}
	t.names = courtyardNames(t.r)
	byVillage := map[*village][]*group{}
	for i := range villages {
		v := &villages[i]
		byVillage[v] = t.layOut(v)
	}
	for i := range villages {
		v := &villages[i]
		for n := range v.courtyards {
			t.stand(place{t.name(), "courtyard", v, byVillage[v][n*v.groups/v.courtyards]}, false)
		}
		for n, name := range v.public {
			t.stand(place{name, "public", v, byVillage[v][n%v.groups]}, false)
		}
	}
	for i := range villages {
		v := &villages[i]
		for n := range v.planned {
			if n%5 == 4 { // a large courtyard asks for a second lamp
				t.standNear(t.lamps[len(t.lamps)-1])
				continue
			}
			t.stand(place{t.name(), "courtyard", v, byVillage[v][t.r.IntN(v.groups)]}, true)
		}
	}
	return t
}

func (t *town) name() string {
	name := t.names[0]
	t.names = t.names[1:]
	return name
}

// layOut puts a village's groups around its centre, like slices of a cake.
func (t *town) layOut(v *village) []*group {
	var out []*group
	turn := t.r.Float64() * 2 * math.Pi
	for n := range v.groups {
		angle := turn + 2*math.Pi*(float64(n)+0.3*t.r.Float64())/float64(v.groups)
		g := new(group)
		g.lat, g.lon = shift(v.lat, v.lon, v.radiusM*(0.5+0.4*t.r.Float64()), angle)
		if n >= v.groups-v.gateways {
			g.gateway = fmt.Sprintf("GW-%s-%02d", v.code, n-(v.groups-v.gateways)+1)
		}
		out = append(out, g)
	}
	t.groups = append(t.groups, out...)
	return out
}

// stand puts a lamp at a spot of its own, stretched along the valley.
func (t *town) stand(p place, planned bool) {
	spread := p.village.spreadM
	if planned {
		spread *= 2.2
	}
	for {
		lat, lon := shift(p.group.lat, p.group.lon, math.Abs(t.r.NormFloat64())*spread, t.r.Float64()*2*math.Pi)
		lat = round6(p.group.lat + (lat-p.group.lat)*0.7)
		lon = round6(lon)
		if t.put(p, lat, lon, planned) {
			return
		}
	}
}

// standNear plans a second lamp for the courtyard of another.
func (t *town) standNear(o lamp) {
	for {
		lat, lon := shift(o.lat, o.lon, closestM+30*t.r.Float64(), t.r.Float64()*2*math.Pi)
		if t.put(o.place, round6(lat), round6(lon), true) {
			return
		}
	}
}

// put says whether the spot was free.
func (t *town) put(p place, lat, lon float64, planned bool) bool {
	if !t.free(lat, lon) {
		return false
	}
	at := len(t.lamps)
	t.lamps = append(t.lamps, lamp{fmt.Sprintf("JP-%04d", at+1), p, lat, lon, planned, at})
	return true
}

const closestM = 18

func (t *town) free(lat, lon float64) bool {
	for _, o := range t.lamps {
		dy := (lat - o.lat) * metresPerDegree
		dx := (lon - o.lon) * metresPerDegree * math.Cos(lat*math.Pi/180)
		if dx*dx+dy*dy < closestM*closestM {
			return false
		}
	}
	return true
}

const metresPerDegree = 111_320

func shift(lat, lon, metres, angle float64) (float64, float64) {
	return lat + metres*math.Sin(angle)/metresPerDegree, lon + metres*math.Cos(angle)/(metresPerDegree*math.Cos(lat*math.Pi/180))
}

func round6(x float64) float64 { return math.Round(x*1e6) / 1e6 }

var firstInstalled = time.Date(2025, 3, 10, 0, 0, 0, 0, time.UTC)
