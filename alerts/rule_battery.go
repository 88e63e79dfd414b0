package alerts

import (
	"math"
	"time"

	"github.com/yingguang/yingguang/device"
)

func batteryRulings() []ruling {
	return []ruling{
		{fOvervoltage, atReading, overvoltageRule},
		{fOverheat, atReading, overheatRule},
		{fEmpty, atReading | atTick, emptyRule},
		{fAging, atReading, agingRule},
	}
}

// batteryLimits are the figures of the rules on batteries.
type batteryLimits struct {
	lead, lithium           cellLimits
	socEmpty, socBack, fall float64
	hot, hotOdd, hotOver    float64
	leadOver, lithiumOver   float64
	compensation            float64
	agedDepth, agedShare    float64
	agedSound, agedResist   float64
	plateau, plateauDepth   float64
	deadCell                float64
}

// cellLimits are in volts per cell.
type cellLimits struct{ cutoff, low, rest, back, ample float64 }

func batteryLimitsOf(s *ruleSet) batteryLimits {
	cells := func(kind string) cellLimits {
		return cellLimits{
			s.limit(fEmpty, kind+"_cutoff_v"), s.limit(fEmpty, kind+"_low_v"), s.limit(fEmpty, kind+"_rest_v"), s.limit(fEmpty, kind+"_back_v"), s.limit(fEmpty, kind+"_ample_v"),
		}
	}
	return batteryLimits{
		lead: cells("lead"), lithium: cells("lifepo4"),
		socEmpty: s.limit(fEmpty, "soc_empty_pct"), socBack: s.limit(fEmpty, "soc_back_pct"), fall: s.limit(fEmpty, "fall_v_h"),
		hot: s.limit(fOverheat, "hot_c"), hotOdd: s.limit(fOverheat, "odd_c"), hotOver: s.limit(fOverheat, "over_others_k"),
		leadOver: s.limit(fOvervoltage, "lead_v"), lithiumOver: s.limit(fOvervoltage, "lifepo4_v"), compensation: s.limit(fOvervoltage, "lead_v_k"),
		agedDepth: s.limit(fAging, "depth_share"), agedShare: s.limit(fAging, "gauge_share"),
		agedSound: s.limit(fAging, "sound_share"), agedResist: s.limit(fAging, "resistance_times"),
		plateau: s.limit(fAging, "plateau_v"), plateauDepth: s.limit(fAging, "plateau_share"), deadCell: s.limit(fAging, "dead_cell_v"),
	}
}

// batteryMemory is what the rules on batteries remember of a lamp.
type batteryMemory struct {
	low      bool  // was at its low voltage and has not come back since
	fading   bool  // looked as if it would not last, at the newest reading
	ample    bool  // so much is left that no controller saves
	unseen   uint8 // readings in a row without its voltage, up to 254
	anchorV  float32
	anchorAt moment // 0 before any voltage came
	anchorOn light
	warmed   bool    // it came to its temperature by steps that a battery can make, or moved there
	gauge    gauge   // what its gauge last said of itself
	frozen   uint8   // looks at which its temperature was the same to the digit, up to 255
	temp     float32 // °C at the newest look that measured it, NaN before
	litCell  float32 // V of a cell at the last lit look, 0 before

	empty, well bool   // at the newest reading; not stored
	obeys       bool   // it was seen to be told off when its controller disconnected it
	lowest      uint16 // mV of a cell, the lowest at which it stayed lit until the next look; 0 before

	modem modemMemory
}

// batteryVersion 1 had nothing from ample on, 2 ended with it, 3 had nothing of the modem, 4 neither lowest nor what follows.
const batteryVersion = 5

func (b *batteryMemory) store(w *writer) {
	w.uint(batteryVersion)
	w.flag(b.low)
	w.flag(b.fading)
	w.float(b.anchorV)
	w.millis(b.anchorAt.millis())
	w.uint(uint64(b.anchorOn))
	w.float(b.temp)
	w.float(b.litCell)
	w.uint(uint64(b.frozen))
	w.flag(b.ample)
	w.flag(b.warmed)
	w.b = append(w.b, b.unseen, byte(b.gauge))
	b.modem.store(w)
	w.uint(uint64(b.lowest))
	w.flag(b.modem.survived)
	w.flag(b.obeys)
}

