package main

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"time"
)

// trial makes the town harder than it is, to see what of the rules still holds.
type trial struct {
	gaps  float64       // share of all fields that are missing besides
	every time.Duration // how often all lamps report, 0 as each does
	skew  time.Duration // how far clocks are off, either way
	hold  time.Duration // for how long gateways gather what they send
	blind bool          // the roster knows no schedule, panel or battery
}

func (t *trial) flags() {
	flag.Float64Var(&t.gaps, "gaps", 0, "share of all fields that are missing, besides those that are")
	flag.DurationVar(&t.every, "every", 0, "how often all lamps report, instead of each as it does")
	flag.DurationVar(&t.skew, "skew", 0, "how far clocks are off at most, either way")
	flag.DurationVar(&t.hold, "hold", 0, "for how long gateways gather what they send")
	flag.BoolVar(&t.blind, "blind", false, "the roster knows of no schedule, no panel's size and no battery's")
}

// change puts the trial on a town's lamps.
func (t *trial) change(r *rand.Rand, lamps []*lamp) {
	for _, l := range lamps {
		l.maker.drops = 1 - (1-l.maker.drops)*(1-t.gaps)
		l.skew = time.Duration((2*r.Float64() - 1) * float64(t.skew)).Round(time.Second)
		if t.every > 0 {
			l.interval, l.late = t.every, l.late%t.every
			if l.row[17] != "" {
				l.row[17] = strconv.Itoa(int(t.every / time.Second))
			}
		}
		if t.blind {
			l.row[8], l.row[9], l.row[18] = "", "", ""
		}
	}
}

// sends is when a gateway passes on what it got at a time.
func (t *trial) sends(gateway string, at time.Time) time.Time {
	if t.hold == 0 {
		return at
	}
	phase := time.Duration(len(gateway)+int(gateway[len(gateway)-1])) * time.Minute
	return at.Add(phase).Truncate(t.hold).Add(t.hold - phase)
}
