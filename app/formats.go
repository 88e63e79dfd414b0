package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/yingguang/yingguang/configs/profiles"
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/profile"
)

// formats are the payload profiles of a running system, which can be read anew.
type formats struct{ set atomic.Pointer[profile.Set] }

func newFormats(set *profile.Set) *formats {
	f := &formats{}
	f.set.Store(set)
	return f
}

// Filters, Format and Owner are those of the profiles read last.
func (f *formats) Filters() map[string]byte { return f.set.Load().Filters() }

func (f *formats) Format(topic string) profile.Decode { return f.set.Load().Format(topic) }

func (f *formats) Owner(topic string) (device.LampID, device.GatewayID) {
	return f.set.Load().Owner(topic)
}

// ProfilesAnswer is what reading the profiles anew came to.
type ProfilesAnswer struct {
	Profiles int      `json:"profiles"`
	Topics   []string `json:"topics"` // filters that ingest is not subscribed to before the next start
}

// openFormats reads the payload profiles; the registry says which one a lamp is
// expected to speak.
func (a *App) openFormats(context.Context) error {
	set, err := a.readFormats()
	if err != nil {
		return err
	}
	a.rooms.formats = newFormats(set)
	return nil
}

func (a *App) readFormats() (*profile.Set, error) {
	list, err := profiles.Load(a.cfg.Ingest.Profiles)
	if err != nil {
		return nil, fmt.Errorf("payload profiles 报文配置档:\n%w", err)
	}
	known := map[string]bool{"": true}
	for _, p := range list {
		known[p.Name] = true
	}
	for _, lamp := range a.rooms.registry.Lamps() {
		if !known[lamp.Profile] {
			a.log.Warn("lamps.csv names a payload profile that is not there, so wire format 1 is expected of the lamp: `yingguang profile list` lists them", "lamp", lamp.ID, "profile", lamp.Profile)
			known[lamp.Profile] = true // once is enough
		}
	}
	return profile.NewSet(list, a.cfg.MQTT.Prefix, func(id device.LampID) string {
		lamp, known := a.rooms.registry.Lamp(id)
		if !known {
			return ""
		}
		return lamp.Profile
	}), nil
}

// reloadProfiles reads the files anew; with a mistake in any the old profiles stay.
func (a *App) reloadProfiles(context.Context, struct{}) (ProfilesAnswer, error) {
	set, err := a.readFormats()
	if err != nil {
		return ProfilesAnswer{}, err
	}
	before, after := a.rooms.formats.Filters(), set.Filters()
	a.rooms.formats.set.Store(set)
	answer := ProfilesAnswer{Profiles: len(set.List()), Topics: []string{}}
	for _, filter := range slices.Sorted(maps.Keys(after)) {
		if _, subscribed := before[filter]; !subscribed {
			answer.Topics = append(answer.Topics, filter)
		}
	}
	return answer, nil
}