func (b *batteryMemory) load(r *reader) {
	version := r.uint()
	if version < 1 || version > batteryVersion {
		r.fail()
		return
	}
	b.low, b.fading = r.flag(), r.flag()
	b.anchorV, b.anchorAt = r.float(), momentOf(r.millis())
	b.anchorOn = light(r.uint())
	b.temp, b.litCell, b.frozen = r.float(), r.float(), uint8(r.uint())
	if version >= 2 {
		b.ample = r.flag()
	}
	if version >= 3 {
		b.warmed, b.unseen, b.gauge = r.flag(), r.byte(), gauge(r.byte())
	}
	if version >= 4 {
		b.modem.load(r)
	}
	if version >= 5 {
		b.lowest, b.modem.survived, b.obeys = uint16(r.uint()), r.flag(), r.flag()
	}
	if b.gauge > gaugeBMS {
		r.fail()
	}
}

// emptyRule: at its cut-off voltage; or disconnected, that is, dark in promised
// hours with a battery that was low or rests low; or, by those that count charge,
// nothing left. At a tick: a battery that was fading fell silent, since the modem
// lives on it too; what the lamp measured meanwhile and says later takes that back.
func emptyRule(k *look) verdict {
	if k.r == nil {
		return fadedAway(k)
	}
	switch b := &k.l.battery; {
	case k.l.lasted(k.at):
		return verdict{is: healthy, undone: true, detail: batteryDetail}
	case b.empty:
		return verdict{is: holds, despite: k.l.noWeather(), detail: batteryDetail}
	case b.well:
		return verdict{is: healthy, detail: batteryDetail}
	}
	return verdict{detail: batteryDetail}
}

// noWeather says that something other than days without sun emptied the battery: a leak, or that it holds too little.
func (l *lampState) noWeather() bool { return l.leaks() || l.aging.shows() }

// lasted says that a battery which was thought empty because its lamp fell silent was not
// when that was decided: it was well in between, or the lamp lit in the later half.
// Only then is a reading from before the decision newer than all others.
func (l *lampState) lasted(at device.Millis) bool {
	t := l.tracks[fEmpty]
	if t == nil || t.phase != firing || at <= t.since || at > t.firedAt || l.battery.empty {
		return false
	}
	return l.battery.well || l.lit == lit && at-t.since > (t.firedAt-t.since)/2
}

func batteryDetail(k *look) map[string]any {
	detail := figures(k.r, device.BatteryV, device.BatterySoC, device.BatteryA, device.LoadW)
	if v, ok := k.r.Get(device.BatteryV); ok {
		detail["cutoff_v"] = round(k.l.rules.battery.cells(&k.l.known).cutoff * cellsOf(&k.l.known, v))
	}
	return detail
}

func fadedAway(k *look) verdict {
	if _, ok := k.e.silence(k.l); !ok || !k.l.battery.fading || k.l.outlives() {
		return verdict{}
	}
	return verdict{is: holds, since: k.l.lastTS, atOnce: true, despite: k.l.noWeather(), detail: silenceDetail}
}

// noBattery is a voltage per cell at which no battery that is there can stand: its
// wire, or its sensor, is broken.
const noBattery = 1

// trickle is how far, in V per cell, a little light lifts a battery that is nearly empty.
const trickle = 0.03

// sank says that a battery that rests is so low that its lamp was cut off for it. LiFePO4 rests
// so low only when nearly nothing is left. Lead does with a quarter left: it must have been
// low while lit, and no gauge may say better, unless it was as low as controllers warn at.
func (b *batteryMemory) sank(k *look, cell float64) bool {
	l, lim := k.l, &k.l.rules.battery
	at := lim.cells(&l.known)
	soc, _, counted := b.charge(k.r)
	if counted && soc <= lim.socEmpty || l.known.lithium && cell <= at.rest {
		return true
	}
	better := counted && soc > 4*lim.socEmpty && (b.litCell == 0 || float64(b.litCell) > at.low)
	return cell <= at.rest && b.lowLit(at) && !better
}

