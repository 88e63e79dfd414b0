package registry

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
)

func codes(people []device.Person) (out []device.PersonID) {
	for _, p := range people {
		out = append(out, p.ID)
	}
	return out
}

func TestOnDuty(t *testing.T) {
	db := openTest(t)
	people := twoPeople + "U,示例·乙,volunteer,\nW,示例·丙,volunteer,\nO,示例·镇办,office,\n"
	duty := "place,person,rank,from,until\n甲院,U,2,,\n甲院,V,1,2026-11-01,2026-11-07\n甲院,W,1,2026-11-08,\n甲院,V,3,2026-11-05,2026-11-30\n"
	if _, err := db.Import(t.Context(), files(twoLamps, people, duty), Options{}); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string][]device.PersonID{
		"2026-10-31T23:59:59+08:00": {"U"},
		"2026-11-01T00:00:00+08:00": {"V", "U"},
		"2026-11-06T12:00:00+08:00": {"V", "U"}, // V stands twice and is asked once
		"2026-11-07T23:59:59+08:00": {"V", "U"},
		"2026-11-08T00:00:00+08:00": {"W", "U", "V"},
		"2026-12-01T00:00:00+08:00": {"W", "U"},
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, codes(db.OnDuty("甲院", device.MillisOf(when)))); diff != "" {
			t.Errorf("%s: %s", at, diff)
		}
	}
	if got := db.OnDuty("乙院", 1_764_000_000_000); len(got) != 0 {
		t.Errorf("on duty where nobody is: %v", codes(got))
	}
	if diff := cmp.Diff([]device.PersonID{"O"}, codes(db.Office())); diff != "" {
		t.Error(diff)
	}
}

func TestFollow(t *testing.T) {
	db := openTest(t)
	if _, err := db.Import(t.Context(), files(twoLamps, twoPeople), Options{}); err != nil {
		t.Fatal(err)
	}
	check := func(lamp device.LampID, want ...device.PersonID) {
		t.Helper()
		if diff := cmp.Diff(want, codes(db.Followers(lamp))); diff != "" {
			t.Errorf("%s: %s", lamp, diff)
		}
		for _, p := range []device.PersonID{"R", "V"} {
			follows := len(want) > 0 && (want[0] == p || want[len(want)-1] == p)
			if db.Follows(p, lamp) != follows {
				t.Errorf("%s follows %s: %v", p, lamp, !follows)
			}
		}
	}
	follow := func(p device.PersonID, lamp device.LampID, on bool) {
		t.Helper()
		if err := db.Follow(t.Context(), p, lamp, on); err != nil {
			t.Fatal(err)
		}
	}
	if p, _ := db.Person("R"); p.Village != "甲村" {
		t.Errorf("R lives in %q; want the village of the place", p.Village)
	}
	check("A", "R") // the lamp of their own place
	check("B")
	follow("V", "A", true)
	follow("R", "B", true)
	check("A", "R", "V")
	check("B", "R")
	follow("R", "A", false)
	check("A", "V")
	// An import does not undo what people chose.
	if _, err := db.Import(t.Context(), files(twoPeople), Options{}); err != nil {
		t.Fatal(err)
	}
	check("A", "V")
	follow("R", "A", true)
	check("A", "R", "V")
	if err := db.Follow(t.Context(), "Z", "A", true); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := db.Follow(t.Context(), "R", "Z", true); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestSampleRoster(t *testing.T) {
	db := openTest(t)
	importSample(t, db)
	behind := 0
	for _, g := range db.Gateways() {
		behind += len(g.Lamps)
		for _, l := range db.Behind(g.ID) {
			if l.Gateway != g.ID || l.Link != device.LinkGateway {
				t.Errorf("%s behind %s: %+v", l.ID, g.ID, l)
			}
		}
	}
	if behind < 160 || behind > 240 {
		t.Errorf("%d lamps behind gateways: want about half of 400", behind)
	}
	at := device.MillisOf(time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC))
	installed := 0
	for _, l := range db.Lamps() {
		if l.Stage != device.Installed {
			continue
		}
		installed++
		if n := len(db.OnDuty(l.Place.ID, at)); n < 2 || n > 3 {
			t.Errorf("%d volunteers on duty at %s: want two or three", n, l.Place.ID)
		}
	}
	total := 0
	for _, c := range db.CountLamps() {
		total += c.Lamps
	}
	if installed != 400 || total != 958 {
		t.Errorf("%d installed of %d; want 400 of 958", installed, total)
	}
	english := 0
	for _, p := range db.People() {
		if p.Language == device.English {
			english++
		}
	}
	if english != 1 {
		t.Errorf("%d people read English; want 1", english)
	}
}

// Each reading asks for its lamp.
func BenchmarkLamp(b *testing.B) {
	db, err := Open(b.Context(), b.TempDir()+"/r.db")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	importSample(b, db)
	for b.Loop() {
		if _, ok := db.Lamp("JP-0200"); !ok {
			b.Fatal("not there")
		}
	}
}

func TestWatch(t *testing.T) {
	db := openTest(t)
	changed, stop := db.Watch()
	if _, err := db.Import(t.Context(), files(twoLamps), Options{}); err != nil {
		t.Fatal(err)
	}
	<-changed
	stop()
	commit(t, db, checkpoint(1))
	select {
	case <-changed:
		t.Error("told after it stopped")
	default:
	}
	last, _ := db.Watch()
	db.Close()
	if _, open := <-last; open {
		t.Error("the channel stays open when the registry closes")
	}
}
