package alerts

import (
	"fmt"
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Forecast is what a lamp will do tonight, as far as its battery goes.
type Forecast struct {
	Lamp       device.LampID
	Village    device.Village
	Night      string        // the date it begins on
	At         device.Millis // when this was reckoned
	Dusk, Dawn device.Millis
	LeftWh     float64       // what the battery can still give
	NightWh    float64       // what a whole night takes
	OutAt      device.Millis // when the light will end; 0 if it lasts until dawn
	DarkNights float64       // nights left if the sun never shone again
	SunNights  float64       // nights left with the sun of the last week; +Inf where that is enough, NaN before a day was watched
	Known      string        // how the charge is known: gauge, counted or rough
}

// manyNights is from where on nights are not told apart.
const manyNights = 99

// ForecastQuality is how good the forecasts were, since the engine began: of the nights
// that were foretold and watched.
type ForecastQuality struct {
	Nights int // told and watched
	Right  int // rightly said to last, or to end
	Ended  int // in which the light ended for want of energy
	Both   int // of those, that were foretold
	// Off counts, for nights of Both, how far the hour was off, in quarters of an hour; the last holds all beyond.
	Off [24]int
}

// MedianOff is the median error of the hour, of nights that ended as foretold; 0 where there was none.
func (q *ForecastQuality) MedianOff() time.Duration {
	seen := 0
	for i, n := range q.Off {
		if seen += n; 2*seen >= q.Both && q.Both > 0 {
			return time.Duration(i)*15*time.Minute + 15*time.Minute/2
		}
	}
	return 0
}

// Add puts another town's nights to this one's.
func (q *ForecastQuality) Add(o *ForecastQuality) {
	q.Nights, q.Right, q.Ended, q.Both = q.Nights+o.Nights, q.Right+o.Right, q.Ended+o.Ended, q.Both+o.Both
	for i, n := range o.Off {
		q.Off[i] += n
	}
}

// String tells the quality in a sentence.
func (q *ForecastQuality) String() string {
	if q.Nights == 0 {
		return "no night was foretold"
	}
	return fmt.Sprintf("%d nights foretold, %.1f %% rightly; light ended in %d, foretold of %d, the hour %.0f minutes off (median)",
		q.Nights, 100*float64(q.Right)/float64(q.Nights), q.Ended, q.Both, q.MedianOff().Minutes())
}

// Forecasts gives those that were made since the last call, in the order of lamps.
func (e *Engine) Forecasts() []Forecast {
	out := e.outlook
	e.outlook = nil
	return out
}

// ForecastQuality is safe to call between Observe and Tick.
func (e *Engine) ForecastQuality() ForecastQuality { return e.quality }

// beforeDusk is how long before dusk the first forecast is made; further ones follow
// every hour until dawn, and the first after dusk is the one that is measured.
const (
	beforeDusk = 3 * time.Hour
	measuredIn = 2 * time.Hour // after dusk
)

// foretell makes the forecast that is due at a tick.
func (e *Engine) foretell(l *lampState) {
	m := &l.energy
	now := e.town.now
	if m.how == known0 || now.Sub(m.at) > max(time.Hour, 3*l.interval()) {
		return
	}
	whole, darkness := e.darkHours(l, now)
	if now < darkness.from.Add(-beforeDusk) || now >= darkness.to {
		return
	}
	measured := now >= darkness.from && now < darkness.from.Add(measuredIn) && m.told == toldNothing && m.day == whole.from
	if !measured && now.Sub(m.made.millis()) < time.Hour {
		return
	}
	f, ok := e.forecast(l, whole, darkness)
	if !ok {
		return
	}
	m.made = momentOf(now)
	if measured {
		m.told = toldLasts
		if f.OutAt != 0 {
			m.told = m.after(f.OutAt)
		}
		l.touch(e)
	}
	e.outlook = append(e.outlook, f)
}

// forecast reckons one lamp's night from now on.
func (e *Engine) forecast(l *lampState, whole, darkness span) (Forecast, bool) {
	m := &l.energy
	usable := m.usable(&l.known)
	if usable == 0 || math.IsNaN(float64(m.lacks)) {
		return Forecast{}, false
	}
	night := e.nightUse(l, darkness)
	if night == nil {
		return Forecast{}, false
	}
	f := Forecast{
		Lamp: l.id, Village: l.known.village, Night: whole.from.Time().In(e.cfg.Location).Format(time.DateOnly), At: e.town.now,
		Dusk: darkness.from, Dawn: darkness.to, LeftWh: max(usable-float64(m.lacks), 0), Known: m.how.Word(),
	}
	left := f.LeftWh
	if m.cut && !m.connected(&l.known) {
		left = 0 // disconnected, and not charged enough since to be connected again
	}
	for _, p := range night {
		f.NightWh += p.watts * p.over.to.Sub(p.over.from).Hours()
		over := span{max(p.over.from, e.town.now), p.over.to}
		if over.from >= over.to || f.OutAt != 0 {
			continue
		}
		need := p.watts * over.to.Sub(over.from).Hours()
		if need > left {
			f.OutAt = over.from.Add(time.Duration(left / p.watts * float64(time.Hour)))
		}
		left -= need
	}
	day := f.NightWh + standby*24
	f.DarkNights = min(f.LeftWh/day, manyNights)
	f.SunNights = math.Inf(1)
	if sun, _, ok := m.mean(); ok && sun*0.9 < day {
		f.SunNights = min(f.LeftWh/(day-sun*0.9), manyNights)
	} else if !ok {
		f.SunNights = math.NaN()
	}
	return f, true
}

// part is a stretch of the night with its mean power.
type part struct {
	over  span
	watts float64
}

// nightUse is what the night will take: by the schedule at the power that the lamp was seen to draw, or, for
// a motion lamp or an unknown schedule, as the last nights did. Nil where nothing is known.
func (e *Engine) nightUse(l *lampState, darkness span) []part {
	s := l.known.schedule
	full := float64(l.maxLoad)
	if full == 0 {
		full = l.known.watts
	}
	if s.Known() && !s.Motion && full > 0 {
		var out []part
		for i, seg := range s.Segments {
			to := darkness.to
			if i+1 < len(s.Segments) {
				to = segmentStart(s.Segments[i+1], darkness)
			}
			over := span{max(segmentStart(seg, darkness), darkness.from), min(to, darkness.to)}
			if seg.Level > 0 && over.from < over.to {
				out = append(out, part{over, e.atLevel(s, seg.Level, full) + standby})
			}
		}
		return out
	}
	if _, used, ok := l.energy.mean(); ok && used > 0 {
		return []part{{darkness, used/darkness.to.Sub(darkness.from).Hours() + standby}}
	}
	if full > 0 {
		return []part{{darkness, full*max(l.known.lowest, 30)/100 + standby}}
	}
	return nil
}

// atLevel is the power at a level: what was seen at most was drawn at the highest level of the schedule.
func (e *Engine) atLevel(s device.Schedule, level, seen float64) float64 {
	highest := 0.0
	for _, seg := range s.Segments {
		highest = max(highest, seg.Level)
	}
	return seen * level / highest
}

// grade measures what was foretold of a night by what was seen of it.
func (e *Engine) grade(l *lampState, m *energyMemory) {
	var n *night
	for _, kept := range l.nights {
		if kept != nil && kept.whole.from == m.day {
			n = kept
		}
	}
	if n == nil {
		return
	}
	if light, _ := e.nightLight(l, n); light.ObservedS < 0.8*seconds(n.dark) && m.ended == 0 {
		return // nobody watched
	}
	e.quality.grade(m.told, m.ended)
	e.dirty[qualityKey] = true
}

// grade takes what was foretold, and when the light ended, both in seconds after noon.
func (q *ForecastQuality) grade(told, ended int32) {
	q.Nights++
	if ended != 0 {
		q.Ended++
	}
	if (told != toldLasts) != (ended != 0) {
		return
	}
	q.Right++
	if ended != 0 {
		q.Both++
		off := (time.Duration(ended-told) * time.Second).Abs()
		q.Off[min(int(off/(15*time.Minute)), len(q.Off)-1)]++
	}
}

func (w *writer) quality(q *ForecastQuality) {
	for _, n := range [...]int{q.Nights, q.Right, q.Ended, q.Both} {
		w.uint(uint64(n))
	}
	for _, n := range q.Off {
		w.uint(uint64(n))
	}
}

func (r *reader) quality(q *ForecastQuality) {
	for _, n := range [...]*int{&q.Nights, &q.Right, &q.Ended, &q.Both} {
		*n = int(r.uint())
	}
	for i := range q.Off {
		q.Off[i] = int(r.uint())
	}
}
