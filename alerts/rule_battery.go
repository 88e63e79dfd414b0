package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// batteryRule: at its cut-off voltage; or disconnected, that is, dark in promised
// hours with a battery that was low or rests low; or, by those that count charge,
// nothing left. At a tick: a battery that was fading fell silent, since the modem
// lives on it too.
func batteryRule(k *look) verdict {
	if k.r == nil {
		return fadedAway(k)
	}
	empty, well := k.l.batteryLook(k)
	switch {
	case empty:
		return verdict{is: holds, detail: batteryDetail}
	case well:
		return verdict{is: healthy, detail: batteryDetail}
	}
	return verdict{detail: batteryDetail}
}

func batteryDetail(k *look) map[string]any {
	detail := figures(k.r, device.BatteryV, device.BatterySoC, device.BatteryA, device.LoadW)
	if v, ok := k.r.Get(device.BatteryV); ok {
		detail["cutoff_v"] = round(k.e.limits.cells(&k.l.known).cutoff * cellsOf(&k.l.known, v))
	}
	return detail
}

func fadedAway(k *look) verdict {
	if _, ok := k.e.silence(k.l); !ok || !k.l.battery.fading {
		return verdict{}
	}
	return verdict{is: holds, since: k.l.lastTS, atOnce: true, detail: silenceDetail}
}

// cells are the thresholds of a lamp's kind of battery.
func (lim *limits) cells(f *lampFacts) *cellLimits {
	if f.lithium {
		return &lim.lithium
	}
	return &lim.lead
}

// batteryLook reads one reading's battery, keeps what the next will need, and says
// whether it is empty or well; neither where it cannot be told.
func (l *lampState) batteryLook(k *look) (empty, well bool) {
	r, lim := k.r, &k.e.limits
	charge := charging(r)
	soc, hasSoC := r.Get(device.BatterySoC)
	method, hasMethod := r.Get(device.BatterySoCMethod)
	v, hasV := r.Get(device.BatteryV)
	trusted := hasSoC && (hasMethod && method > 0 || !hasV) // 0 is voltage
	if trusted {
		empty = soc <= lim.socEmpty && !charge
		well = soc >= lim.socBack
	}
	falling := false
	if hasV {
		cells, at := cellsOf(&l.known, v), lim.cells(&l.known)
		cell := v / cells
		switch {
		case cell >= at.back || trusted && well:
			l.battery.low = false
		case cell <= at.low && !charge, cell <= at.cutoff:
			l.battery.low = true
		}
		resting := l.lit == dark && !charge
		disconnected := resting && (l.battery.low || cell <= at.rest) && k.e.judgedAt(l, k.at).promises(k.at)
		empty = empty || cell <= at.cutoff || disconnected
		well = !empty && (well || cell >= at.back || l.lit == lit && !l.battery.low)
		falling = l.falling(k.at, v*12/(cells*cellNominal(&l.known)), charge) >= lim.fall && cell <= at.back
		falling = falling || cell <= at.rest && (resting || cell <= (at.low+at.rest)/2)
	}
	l.battery.fading = !charge && (empty || l.battery.low || falling || trusted && soc <= 3*lim.socEmpty)
	return empty, well
}

// falling is how fast the voltage of a 12 V battery falls at one load, in V/h: 0
// until it was watched for 40 minutes, so that switching on is not a fall.
func (l *lampState) falling(at device.Millis, v float64, charge bool) float64 {
	b := &l.battery
	passed := at.Sub(b.anchorAt)
	if b.anchorAt == 0 || charge || b.anchorOn != l.lit || passed > 3*time.Hour {
		b.anchorAt, b.anchorV, b.anchorOn = at, float32(v), l.lit
		return 0
	}
	if passed < 40*time.Minute {
		return 0
	}
	fall := (float64(b.anchorV) - v) / passed.Hours()
	if passed >= 80*time.Minute {
		b.anchorAt, b.anchorV = at, float32(v)
	}
	return fall
}

func cellNominal(f *lampFacts) float64 {
	if f.lithium {
		return 3.2
	}
	return 2
}

// cellsOf counts cells in series, from the roster's voltage or, where it has none,
// from what is measured.
func cellsOf(f *lampFacts, v float64) float64 {
	nominal := f.nominal
	if nominal == 0 {
		nominal = 12
		if v > 18 {
			nominal = 24
		}
		if v > 34 {
			nominal = 48
		}
	}
	return max(1, math.Round(nominal/cellNominal(f)))
}
