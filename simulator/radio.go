package simulator

import "github.com/yingguang/yingguang/device"

// radio is the way from a lamp or gateway to the broker. What it does to a message
// follows from the seed and the time alone.
type radio struct {
	seed    uint64
	perfect bool
}

// loses says whether a reading is lost between lamp and speaker: half a per cent to
// five by where the lamp stands, twice as much in rain, and most of it in an hour
// out of four hundred when something stands in the way.
func (r *radio) loses(p *pole, n *now) bool {
	if r.perfect {
		return false
	}
	share := 0.005 + 0.045*uniform(p.seed, 15, 1)*uniform(p.seed, 15, 2)
	if n.rain > 0 {
		share *= 2
	}
	if uniform(p.seed, 16, uint64(n.t/3_600_000)) < 1.0/400 {
		share = 0.7
	}
	return uniform(p.seed, 17, uint64(n.t)) < share
}

// carries gives when a message sent at t arrives: mostly within three seconds, one
// in 500 after 5 to 40 minutes, behind those that were sent later; one in 200 comes
// twice. One hour in 360 its uplink is down for 3 to 13 minutes, and sends what it
// kept when it is back.
func (r *radio) carries(t device.Millis) delivery {
	if r.perfect {
		return delivery{at: t + 200}
	}
	d := dice(mix(r.seed, 18, uint64(t)))
	out := delivery{at: t + 300 + device.Millis(2700*d.even()*d.even())}
	if d.even() < 1.0/500 {
		out.at += 300_000 + device.Millis(2_100_000*d.even())
	}
	const hour = 3_600_000
	down := device.Millis(180_000 + 600_000*uniform(r.seed, 19, uint64(t/hour)))
	if into := t % hour; into < down && uniform(r.seed, 20, uint64(t/hour)) < 1.0/360 {
		out.at = t - into + down + 500 + into/60
	}
	if d.even() < 1.0/200 {
		out.again = out.at + 1000 + device.Millis(60_000*d.even())
	}
	return out
}
