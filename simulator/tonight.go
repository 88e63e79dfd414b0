package simulator

import (
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
)

// calendar gives the night that a moment belongs to.
type calendar interface {
	At(t device.Millis, lat, lon float64) night.Night
}

// tonight is one night of one lamp: when its photo-cell switches, and what its
// schedule does in between.
type tonight struct {
	night.Night

	dusk, dawn device.Millis // by its photo-cell
	last       device.Millis // when the schedule's light ends
	steps      []step
}

// step is a level from a moment on.
type step struct {
	at    device.Millis
	level float64
}

// dusk finds the night of n.t. Each lamp's cell switches some minutes after sunset
// and before sunrise; a clear evening makes all of them late by up to ten more, a
// closed sky earlier by four.
func (p *pole) dusk(n *now, w *skies, nights calendar) {
	if p.tonight.Holds(n.t) {
		return
	}
	tn := tonight{Night: nights.At(n.t, p.lamp.Lat, p.lamp.Lon), steps: p.tonight.steps[:0]}
	shift := func(at device.Millis) time.Duration {
		cloud := w.weather.at(at.Time(), p.lamp.Place.Village).cloud
		return time.Duration((p.cell*0.7 + 10*(1-cloud) - 4*cloud) * float64(time.Minute))
	}
	tn.dusk, tn.dawn = tn.Dusk.Add(shift(tn.Dusk)), tn.Dawn.Add(-shift(tn.Dawn))
	if p.schedule.Motion {
		tn.steps = append(tn.steps, step{tn.dusk, p.schedule.Idle})
	}
	for _, seg := range p.schedule.Segments {
		at := tn.dusk.Add(seg.Offset)
		if seg.FromDawn {
			at = tn.dawn.Add(seg.Offset)
		}
		tn.steps = append(tn.steps, step{at, seg.Level})
	}
	tn.last = tn.dawn
	for _, s := range tn.steps {
		if s.level == 0 {
			tn.last = min(tn.last, s.at)
		} else if s.at < tn.dawn {
			tn.last = tn.dawn
		}
	}
	p.tonight = tn
}

// level is what the schedule promises at t, %; see device.Schedule.Level.
func (tn *tonight) level(t device.Millis) float64 {
	if t < tn.dusk || t >= tn.dawn {
		return 0
	}
	level := 0.0
	for _, s := range tn.steps {
		if t >= s.at {
			level = s.level
		}
	}
	return level
}

// passing is how likely somebody walks by in a minute: people are out in the
// evening and asleep after eleven.
func (tn *tonight) passing(t device.Millis) float64 {
	switch since := t.Sub(tn.dusk); {
	case since < 3*time.Hour:
		return 0.5
	case since < 5*time.Hour:
		return 0.2
	}
	return 0.03
}
