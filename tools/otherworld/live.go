package main

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/device/night"
)

// live brings the lamp to t and says what there is to measure.
func (l *lamp) live(t time.Time, s *sky, i int, dusk, dawn time.Time) now {
	hours := step.Hours()
	at := sunAt(t, l.lat, l.lon)
	plane, ground := onPanel(at, s.through[l.town][i], l.tilt, l.azimuth, l.horizon)
	if degrees := at.elevation * 180 / math.Pi; degrees > -7 && degrees < 3 { // twilight
		ground += 1.6 * math.Exp(0.75*min(degrees, 0)) * (0.5 + 0.5*s.through[l.town][i])
	}
	n := now{t: t, tilt: 1.5}
	f := l.bad
	on := func(c device.Fault) bool { return f != nil && f.code == c && f.on(t) }
	if on(device.Tampered) {
		n.tilt = 18 + 50*f.severity
		f.show(t)
	}
	l.warmth(&n, s.ambient[i], on(device.BatteryOverheat))
	l.age(t, on(device.BatteryAging))
	l.watch(t, ground)
	l.burn(&n, dusk, dawn, at, on)

	l.shine(&n, plane, s.ambient[i], on)
	l.charge(&n, hours, on(device.BatteryOvervoltage))

	l.consumed += n.loadW * hours
	l.charged += n.panelW * hours
	lit := n.loadW > 0.8
	l.wasCut = l.cut || l.wasCut && !lit
	if lit {
		l.lit += step.Seconds()
	}
	if lit != l.on {
		l.on = lit
		l.switches++
	}
	if on(device.LampFlicker) && n.commanded && lit {
		l.switches += math.Round(4 * l.r.Float64() * (1 + f.severity))
	}
	return n
}

// warmth is the battery's box: slow to follow the air, and hot where something is wrong.
func (l *lamp) warmth(n *now, air float64, hot bool) {
	want := 2.0
	if hot {
		want = 62 + 8*l.bad.severity - air
	}
	l.warm += (want - l.warm) * 0.05
	l.b.temp += (air + l.warm - l.b.temp) * 0.08
	n.shows = n.shows || hot && l.b.temp > 56
}

// age takes capacity or a cell away.
func (l *lamp) age(t time.Time, on bool) {
	if !on {
		l.b.lost = 0
		return
	}
	f := l.bad
	if f.variant == 0 {
		if l.b.lost == 0 {
			l.b.lost = 1
			l.b.shrink(0.8)
		}
		f.show(t)
		return
	}
	share := 0.9 - (0.5+0.1*f.severity)*f.grown(t)
	if math.Abs(l.b.capacity-l.b.nominal*share) > 0.01*l.b.nominal {
		l.b.shrink(share)
		l.b.aged = max(l.b.aged, 1+1.2*f.grown(t))
	}
	if share < 0.6 {
		f.show(t)
	}
}

// watch is the photo cell.
func (l *lamp) watch(t time.Time, ground float64) {
	if (ground < l.cell) == l.night {
		l.seenAt = t
		return
	}
	if t.Sub(l.seenAt) >= l.cellDelay {
		l.night, l.nightSince, l.seenAt = !l.night, t, t
	}
}

