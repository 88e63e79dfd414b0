package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/registry"
)

// The committed files are what the generator makes, so neither is changed alone.
func TestFilesAreGenerated(t *testing.T) {
	for name, want := range files() {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: run go generate ./configs/jiaping\n%s", name, diff)
		}
	}
}

// The town of DESIGN.md: 400 lamps stand, one in each of 388 courtyards and 12
// public places, and 558 are planned.
func TestTown(t *testing.T) {
	f, err := os.Open("../lamps.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lamps, bad := registry.ReadLamps(f)
	if len(bad) > 0 {
		t.Fatal(bad[0])
	}
	type count struct{ Installed, Planned, Courtyards, Public, NoRadio, Motion, Gateways int }
	var got count
	places := map[device.PlaceID]int{}
	gateways := map[device.GatewayID]int{}
	for i, l := range lamps {
		if l.Stage != device.Installed {
			got.Planned++
			if l.Link == device.LinkNone {
				got.NoRadio++
			}
			continue
		}
		got.Installed++
		places[l.Place.ID]++
		if l.Place.Kind == device.Courtyard {
			got.Courtyards++
		} else {
			got.Public++
		}
		if l.Schedule.Motion {
			got.Motion++
		}
		if l.Gateway != "" {
			gateways[l.Gateway]++
		}
		if math.Abs(l.Lat-29) > 0.1 || math.Abs(l.Lon-106.3) > 0.1 {
			t.Errorf("%s at %v, %v is not in Jiaping", l.ID, l.Lat, l.Lon)
		}
		for _, o := range lamps[:i] {
			if o.Lat == l.Lat && o.Lon == l.Lon {
				t.Errorf("%s and %s stand at one spot", o.ID, l.ID)
			}
		}
	}
	got.Gateways = len(gateways)
	if len(places) != got.Installed {
		t.Errorf("%d places for %d lamps: want one each", len(places), got.Installed)
	}
	want := count{Installed: 400, Planned: 558, Courtyards: 388, Public: 12, NoRadio: got.NoRadio, Motion: got.Motion, Gateways: 8}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.NoRadio < 50 || got.Motion < 40 {
		t.Errorf("%d planned lamps without a radio and %d with motion: want 50 and 40 at least", got.NoRadio, got.Motion)
	}
}
