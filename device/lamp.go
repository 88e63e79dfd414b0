package device

import "time"

// Stage is how far a lamp has come: from proposed to retired.
type Stage string

// The stages of a lamp.
const (
	Proposed   Stage = "proposed"
	Agreed     Stage = "agreed"
	Funded     Stage = "funded"
	Installing Stage = "installing"
	Installed  Stage = "installed"
	Retired    Stage = "retired"
)

// Stages lists all stages in their order.
var Stages = []Stage{Proposed, Agreed, Funded, Installing, Installed, Retired}

// Link is how a lamp's telemetry reaches us.
type Link string

// The links. A lamp with LinkNone has no radio and is never silent.
const (
	LinkMQTT    Link = "mqtt"
	LinkGateway Link = "gateway"
	LinkNone    Link = "none"
)

// PlaceKind tells a household courtyard from a public place.
type PlaceKind string

// The kinds of place.
const (
	Courtyard PlaceKind = "courtyard"
	Public    PlaceKind = "public"
)

// Place is a courtyard (大院) or a public place (公共场所) of a village.
type Place struct {
	ID      PlaceID
	Name    string
	Kind    PlaceKind
	Village Village
}

// Lamp is one pole as the registry knows it. Zero numbers mean "not known".
type Lamp struct {
	ID               LampID
	Stage            Stage
	Batch            int // 1 the first 400, 2 the second 558
	Place            Place
	Lat, Lon         float64 // degrees, WGS 84
	PanelWp          float64 // W at standard test conditions
	BatteryAh        float64
	BatteryV         float64 // nominal
	BatteryChemistry string  // lifepo4, gel or lead_acid
	LampW            float64 // at 100 %
	Profile          string  // payload profile; empty for wire format 1
	Gateway          GatewayID
	InstalledOn      time.Time     // date, midnight in the town's zone
	Link             Link          // empty reads as mqtt
	Interval         time.Duration // how often it reports; 0 is learnt
	Schedule         Schedule
	Shade            string
	Supplier         string
	WarrantyUntil    time.Time // date, midnight in the town's zone
}

// Reports says whether telemetry is expected of the lamp.
func (l *Lamp) Reports() bool { return l.Stage == Installed && l.Link != LinkNone }
