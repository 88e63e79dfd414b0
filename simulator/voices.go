package simulator

import (
	"sync"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
)

// Voices are lamps without a radio of their own: they live and measure, and
// somebody else sends what they say. They are safe for concurrent use.
type Voices struct {
	mu     sync.Mutex
	poles  []*pole
	skies  *skies
	nights *night.Calendar
}

// NewVoices brings lamps to life; all must be installed and have a radio.
func NewVoices(lamps []device.Lamp, seed int64, zone *time.Location) (*Voices, error) {
	poles, villages, err := settle(lamps, seed, 0)
	if err != nil {
		return nil, err
	}
	return &Voices{poles: poles, skies: newSkies(weather{seed: uint64(seed), zone: zone}, villages), nights: night.NewCalendar(zone)}, nil
}

// Say is what the i-th lamp measures at t. Its time must not go back.
func (v *Voices) Say(i int, t device.Millis) device.Reading {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.poles[i]
	if p.At == 0 {
		p.Boot = 1
	}
	n := p.advance(t, v.skies, v.nights)
	return p.report(&n)
}
