package web

import (
	"math"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// batteryView is what is known of a lamp's battery. Figures that cannot be known are null, and
// the needs say what it takes.
type batteryView struct {
	At           device.Millis `json:"at"`
	Known        string        `json:"known"`
	LeftPct      *float64      `json:"left_pct"`
	NightsLeft   *float64      `json:"nights_left"`
	LeftNeeds    alerts.Need   `json:"left_needs"`
	HealthPct    *float64      `json:"health_pct"`
	HealthBy     string        `json:"health_by"`
	HealthNeeds  alerts.Need   `json:"health_needs"`
	HealthNights *int          `json:"health_nights"`
	Resistance   *float64      `json:"resistance_times"`
}

func batteryOf(b *alerts.Battery) batteryView {
	return batteryView{
		b.At, b.Known, orUnknown(b.LeftPct), orUnknown(b.NightsLeft), b.LeftNeeds, orUnknown(b.HealthPct), b.HealthBy, b.HealthNeeds,
		orNull(b.HealthNights), orUnknown(b.Resistance),
	}
}

// orUnknown rounds to a tenth; null stands for what is not known.
func orUnknown(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return new(tenth(v))
}