// burn is the light and its command.
func (l *lamp) burn(n *now, dusk, dawn time.Time, at sun, on func(device.Fault) bool) {
	f := l.bad
	t := n.t
	if l.night {
		n.level = l.schedule.Level(t, l.nightSince, later(dawn, t.Add(time.Minute)))
		if l.schedule.Motion && l.r.Float64() < map[bool]float64{true: 0.35, false: 0.05}[t.Sub(l.nightSince) < 4*time.Hour] {
			n.level = l.schedule.Full
		}
	}
	should := n.level > 0
	due := t.After(dusk) && dawn.Sub(t) > 45*time.Minute+2*l.interval // no photo cell ends it before it is told
	switch {
	case on(device.LampDayBurning):
		if !l.night {
			n.level = 100
		}
	case on(device.LightShort) && f.variant == 1: // comes on late
		if l.night && t.Sub(l.nightSince) < time.Duration(100+80*f.severity)*time.Minute {
			n.level = 0
			if should && l.feeds() {
				f.show(t)
			}
		}
	case on(device.LightShort): // goes off early
		if l.night && t.Sub(l.nightSince) > time.Duration(3*60+150*f.severity)*time.Minute {
			n.level = 0
			if should && dawn.Sub(t) > 2*time.Hour && l.feeds() {
				f.show(t)
			}
		}
	case on(device.LampDark) && f.variant == 0: // the cell is stuck: no command
		if should && due && l.feeds() {
			f.show(t)
		}
		n.level = 0
	}
	l.guard(n)
	n.commanded = n.level > 0
	n.loadW = l.watts * n.level / 100
	switch {
	case !n.commanded:
		n.loadW = 0
	case on(device.LampDark):
		n.loadW = 0.15
		if due && l.feeds() {
			f.show(t)
		}
	case on(device.LampDim):
		n.loadW *= 0.3 + 0.2*f.severity
		f.show(t)
	case on(device.LampFlicker):
		if l.feeds() {
			f.show(t)
		}
		if l.r.Float64() < 0.35 {
			n.loadW = 0
		}
	case on(device.LampDayBurning) && !l.night && at.elevation > 0 && (t.After(dusk) || dusk.Sub(t) > 2*time.Hour):
		n.shows = true
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// feeds says that the battery could light the lamp: of one that holds less than 12 % nobody can
// tell why its lamp went out; nor of one that was disconnected, was not lit since and is not half full, when its controller
// connects it again.
func (l *lamp) feeds() bool { return !l.cut && l.b.soc() > 0.12 && (!l.wasCut || l.b.soc() > 0.5) }

// guard disconnects the light at low voltage.
func (l *lamp) guard(n *now) {
	_, _, cut, back := l.b.limits()
	loaded := l.b.volts(-l.watts * n.level / 100 / l.b.open())
	switch {
	case l.cut && l.b.open() > back:
		l.cut = false
	case !l.cut && n.level > 0 && loaded < cut:
		l.cut = true
	}
	if l.cut {
		n.level = 0
	}
}

// shine is the panel: PVWatts' power and Faiman's (2008) temperature; a PWM controller holds it at
// the battery's voltage and so throws a quarter away.
func (l *lamp) shine(n *now, plane, air float64, on func(device.Fault) bool) {
	share := l.grime
	f := l.bad
	if on(device.PanelLowYield) {
		lost := (0.42 + 0.3*f.severity) * f.grown(n.t)
		share *= 1 - lost
		if lost > 0.35 {
			f.show(n.t)
		}
	}
	cell := air + plane/(25+6.8*1.2)
	power := l.wp * plane / 1000 * share * (1 - 0.0041*(cell-25))
	if on(device.PanelDead) {
		power = 0
		if plane > 60 {
			f.show(n.t)
		}
	}
	if power < 0.4 {
		power = 0
	}
	if l.pwm {
		power *= 0.78
	}
	n.panelW = power
	if plane > 1 && !on(device.PanelDead) {
		n.panelV = (l.b.cells / 6 * 19.5) * (1 - 0.0031*(cell-25)) * min(1, 0.80+0.035*math.Log(plane))
		if l.b.lithium {
			n.panelV = (l.b.cells / 4 * 19.5) * (1 - 0.0031*(cell-25)) * min(1, 0.80+0.035*math.Log(plane))
		}
		if l.pwm && power > 0 {
			n.panelV = min(n.panelV, l.b.open()+0.6)
		}
	}
}

// charge takes what the battery can: all of it below the absorption voltage, then less.
func (l *lamp) charge(n *now, hours float64, unregulated bool) {
	absorb, float, _, _ := l.b.limits()
	tap := 0.0
	if f := l.bad; f != nil && f.code == device.BatteryEmpty && f.on(n.t) {
		tap = 0.75 * l.watts // a load that is not ours
	}
	open := l.b.open()
	amps := (0.95*n.panelW - n.loadW - tap - 0.12) / open
	n.state = "off"
	if n.panelW > 0 {
		n.state = "mppt"
	}
	stop := absorb
	if l.absorbed {
		stop = float
	}
	if unregulated {
		stop = 16.4 * absorb / 14.4
	}
	if v := l.b.volts(amps); amps > 0 && v > stop {
		lowest, highest := 0.0, amps
		for range 12 {
			if mid := (lowest + highest) / 2; l.b.volts(mid) > stop {
				highest = mid
			} else {
				lowest = mid
			}
		}
		if !l.absorbed && lowest < 0.03*l.b.nominal {
			l.absorbed = true
		}
		n.panelW = (lowest*open + n.loadW + tap + 0.12) / 0.95
		amps = lowest
		n.state = map[bool]string{true: "float", false: "boost"}[l.absorbed]
	}
	if amps < -0.05 {
		l.absorbed = false
	}
	n.panelA = n.panelW / max(n.panelV, 5)
	n.volts = l.b.volts(amps)
	if unregulated && l.b.soc() > 0.97 && amps > 0.01*l.b.nominal {
		n.volts = max(n.volts, l.b.volts(amps)+(0.6+0.5*l.bad.severity)*absorb/14.4)
	}
	n.amps = amps
	n.shows = n.shows || unregulated && n.volts > 1.055*absorb
	l.b.take(amps, hours)
	l.gauge += 100 * amps * hours / l.b.nominal * 0.995
	if n.state == "float" {
		l.gauge += (100 - l.gauge) * 0.05
	}
	l.gauge = min(max(l.gauge, 0), 100)
}

// dark is the night that t lies in.
func dark(c *night.Calendar, l *lamp, t time.Time) (dusk, dawn time.Time) {
	n := c.At(device.MillisOf(t), l.lat, l.lon)
	return n.Dusk.Time(), n.Dawn.Time()
}
