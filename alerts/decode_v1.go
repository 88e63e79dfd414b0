package alerts

// lampTracksV1 reads what version 1 kept between a lamp's greatest load and its
// nights: the battery's memory and three tracks.
func (r *reader) lampTracksV1(l *lampState) {
	b := &l.battery
	b.low, b.fading = r.flag(), r.flag()
	b.anchorV, b.anchorAt = r.float(), momentOf(r.millis())
	b.anchorOn = light(r.uint())
	for _, f := range [...]fault{fDark, fEmpty, fSilent} {
		r.trackV1(l.tracks.of(f))
	}
}

// trackV1 reads a track whose owed end was written as a word.
func (r *reader) trackV1(t *track) {
	t.phase, t.count, t.refires = phase(r.byte()), r.byte(), r.byte()
	t.told = r.flag()
	switch State(r.text()) {
	case Resolved:
		t.owed = owesResolved
	case Retracted:
		t.owed = owesRetracted
	}
	r.times(t)
}
