package alerts

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The resistance is found from noisy steps, within three of its standard errors, and what voltmeters round is in these.
func TestResistanceOfNoisySteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, want := range []float64{0.005, 0.03} {
		var s stepSums
		for range 40 {
			da := 0.15 + 0.6*rng.Float64()
			dv := math.Round((want*da+0.003*rng.NormFloat64())*400) / 400
			s.add(float32(dv), float32(da))
		}
		r, blur := s.ohms()
		if math.Abs(r-want) > 3*blur || blur > 0.002 {
			t.Errorf("%.4f Ω ± %.4f, want %.4f", r, blur, want)
		}
	}
	if r, blur := (&stepSums{}).ohms(); !math.IsNaN(r) || !math.IsInf(blur, 1) {
		t.Errorf("no step gives %v ± %v", r, blur)
	}
}

// A resistance that is as it was takes back what three nights said, and nothing else.
func TestResistanceTakesBack(t *testing.T) {
	e := NewEngine(EngineConfig{Lamps: newTestTown(), Location: shanghai(t)})
	l := e.lamp("JP-0007")
	l.battery.temp = 25
	m := &l.aging
	k := &look{e: e, l: l}
	night := func(ohms float32) {
		for range 20 {
			m.lately.add(0.5*ohms, 0.5)
		}
		m.resist(k, 0)
	}
	for range 5 {
		night(0.02)
	}
	if m.evidence != 0 || !m.first.within(firstSure) {
		t.Fatalf("evidence %d, first %+v", m.evidence, m.first)
	}
	night(0.06)
	night(0.06)
	if m.evidence != 0 {
		t.Errorf("evidence %d after two nights", m.evidence)
	}
	for range 4 {
		night(0.06)
	}
	if m.evidence != pointsToFire {
		t.Errorf("evidence %d after six nights, want %d", m.evidence, pointsToFire)
	}
	m.evidence++ // a gauge said so too
	for range 15 {
		night(0.02)
	}
	if m.evidence != 1 || !m.asBefore() {
		t.Errorf("evidence %d, want what others gave", m.evidence)
	}
}
