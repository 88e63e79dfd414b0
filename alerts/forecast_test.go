package alerts

import (
	"math"
	"testing"
	"time"

	"github.com/yingguang/yingguang/device"
)

// tank is a lamp with a battery of so many Wh that loses what its light draws, seen every ten minutes.
type tank struct {
	t     *testing.T
	e     *Engine
	id    device.LampID
	left  float64 // Wh until its controller disconnects the light
	whole float64 // nominal
	at    time.Time
	all   []Forecast
}

const tankWatts = 20

func newTank(t *testing.T, left float64) *tank {
	town := newTestTown()
	l := town.lamps["JP-0007"]
	l.BatteryAh, l.BatteryV = 30, 12.8 // 384 Wh, four fifths usable: a December night of 13.7 h at 20 W takes 274
	town.lamps[l.ID] = l
	e := NewEngine(EngineConfig{Lamps: town, Location: shanghai(t), AllObserved: true})
	return &tank{t: t, e: e, id: l.ID, left: left, whole: 30 * 12.8, at: time.Date(2025, 12, 10, 12, 0, 0, 0, shanghai(t))}
}

// live goes on for some hours with so much sun, W.
func (k *tank) live(hours int, sun float64) {
	for range hours * 6 {
		k.at = k.at.Add(10 * time.Minute)
		ts := device.MillisOf(k.at)
		h := k.at.Hour()
		r := device.Reading{Lamp: k.id, SentTS: ts, Received: ts + 500}
		r.Place()
		night := h >= 18 || h < 7
		watts, panel := 0.0, 0.0
		if night && k.left > 0 {
			watts = tankWatts
		} else if h >= 9 && h < 16 {
			panel = sun
		}
		k.left = min(max(k.left+(panel*0.95-watts)/6, 0), k.whole*lithiumUsable)
		volts := 13.1
		if k.left == 0 {
			volts = 11.2
		}
		r.Set(device.BatteryV, volts)
		r.Set(device.BatterySoC, math.Round(100*(k.left/k.whole+1-lithiumUsable)))
		r.Set(device.BatterySoCMethod, 1)
		r.Set(device.LoadW, watts)
		r.Set(device.PanelW, panel)
		r.Set(device.LampOn, map[bool]float64{true: 1}[watts > 0])
		k.e.Observe(&r)
		k.e.Tick(ts)
		k.all = append(k.all, k.e.Forecasts()...)
	}
}

func (k *tank) atDusk() Forecast {
	k.t.Helper()
	night := k.all[len(k.all)-1].Night
	for _, f := range k.all {
		if f.Night == night && f.At >= f.Dusk {
			return f
		}
	}
	k.t.Fatalf("no forecast at dusk among %d", len(k.all))
	return Forecast{}
}

func TestForecastOfALampThatWillGoOut(t *testing.T) {
	k := newTank(t, 100) // five hours of 20 W
	k.live(8, 0)         // to 20:00
	f := k.atDusk()
	if f.OutAt == 0 || f.Night != "2025-12-10" || f.Known != "gauge" {
		t.Fatalf("100 Wh at 20 W end before dawn: %+v", f)
	}
	end := f.Dusk.Add(5 * time.Hour)
	if off := f.OutAt.Sub(end).Abs(); off > 45*time.Minute {
		t.Errorf("it goes out at %v, want about %v", f.OutAt.Time(), end.Time())
	}
	if f.DarkNights < 0.3 || f.DarkNights > 0.5 {
		t.Errorf("%.2f nights left without sun, want some 0.37", f.DarkNights)
	}
	k.live(20, 0) // to the next afternoon: the night is graded
	q := k.e.ForecastQuality()
	if q.Nights != 1 || q.Right != 1 || q.Both != 1 || q.MedianOff() > time.Hour {
		t.Errorf("one night, rightly foretold: %+v, %v off", q, q.MedianOff())
	}
}

// A lamp that its controller has cut off, and that no sun has charged since, stays dark.
func TestForecastOfALampThatIsCutOff(t *testing.T) {
	k := newTank(t, 60)
	k.live(8+24, 0)
	if f := k.atDusk(); f.OutAt == 0 || f.OutAt.Sub(f.Dusk) > 30*time.Minute {
		t.Errorf("cut off since last night: %+v", f)
	}
	k.live(24, 70)
	if f := k.atDusk(); f.OutAt != 0 && f.OutAt.Sub(f.Dusk) < 5*time.Hour {
		t.Errorf("the sun of a day has charged it again: %+v", f)
	}
}