// sagging is by how much, in V per cell, a lit lamp's load may pull the voltage below
// the cut-off before its controller acts.
const sagging = 0.05

// cells are the thresholds of a lamp's kind of battery.
func (lim *batteryLimits) cells(f *lampFacts) *cellLimits {
	if f.lithium {
		return &lim.lithium
	}
	return &lim.lead
}

// see reads one reading's battery, keeps what the next will need, and says
// whether it is empty or well; neither where it cannot be told.
func (b *batteryMemory) see(k *look) {
	l, r, lim := k.l, k.r, &k.l.rules.battery
	b.feel(r, lim)
	if method, ok := r.Get(device.BatterySoCMethod); ok {
		b.gauge = gauge(min(method, 2)) + gaugeVoltage
	}
	empty, well := false, false
	charge := charging(r)
	soc, hasSoC, counted := b.charge(r)
	v, hasV := r.Get(device.BatteryV)
	hasV = hasV && v >= noBattery*cellsOf(&l.known, v)
	// A message may lack the voltage that the next one has, and it tells better than a gauge.
	gap := !hasV && b.skipped()
	trusted := counted || hasSoC && !hasV && !gap
	if trusted {
		empty = soc <= lim.socEmpty && !charge && !hasV && !gap
		well = soc >= lim.socBack
	}
	falling := false
	if hasV {
		cells, at := cellsOf(&l.known, v), lim.cells(&l.known)
		cell := v / cells
		cut := at.cutoff
		if l.lit == lit {
			cut -= sagging // it still gives, and controllers wait for some more
		}
		switch {
		case cell >= at.back+reconnecting || l.lit == lit && (cell >= (at.low+at.back)/2 || trusted && well && cell > cut):
			b.low = false // no count alone connects it again: controllers go by the voltage
		case cell <= at.low && !charge && !(trusted && well), cell <= cut:
			b.low = true
		}
		if l.lit == lit {
			b.lights(cell, l.light.was == lit)
		}
		resting := l.lit == dark && !charge
		disconnected := resting && (b.low || b.sank(k, cell)) && !commandedOn(r) && k.e.judgedAt(l, k.at).promises(k.at) && !l.sustained(k)
		b.low = b.low || disconnected // until it comes back
		b.obeys = b.obeys || disconnected && (r.Has(device.LampOn) || r.Has(device.DimPct))
		empty = cell <= cut || disconnected
		well = !empty && (well && !b.low || cell >= at.back || l.lit == lit && !b.low)
		falling = l.falling(k.at, v*12/(cells*cellNominal(&l.known)), charge) >= lim.fall && cell <= at.back
		falling = falling || cell <= at.rest && !(trusted && soc > 4*lim.socEmpty) && (resting || cell <= (at.low+at.rest)/2)
	}
	if b.unseen = min(b.unseen+1, math.MaxUint8-1); hasV {
		b.unseen = 0
	}
	still := b.fading && !hasV && !well && b.unseen <= unseenLooks
	nearEmpty := b.low
	if hasV && !(trusted && soc > 4*lim.socEmpty) {
		nearEmpty = nearEmpty || v <= (lim.cells(&l.known).rest+trickle)*cellsOf(&l.known, v)
	}
	b.fading = nearEmpty && (!charge || l.panel.dull(&l.rules.town)) || !charge && (empty || falling || still || trusted && soc <= 3*lim.socEmpty)
	switch {
	case b.low:
		b.ample = false
	case trusted:
		b.ample = soc >= 50
	case hasV:
		b.ample = v/cellsOf(&l.known, v) >= lim.cells(&l.known).ample
	case b.anchorAt == 0:
		b.ample = true // none was ever sent
	}
	b.empty, b.well = empty, well
	cell := 0.0
	if hasV {
		cell = v / cellsOf(&l.known, v)
	}
	b.modem.see(k, cell)
}

// skipped says that a reading which lacks the voltage is one of few: the lamp sends it else.
func (b *batteryMemory) skipped() bool { return b.anchorAt != 0 && b.unseen < unseenLooks }

// unseenLooks is for how many readings without a voltage a battery that faded goes on fading.
const unseenLooks = 6

// gauge is how a lamp's state of charge is found.
type gauge uint8

