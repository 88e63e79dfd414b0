package device

import (
	"fmt"
	"strings"
)

// Field is one numeric or enumerated field of a reading. Booleans are 0 or 1,
// enumerations the index into FieldSpec.Words.
type Field uint8

// The fields of wire format version 1, in its order. The numbers are part of the
// journal's encoding: add new ones at the end only.
const (
	BatteryV Field = iota
	BatteryA
	BatterySoC
	BatterySoCMethod
	BatteryTemp
	PanelV
	PanelA
	PanelW
	LoadV
	LoadA
	LoadW
	LampOn
	DimPct
	ControllerTemp
	ChargeState
	ChargedWh
	ConsumedWh
	LitS
	SwitchCount
	RSSI
	Tilt
	Mode
	NumFields // how many there are
)

// FieldKind says how a field's value is written.
type FieldKind uint8

// The kinds of field.
const (
	Number  FieldKind = iota
	Counter           // a whole or fractional number that only grows
	Bool              // 0 or 1
	Enum              // one of Words
)

// FieldSpec is one row of the wire format's table.
type FieldSpec struct {
	Name     string    // on the wire, in InfluxDB and in the API
	Unit     string    // V, A, W, %, °C, Wh, s, dBm, degrees, or empty
	Min, Max float64   // both allowed
	Kind     FieldKind // how it is written
	Words    []string  // for Enum
	Measured bool      // counts as "at least one measurement"
	Series   string    // InfluxDB measurement that it is stored in
}

const maxCounter = 1 << 53 // beyond it a float64 no longer counts by ones

// Fields is the table of the wire format, indexed by Field. Read only.
var Fields = [NumFields]FieldSpec{
	BatteryV:         {"battery_v", "V", 0, 80, Number, nil, true, "battery"},
	BatteryA:         {"battery_a", "A", -60, 60, Number, nil, true, "battery"},
	BatterySoC:       {"battery_soc_pct", "%", 0, 100, Number, nil, true, "battery"},
	BatterySoCMethod: {"battery_soc_method", "", 0, 2, Enum, []string{"voltage", "coulomb", "bms"}, false, "battery"},
	BatteryTemp:      {"battery_temp_c", "°C", -40, 90, Number, nil, true, "battery"},
	PanelV:           {"panel_v", "V", 0, 150, Number, nil, true, "panel"},
	PanelA:           {"panel_a", "A", 0, 40, Number, nil, true, "panel"},
	PanelW:           {"panel_w", "W", 0, 1000, Number, nil, true, "panel"},
	LoadV:            {"load_v", "V", 0, 80, Number, nil, true, "load"},
	LoadA:            {"load_a", "A", 0, 40, Number, nil, true, "load"},
	LoadW:            {"load_w", "W", 0, 500, Number, nil, true, "load"},
	LampOn:           {"lamp_on", "", 0, 1, Bool, nil, true, "load"},
	DimPct:           {"dim_pct", "%", 0, 100, Number, nil, true, "load"},
	ControllerTemp:   {"controller_temp_c", "°C", -40, 110, Number, nil, true, "status"},
	ChargeState:      {"charge_state", "", 0, 5, Enum, []string{"off", "mppt", "boost", "float", "equalize", "limit"}, true, "battery"},
	ChargedWh:        {"charged_wh", "Wh", 0, maxCounter, Counter, nil, true, "battery"},
	ConsumedWh:       {"consumed_wh", "Wh", 0, maxCounter, Counter, nil, true, "load"},
	LitS:             {"lit_s", "s", 0, maxCounter, Counter, nil, true, "load"},
	SwitchCount:      {"switch_count", "", 0, maxCounter, Counter, nil, true, "load"},
	RSSI:             {"rssi_dbm", "dBm", -150, 0, Number, nil, true, "status"},
	Tilt:             {"tilt_deg", "degrees", 0, 180, Number, nil, true, "status"},
	Mode:             {"mode", "", 0, 2, Enum, []string{"normal", "installation", "maintenance"}, false, "status"},
}

func (f Field) String() string {
	if f < NumFields {
		return Fields[f].Name
	}
	return fmt.Sprintf("field(%d)", uint8(f))
}

// Range is what the field may hold, for people: "0 to 80 V", or the words.
func (s *FieldSpec) Range() string {
	switch s.Kind {
	case Bool:
		return "true or false"
	case Enum:
		return strings.Join(s.Words, ", ")
	case Counter:
		return strings.TrimSpace("0 or more " + s.Unit)
	}
	return strings.TrimSpace(fmt.Sprintf("%v to %v %s", s.Min, s.Max, s.Unit))
}

// RangeError names a field whose value the wire format does not allow.
type RangeError struct {
	Field Field
	Value float64
}

func (e *RangeError) Error() string {
	s := Fields[e.Field]
	return fmt.Sprintf("%s %v: want %s", s.Name, e.Value, s.Range())
}
