package load

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind is what happens in a phase.
type Kind string

// The kinds of phase.
const (
	Ramp  Kind = "ramp"  // the number of lamps goes to Lamps, one stop after the other
	Hold  Kind = "hold"  // it stays
	Burst Kind = "burst" // every lamp reports Factor times as often
	Storm Kind = "storm" // at its beginning a share of the connections breaks, and all of them come back
)

// Phase is one part of a test.
type Phase struct {
	Kind   Kind
	Lasts  time.Duration
	Lamps  []int   // stops of a ramp
	Factor float64 // of a burst
	Share  float64 // of the connections that a storm breaks, 0 to 1
}

// Usual is the test that is run unless another is asked for: the town of today,
// the town as planned, ten towns; then a burst and a storm.
const Usual = "ramp:400-958-10000:90s,hold:60s,burst:3:20s,storm:50:40s"

// MaxLamps is the most lamps of one process.
const MaxLamps = 200_000

// ParsePhases reads phases with commas between:
//
//	ramp:400-958-10000:2m   to 400 lamps, then 958, then 10,000, within two minutes
//	hold:5m                 as they are for five minutes
//	burst:10:30s            all report ten times as often for half a minute
//	storm:50:1m             half of the connections break and come back, within a minute
func ParsePhases(s string) ([]Phase, error) {
	var all []Phase
	for word := range strings.SplitSeq(s, ",") {
		p, err := parsePhase(strings.TrimSpace(word))
		if err != nil {
			return nil, fmt.Errorf("phase %q: %w", word, err)
		}
		all = append(all, p)
	}
	if all[0].Kind != Ramp {
		return nil, fmt.Errorf("phases %q: the first must be a ramp, such as ramp:400:10s, for there are no lamps yet", s)
	}
	return all, nil
}

func parsePhase(s string) (p Phase, err error) {
	parts := strings.Split(s, ":")
	p.Kind = Kind(parts[0])
	want := 3
	if p.Kind == Hold {
		want = 2
	}
	if len(parts) != want {
		return p, errors.New("write it like ramp:400-958:2m, hold:5m, burst:10:30s or storm:50:1m")
	}
	if p.Lasts, err = time.ParseDuration(parts[want-1]); err != nil || p.Lasts <= 0 || p.Lasts > 30*24*time.Hour {
		return p, fmt.Errorf("%q is not how long it lasts", parts[want-1])
	}
	switch p.Kind {
	case Ramp:
		for stop := range strings.SplitSeq(parts[1], "-") {
			n, err := strconv.Atoi(stop)
			if err != nil || n < 1 || n > MaxLamps {
				return p, fmt.Errorf("%q is no number of lamps from 1 to %d", stop, MaxLamps)
			}
			p.Lamps = append(p.Lamps, n)
		}
	case Hold:
	case Burst:
		if p.Factor, err = strconv.ParseFloat(parts[1], 64); err != nil || !(p.Factor > 1 && p.Factor <= 10000) {
			return p, fmt.Errorf("%q is no factor above 1", parts[1])
		}
	case Storm:
		percent, err := strconv.ParseFloat(parts[1], 64)
		if err != nil || !(percent > 0 && percent <= 100) {
			return p, fmt.Errorf("%q is no share above 0 and at most 100 per cent", parts[1])
		}
		p.Share = percent / 100
	default:
		return p, fmt.Errorf("%q is none of ramp, hold, burst and storm", parts[0])
	}
	return p, nil
}

// String writes the phase as ParsePhases reads it.
func (p Phase) String() string {
	switch p.Kind {
	case Ramp:
		stops := make([]string, len(p.Lamps))
		for i, n := range p.Lamps {
			stops[i] = strconv.Itoa(n)
		}
		return fmt.Sprintf("ramp:%s:%v", strings.Join(stops, "-"), p.Lasts)
	case Burst:
		return fmt.Sprintf("burst:%v:%v", p.Factor, p.Lasts)
	case Storm:
		return fmt.Sprintf("storm:%v:%v", 100*p.Share, p.Lasts)
	}
	return fmt.Sprintf("hold:%v", p.Lasts)
}

// moment is what the test asks for at one time.
type moment struct {
	phase  int
	lamps  int
	factor float64 // how many times as often they report
}

// at is what phases ask for after so long; false when they are over.
func at(phases []Phase, since time.Duration) (moment, bool) {
	lamps := 0
	for i := range phases {
		p := &phases[i]
		if since < p.Lasts {
			m := moment{phase: i, lamps: lamps, factor: 1}
			switch p.Kind {
			case Ramp:
				m.lamps = p.climb(lamps, since)
			case Burst:
				m.factor = p.Factor
			}
			return m, true
		}
		since -= p.Lasts
		if p.Kind == Ramp {
			lamps = p.Lamps[len(p.Lamps)-1]
		}
	}
	return moment{}, false
}

// climb is the number of lamps after so long on a ramp that began with from: of
// each stop's time it climbs for a third and stays for two.
func (p *Phase) climb(from int, since time.Duration) int {
	each := float64(p.Lasts) / float64(len(p.Lamps))
	stop := min(int(float64(since)/each), len(p.Lamps)-1)
	if stop > 0 {
		from = p.Lamps[stop-1]
	}
	share := min(1, 3*(float64(since)/each-float64(stop)))
	return from + int(share*float64(p.Lamps[stop]-from)+0.5)
}

// most is the largest number of lamps that phases ask for.
func most(phases []Phase) (n int) {
	for _, p := range phases {
		for _, stop := range p.Lamps {
			n = max(n, stop)
		}
	}
	return n
}
