package load

import (
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/payload"
	"github.com/yingguang/yingguang/simulator"
)

// voices are the lamps of this process and what they say: the simulator's, so that
// payloads are of the length and the kind of life.
type voices struct {
	lamps  []device.LampID
	topics []string
	town   *simulator.Voices
}

func (v *voices) begin(cfg *Config, n int) error {
	lamps := make([]device.Lamp, n)
	for i := range lamps {
		id := cfg.lampCode(cfg.Share + i*cfg.Shares)
		lamps[i] = device.Lamp{
			ID: id, Stage: device.Installed, Place: device.Place{Village: "load"}, Lat: 29.0, Lon: 106.3,
			PanelWp: 80, BatteryAh: 40, BatteryV: 12.8, BatteryChemistry: "lifepo4", LampW: 15, Interval: cfg.Interval,
		}
		v.lamps = append(v.lamps, id)
		v.topics = append(v.topics, payload.TelemetryTopic(cfg.Prefix, id))
	}
	var err error
	v.town, err = simulator.NewVoices(lamps, 1, time.UTC)
	return err
}

// say is the next message of a lamp.
func (v *voices) say(lamp int, now time.Time) (topic string, body []byte) {
	r := v.town.Say(lamp, device.MillisOf(now))
	return v.topics[lamp], payload.AppendJSON(make([]byte, 0, 512), &r)
}
