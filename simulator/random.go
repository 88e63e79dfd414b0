package simulator

import "math"

// noise is a smooth random curve with mean 0 and a standard deviation of about 1,
// different for each seed and channel: values at whole x, joined by a cosine and
// scaled so that the middle between two varies as much as they do.
func (w weather) noise(x float64, channel uint64) float64 {
	whole := math.Floor(x)
	share := (1 - math.Cos(math.Pi*(x-whole))) / 2
	a := normal(w.seed, channel, uint64(int64(whole)))
	b := normal(w.seed, channel, uint64(int64(whole)+1))
	return (a*(1-share) + b*share) / math.Hypot(1-share, share)
}

// normal is a standard normal value that follows from three numbers.
func normal(a, b, c uint64) float64 {
	u := (float64(mix(a, b, c)>>11) + 0.5) / (1 << 53)
	return math.Sqrt2 * math.Erfinv(2*u-1)
}

// uniform is a value from 0 to 1 that follows from three numbers.
func uniform(a, b, c uint64) float64 { return float64(mix(a, b, c)>>11) / (1 << 53) }

// mix scrambles three numbers into one: the finaliser of SplitMix64 (Steele, Lea
// and Flood 2014) after each.
func mix(a, b, c uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, v := range [...]uint64{a, b, c} {
		h = scramble(h + v + 0x9e3779b97f4a7c15)
	}
	return h
}

func scramble(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

func hashString(s string) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// dice gives a reading's small errors: the same for the same seed and time.
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	return scramble(uint64(*d))
}

// bell is about normal with standard deviation 1 and never above 3.5: the sum of
// four uniform numbers of 16 bits.
func (d *dice) bell() float64 {
	h := d.next()
	sum := h&0xffff + h>>16&0xffff + h>>32&0xffff + h>>48
	return (float64(sum)/65536 - 2) * 1.7320508
}

// even is uniform from 0 to 1.
func (d *dice) even() float64 { return float64(d.next()>>11) / (1 << 53) }