// The kinds of gauges; from gaugeCount on they can be believed in mid-range.
const (
	gaugeUnknown gauge = iota
	gaugeVoltage
	gaugeCount
	gaugeBMS
)

// charge is a reading's state of charge in %, and whether it is counted and not guessed from
// the voltage: by the gauge's last word of itself, since not every reading repeats it.
func (b *batteryMemory) charge(r *device.Reading) (soc float64, ok, counted bool) {
	soc, ok = r.Get(device.BatterySoC)
	return soc, ok, ok && b.gauge >= gaugeCount
}

// fed says that the battery stands clearly above the voltage at which controllers
// disconnect, or above that at all where a controller which disconnects tells the lamp off too: one that is told to be
// lit and is dark is not dark for want of it.
func (b *batteryMemory) fed(k *look) bool {
	v, ok := k.r.Get(device.BatteryV)
	if !ok || math.IsNaN(k.watts) || b.empty {
		return false
	}
	at := k.l.rules.battery.cells(&k.l.known)
	from := at.rest
	if b.obeys && k.l.lit == dark && commandedOn(k.r) {
		from = at.cutoff
	}
	return v/cellsOf(&k.l.known, v) >= from
}

// reconnecting is by how much, in V per cell, a battery must stand above the usual voltage
// of reconnection before an unlit lamp counts as connected: controllers are set to 12.4 to
// 12.8 V, and cheap voltmeters round to a tenth.
const reconnecting = 0.02

// heldOff says that a lamp which is not told to be lit may be one that its controller
// disconnected: when last seen lit its battery was low, or it never was seen, and the
// voltage at which controllers connect again has not come since.
func (b *batteryMemory) heldOff(k *look) bool {
	at := k.l.rules.battery.cells(&k.l.known)
	v, ok := k.r.Get(device.BatteryV)
	if !ok && b.skipped() {
		return b.lowLit(at) && !commandedOn(k.r) // the next reading tells more
	}
	if !ok {
		return b.litCell != 0 && b.lowLit(at)
	}
	return b.lowLit(at) && v/cellsOf(&k.l.known, v) < at.back+reconnecting && !commandedOn(k.r)
}

// lowLit says that the battery was low, or not seen, when the lamp was last seen lit.
func (b *batteryMemory) lowLit(at *cellLimits) bool {
	return b.litCell == 0 || float64(b.litCell) <= at.low+0.75*(at.rest-at.low)
}

// falling is how fast the voltage of a 12 V battery falls at one load, in V/h: 0
// until it was watched for 40 minutes, so that switching on is not a fall.
func (l *lampState) falling(at device.Millis, v float64, charge bool) float64 {
	b := &l.battery
	passed := at.Sub(b.anchorAt.millis())
	if l.lit == lightUnknown && b.anchorOn != lightUnknown && !charge && b.anchorAt != 0 && passed <= 3*time.Hour {
		return 0 // the next that tells of light goes on
	}
	if b.anchorAt == 0 || charge || b.anchorOn != l.lit || passed > 3*time.Hour {
		b.anchorAt, b.anchorV, b.anchorOn = momentOf(at), float32(v), l.lit
		return 0
	}
	if passed < 40*time.Minute {
		return 0
	}
	fall := (float64(b.anchorV) - v) / passed.Hours()
	if float64(b.anchorV)-v < coarse {
		fall = 0
	}
	if passed >= 80*time.Minute {
		b.anchorAt, b.anchorV = momentOf(at), float32(v)
	}
	return fall
}

// coarse is what a voltage of 12 V that is read to a tenth, as cheap controllers do, may seem to fall.
const coarse = 0.15

func cellNominal(f *lampFacts) float64 {
	if f.lithium {
		return 3.2
	}
	return 2
}

// cellsOf counts cells in series, from the roster's voltage or, where it has none,
// from what is measured.
func cellsOf(f *lampFacts, v float64) float64 {
	nominal := f.nominal
	if nominal == 0 {
		nominal = 12
		if v > 18 {
			nominal = 24
		}
		if v > 34 {
			nominal = 48
		}
	}
	return max(1, math.Round(nominal/cellNominal(f)))
}
