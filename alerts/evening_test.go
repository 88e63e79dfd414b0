package alerts

import (
	"math"
	"testing"
	"time"
)

func evenings(parts ...[]Evening) (all []Evening) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func times(n int, v Evening) []Evening {
	out := make([]Evening, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// Bad evenings count, unseen ones do not, and what is promised decides; else what the lamp does on good evenings.
func TestEveningWords(t *testing.T) {
	const ten, twenty, late = 10 * 60, 8 * 60, 10*60 + 17 // minutes from noon: 22:00, 20:00, 22:17
	for name, c := range map[string]struct {
		all     []Evening
		promise int
		zh, en  string
		more    int
	}{
		"two went out early": {
			evenings(times(28, Evening{Until: late, Ended: true}), times(2, Evening{Until: twenty - 20, Ended: true})), late + 5,
			"最近 30 晚里，有 28 晚亮到 22:00", "lit until 22:00 on 28 of 30 evenings", 0,
		},
		"most went out early": {
			evenings(times(4, Evening{Until: late, Ended: true}), times(16, Evening{Until: twenty, Ended: true})), ten,
			"最近 20 晚里，有 4 晚亮到 22:00", "lit until 22:00 on 4 of 20 evenings", 0,
		},
		"unseen ends are no evidence, unless it was lit long enough": {
			evenings(times(5, Evening{Until: ten, Ended: true}), times(3, Evening{Until: twenty}), times(4, Evening{}), times(1, Evening{Until: late})), ten,
			"最近 6 晚里，有 6 晚亮到 22:00", "lit until 22:00 on 6 of 6 evenings", 0,
		},
		"until dawn": {
			evenings(times(9, Evening{Until: 19 * 60, Lasted: true}), times(1, Evening{Until: twenty, Ended: true})), ToDawn,
			"最近 10 晚里，有 9 晚亮到天亮", "lit until dawn on 9 of 10 evenings", 0,
		},
		"no schedule: what it does on good evenings": {
			evenings(times(6, Evening{Until: late, Ended: true}), times(2, Evening{Until: twenty, Ended: true})), 0,
			"最近 8 晚里，有 6 晚亮到 22:00", "lit until 22:00 on 6 of 8 evenings", 0,
		},
		"never lit":       {times(3, Evening{Until: 6 * 60, Ended: true}), ten, "最近 3 晚里，有 0 晚亮到 22:00", "lit until 22:00 on 0 of 3 evenings", 0},
		"too few":         {times(1, Evening{Until: ten, Ended: true}), ten, "", "", 2},
		"nothing at all":  {nil, 0, "", "", 3},
		"nobody observed": {times(30, Evening{}), ten, "", "", 3},
	} {
		w, more := EveningWords(c.all, c.promise)
		if w.ZH != c.zh || w.EN != c.en || more != c.more {
			t.Errorf("%s: %q, %q, %d more; want %q, %q, %d", name, w.ZH, w.EN, more, c.zh, c.en, c.more)
		}
	}
}

// A lamp's nights say how long its light went on, how deep its battery went, and its book remembers both.
func TestEveningsOfALamp(t *testing.T) {
	k := newTank(t, 300)
	k.live(24*3, 90) // three nights until dawn
	k.left = 100     // 5 hours from 18:00 on
	k.live(24, 0)    // a bad one
	k.live(25, 0)    // nothing left: dark all night
	_, all := k.e.Take()
	if len(all) != 5 {
		t.Fatalf("%d nights", len(all))
	}
	good, bad, none := all[1], all[3], all[4]
	if good.LitUntil < good.Dawn.Add(-dawnEarly) || good.PromisedUntil != good.Dawn {
		t.Errorf("a night until dawn: lit until %v, promised %v, dawn %v", good.LitUntil.Time(), good.PromisedUntil.Time(), good.Dawn.Time())
	}
	if h := bad.LitUntil.Time().In(shanghai(t)).Hour(); h < 22 || h > 23 || !bad.EndSeen {
		t.Errorf("a night of five hours: %v, seen %v", bad.LitUntil.Time(), bad.EndSeen)
	}
	if good.DepthPct < 50 || good.DepthPct > 90 || bad.DepthPct < 80 {
		t.Errorf("depth %.0f and %.0f %%", good.DepthPct, bad.DepthPct)
	}
	if none.LitUntil > none.Dusk.Add(eveningLate) || !none.EndSeen {
		t.Errorf("a dark night: %+v", none)
	}
	w, ok := k.e.lamps[k.id].book.words()
	if want := "lit until dawn on 3 of 5 evenings"; !ok || w.EN != want {
		t.Errorf("%q, want %q", w.EN, want)
	}
}

// What can be known of a battery is said, and what cannot says what it takes.
func TestBatteries(t *testing.T) {
	k := newTank(t, 300)
	k.live(12, 90)
	all := k.e.Batteries()
	if len(all) != 1 {
		t.Fatalf("%d batteries", len(all))
	}
	b := all[0]
	if b.Known != "gauge" || b.LeftPct < 30 || b.LeftPct > 95 || !(b.NightsLeft > 0.3 && b.NightsLeft < 1.5) || b.LeftNeeds != NeedNothing {
		t.Errorf("%+v", b)
	}
	if !math.IsNaN(b.HealthPct) || b.HealthNeeds != NeedCycle {
		t.Errorf("its health is not known before a whole discharge: %+v", b)
	}
	k.live(14, 0)
	k.left = 0
	k.live(24, 0)
	if got := k.e.Batteries(); len(got) != 1 || got[0].LeftPct > 10 {
		t.Errorf("an empty battery: %+v", got)
	}
	if again := k.e.Batteries(); again != nil {
		t.Errorf("told twice within an hour: %+v", again)
	}
}

// A BMS's gauge needs nights that take a part of the battery.
func TestGaugeNights(t *testing.T) {
	for _, c := range []struct {
		have, fall float64
		need       Need
		nights     int
	}{
		{0, 20, NeedNights, 1},
		{0, 10, NeedNights, 2},
		{0, 7, NeedNights, 4},
		{14, 10, NeedNights, 1},
		{0, 0, NeedNights, 2},
		{0, 3, NeedCycle, 0},
		{0, 5.5, NeedCycle, 0},
	} {
		if need, nights := gaugeNights(c.have, c.fall); need != c.need || nights != c.nights {
			t.Errorf("%v: %s %d", c, need, nights)
		}
	}
}

// The book of a lamp is the same after a restart, and keeps thirty evenings however long nothing is heard.
func TestBookIsKept(t *testing.T) {
	k := newTank(t, 300)
	k.live(24*4+1, 90)
	state, _ := k.e.Take()
	again := NewEngine(k.e.cfg)
	if err := again.Restore(state); err != nil {
		t.Fatal(err)
	}
	if got, want := again.lamps[k.id].book, k.e.lamps[k.id].book; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	k.at = k.at.AddDate(0, 0, 60)
	k.live(24+1, 90)
	if w, ok := k.e.lamps[k.id].book.words(); ok {
		t.Errorf("evenings two months old are told of: %q", w.EN)
	}
}

// A night of which the evening was not watched says nothing of it, whatever was seen later.
func TestUnwatchedEvening(t *testing.T) {
	for name, c := range map[string]struct {
		left  float64
		known bool
	}{"dark from midnight on": {0, false}, "lit from midnight on, as promised": {300, true}} {
		k := newTank(t, c.left)
		k.at = k.at.Add(12 * time.Hour)
		k.live(13, 0)
		_, all := k.e.Take()
		if len(all) != 1 || (all[0].LitUntil != 0) != c.known {
			t.Errorf("%s: %+v", name, all)
		}
	}
}
