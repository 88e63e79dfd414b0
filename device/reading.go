package device

import (
	"errors"
	"math"
)

// ClockFlag says how far a reading's own time could be believed.
type ClockFlag uint8

// The clock flags. In every case but ClockOK the reading is placed at its receipt.
const (
	ClockOK      ClockFlag = iota
	ClockAhead             // more than 5 minutes ahead of our clock
	ClockAncient           // before 2020, as after a reset
	ClockSteady            // every reading off by the same amount
	ClockNone              // the payload carried no time
)

// Limits on the free-text fields, so that one lamp cannot fill the journal.
const (
	MaxFaults    = 16
	MaxFaultLen  = 64
	MaxFirmware  = 64
	ClockAheadMs = 5 * 60 * 1000
	EarliestTS   = Millis(1577836800000) // 2020-01-01T00:00:00Z
)

// Reading is one decoded, validated telemetry message of one lamp.
// The zero Reading holds no field; a Reading is a value and safe to copy,
// its Faults are shared and never changed after decoding.
type Reading struct {
	Lamp     LampID
	Gateway  GatewayID // the gateway that brought it, or empty
	TS       Millis    // when it counts: SentTS if the clock is believed, else Received
	SentTS   Millis    // by the lamp's clock; 0 if the payload carried none
	Received Millis    // by our clock, at ingest
	Clock    ClockFlag
	HasSeq   bool // Boot and Seq were sent
	Boot     uint32
	Seq      uint32
	Firmware string
	Faults   []string // the controller's own fault names
	Unknown  uint16   // fields that were in the payload and are not kept

	has    uint32
	values [NumFields]float64
}

// Get returns the value of f and whether the reading carries it.
func (r *Reading) Get(f Field) (float64, bool) { return r.values[f], r.has&(1<<f) != 0 }

// Value returns the value of f, or NaN where the reading does not carry it.
func (r *Reading) Value(f Field) float64 {
	if r.has&(1<<f) == 0 {
		return math.NaN()
	}
	return r.values[f]
}

// Has says whether the reading carries f.
func (r *Reading) Has(f Field) bool { return r.has&(1<<f) != 0 }

// Mask has bit f set for every field that the reading carries.
func (r *Reading) Mask() uint32 { return r.has }

// Set stores the value of f without looking at its range.
func (r *Reading) Set(f Field, v float64) {
	r.values[f] = v
	r.has |= 1 << f
}

// Clear removes f.
func (r *Reading) Clear(f Field) {
	r.values[f] = 0
	r.has &^= 1 << f
}

// ErrNoMeasurement is returned for a reading that measures nothing.
var ErrNoMeasurement = errors.New("no measurement in it: want at least one of battery_v, load_w, lamp_on, …")

// Check returns the first value outside its range as a *RangeError (NaN and
// infinities are outside every range), or ErrNoMeasurement.
func (r *Reading) Check() error {
	measured := false
	for f := Field(0); f < NumFields; f++ {
		v, ok := r.Get(f)
		if !ok {
			continue
		}
		s := &Fields[f]
		if !(v >= s.Min && v <= s.Max) || s.Kind >= Bool && v != math.Trunc(v) {
			return &RangeError{f, v}
		}
		measured = measured || s.Measured
	}
	if !measured {
		return ErrNoMeasurement
	}
	return nil
}

// Place sets TS and Clock from SentTS and Received: a time more than 5 minutes
// ahead of ours or before 2020 is not believed, and none counts from receipt.
func (r *Reading) Place() {
	switch {
	case r.SentTS == 0:
		r.TS, r.Clock = r.Received, ClockNone
	case r.SentTS > r.Received+ClockAheadMs:
		r.TS, r.Clock = r.Received, ClockAhead
	case r.SentTS < EarliestTS:
		r.TS, r.Clock = r.Received, ClockAncient
	default:
		r.TS, r.Clock = r.SentTS, ClockOK
	}
}
