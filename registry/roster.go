package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yingguang/yingguang/device"
)

// snapshot is the town in memory. It is never changed, only replaced, so that
// asking it costs a map look-up for every reading.
type snapshot struct {
	zone      *time.Location
	lamps     []device.Lamp // by ID
	byLamp    map[device.LampID]int
	behind    map[device.GatewayID][]int // indexes of lamps
	places    map[device.PlaceID]device.Place
	people    map[device.PersonID]device.Person
	duty      map[device.PlaceID][]shift // first asked first
	followers map[device.LampID][]device.Person
}

// shift is one line of the rota.
type shift struct {
	person      device.PersonID
	from, until string // days
}

// refresh reads the roster anew.
func (db *DB) refresh(ctx context.Context) error {
	db.fresh.Lock()
	defer db.fresh.Unlock()
	tx, err := db.read.BeginTx(ctx, nil) // one moment for all the tables
	if err != nil {
		return err
	}
	defer tx.Rollback() // it only read
	s := &snapshot{
		zone: db.zone, byLamp: map[device.LampID]int{}, behind: map[device.GatewayID][]int{}, places: map[device.PlaceID]device.Place{},
		people: map[device.PersonID]device.Person{}, duty: map[device.PlaceID][]shift{}, followers: map[device.LampID][]device.Person{},
	}
	lamps, err := lampRows(ctx, tx)
	if err != nil {
		return err
	}
	for i := range lamps {
		l := lamps[i].lamp(db.zone)
		s.byLamp[l.ID] = len(s.lamps)
		if l.Gateway != "" {
			s.behind[l.Gateway] = append(s.behind[l.Gateway], len(s.lamps))
		}
		s.lamps = append(s.lamps, l)
		s.places[l.Place.ID] = l.Place
	}
	people, err := personRows(ctx, tx)
	if err != nil {
		return err
	}
	for i := range people {
		p := people[i].person()
		if home, ok := s.places[p.Place]; ok && p.Village == "" {
			p.Village = home.Village
		}
		s.people[p.ID] = p
	}
	duty, err := dutyRows(ctx, tx)
	if err != nil {
		return err
	}
	for _, d := range duty {
		s.duty[device.PlaceID(d.place)] = append(s.duty[device.PlaceID(d.place)], shift{device.PersonID(d.person), d.from, d.until})
	}
	chosen, err := followRows(ctx, tx)
	if err != nil {
		return err
	}
	s.follow(chosen)
	db.roster.Store(s)
	return nil
}

// follow works out who follows which lamp: residents those of their place, and
// everybody as they chose.
func (s *snapshot) follow(chosen map[followKey]bool) {
	at := map[device.PlaceID][]device.LampID{}
	for _, l := range s.lamps {
		at[l.Place.ID] = append(at[l.Place.ID], l.ID)
	}
	for _, p := range s.people {
		if p.Role != device.Resident {
			continue
		}
		for _, lamp := range at[p.Place] {
			if _, said := chosen[followKey{p.ID, lamp}]; !said {
				s.followers[lamp] = append(s.followers[lamp], p)
			}
		}
	}
	for key, follows := range chosen {
		if p, ok := s.people[key.person]; ok && follows {
			s.followers[key.lamp] = append(s.followers[key.lamp], p)
		}
	}
	for _, people := range s.followers {
		slices.SortFunc(people, func(a, b device.Person) int { return strings.Compare(string(a.ID), string(b.ID)) })
	}
}

// changed makes a committed change of the town visible.
func (db *DB) changed(ctx context.Context) error {
	if err := db.refresh(context.WithoutCancel(ctx)); err != nil { // it is committed: the roster must not lag
		return fmt.Errorf("read the roster anew: %w", err)
	}
	db.watches.wake()
	return nil
}

// Registered says whether there is a lamp of this code; it costs a look-up in memory.
func (db *DB) Registered(id device.LampID) bool {
	_, ok := db.roster.Load().byLamp[id]
	return ok
}

// Lamp gives the registered lamp of this code. It costs a look-up in memory.
func (db *DB) Lamp(id device.LampID) (device.Lamp, bool) {
	s := db.roster.Load()
	i, ok := s.byLamp[id]
	if !ok {
		return device.Lamp{}, false
	}
	return s.lamps[i], true
}

// Lamps gives all registered lamps by code. The caller must not change them.
func (db *DB) Lamps() []device.Lamp { return db.roster.Load().lamps }

// Place gives the place of this id.
func (db *DB) Place(id device.PlaceID) (device.Place, bool) {
	p, ok := db.roster.Load().places[id]
	return p, ok
}

// Person gives the person of this code.
func (db *DB) Person(id device.PersonID) (device.Person, bool) {
	p, ok := db.roster.Load().people[id]
	return p, ok
}

// People gives everyone by code.
func (db *DB) People() []device.Person {
	s := db.roster.Load()
	out := make([]device.Person, 0, len(s.people))
	for _, p := range s.people {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b device.Person) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}

// OnDuty gives the volunteers of a place on the day of at, in the town's zone,
// first asked first; nobody twice.
func (db *DB) OnDuty(place device.PlaceID, at device.Millis) []device.Person {
	s := db.roster.Load()
	today := at.Time().In(s.zone).Format(time.DateOnly)
	var out []device.Person
	for _, d := range s.duty[place] {
		if d.from != "" && today < d.from || d.until != "" && today > d.until {
			continue
		}
		p, ok := s.people[d.person]
		again := slices.ContainsFunc(out, func(o device.Person) bool { return o.ID == p.ID })
		if ok && !again && (p.Role == device.Volunteer || p.Role == device.Office) {
			out = append(out, p)
		}
	}
	return out
}

// Followers gives those who want to know about a lamp, by code: the residents of
// its place who did not choose otherwise, and whoever chose to.
func (db *DB) Followers(lamp device.LampID) []device.Person {
	return slices.Clone(db.roster.Load().followers[lamp])
}

// Gateway is a gateway that lamps of the registry are behind.
type Gateway struct {
	ID    device.GatewayID
	Lamps []device.LampID // those of stage installed, by code
}

// Gateways gives the gateways named in the registry, by code.
func (db *DB) Gateways() []Gateway {
	s := db.roster.Load()
	out := make([]Gateway, 0, len(s.behind))
	for id, lamps := range s.behind {
		g := Gateway{ID: id}
		for _, i := range lamps {
			if s.lamps[i].Stage == device.Installed {
				g.Lamps = append(g.Lamps, s.lamps[i].ID)
			}
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Gateway) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}

// Office gives the people of the town office, by code.
func (db *DB) Office() []device.Person {
	var out []device.Person
	for _, p := range db.People() {
		if p.Role == device.Office {
			out = append(out, p)
		}
	}
	return out
}

// Behind gives the lamps whose telemetry comes through a gateway, by code.
func (db *DB) Behind(gateway device.GatewayID) []device.Lamp {
	s := db.roster.Load()
	var out []device.Lamp
	for _, i := range s.behind[gateway] {
		out = append(out, s.lamps[i])
	}
	return out
}