func TestForecastOfALampThatLasts(t *testing.T) {
	k := newTank(t, 300)
	k.live(24*4, 60)
	f := k.atDusk()
	if f.OutAt != 0 || !math.IsInf(f.SunNights, 1) {
		t.Errorf("60 W of sun for seven hours carry 20 W through a night: %+v", f)
	}
	if q := k.e.ForecastQuality(); q.Nights != 4 || q.Right != 4 || q.Ended != 0 {
		t.Errorf("four nights, all lasted as foretold: %+v", q)
	}
	if w := Advise([]Forecast{f}); w[0].DimPct != 0 {
		t.Errorf("nobody need dim: %+v", w)
	}
}

// A gauge is not needed: after a full charge what goes in and out is counted.
func TestForecastCountsFromAFullCharge(t *testing.T) {
	town := newTestTown()
	l := town.lamps["JP-0007"]
	l.BatteryAh = 12
	town.lamps[l.ID] = l
	e := NewEngine(EngineConfig{Lamps: town, Location: shanghai(t), AllObserved: true})
	at := time.Date(2025, 12, 10, 12, 0, 0, 0, shanghai(t))
	var last *Forecast
	for range 10 * 6 {
		at = at.Add(10 * time.Minute)
		ts := device.MillisOf(at)
		r := device.Reading{Lamp: l.ID, SentTS: ts, Received: ts + 500}
		r.Place()
		r.Set(device.BatteryV, 13.2)
		r.Set(device.PanelW, 0)
		r.Set(device.LoadW, 0)
		switch h := at.Hour(); {
		case h < 15:
			r.Set(device.BatteryV, 14.4)
			r.Set(device.PanelW, 20)
		case h >= 18:
			r.Set(device.LoadW, tankWatts)
		}
		e.Observe(&r)
		e.Tick(ts)
		for _, f := range e.Forecasts() {
			last = &f
		}
	}
	if last == nil || last.Known != "counted" {
		t.Fatalf("no forecast by counting: %+v", last)
	}
	// 123 Wh usable, dusk to dawn takes 13.3 h × 20 W.
	if last.OutAt == 0 || last.LeftWh < 30 || last.LeftWh > 60 {
		t.Errorf("after four hours of light from a full battery: %+v", *last)
	}
}

func TestAdviseDimsAsLittleAsHelps(t *testing.T) {
	dusk := device.MillisOf(time.Date(2025, 12, 10, 18, 0, 0, 0, shanghai(t)))
	lamp := func(left float64) Forecast {
		f := Forecast{Village: "大垭村", At: dusk, Dusk: dusk, Dawn: dusk.Add(13 * time.Hour), LeftWh: left, NightWh: 200}
		if left < 200 {
			f.OutAt = dusk.Add(time.Duration(left / 200 * 13 * float64(time.Hour)))
		}
		return f
	}
	got := Advise([]Forecast{lamp(300), lamp(170), lamp(150), lamp(145), lamp(130), lamp(10)})
	want := Advice{Village: "大垭村", Lamps: 6, Out: 5, DimPct: 60, Saved: 4}
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := Advise([]Forecast{lamp(300), lamp(5)}); got[0].Out != 1 || got[0].DimPct != 0 || got[0].Saved != 0 {
		t.Errorf("dimming saves nobody: %+v", got)
	}
}

func TestForecastStateSurvives(t *testing.T) {
	k := newTank(t, 100)
	k.live(9, 0)
	again := NewEngine(k.e.cfg)
	if err := again.Restore(must(k.e.Take())); err != nil {
		t.Fatal(err)
	}
	k.live(20, 0)
	one := k.e.ForecastQuality()
	rest := newTank(t, 100)
	rest.live(9, 0)
	rest.e = again
	rest.live(20, 0)
	if two := again.ForecastQuality(); one != two || one.Nights != 1 {
		t.Errorf("a run that went on: %+v; one that was stopped: %+v", one, two)
	}
}
