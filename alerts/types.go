package alerts

import (
	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// State is where an alert stands.
type State string

// The states. Pending alerts are kept by the engine and shown to nobody.
const (
	Pending   State = "pending"
	Firing    State = "firing"
	Resolved  State = "resolved"
	Retracted State = "retracted" // late data showed that it never was
)

// Alert is a fault found on a subject. Times are event time.
type Alert struct {
	ID      string // the same in every run over the same readings
	Fault   device.Fault
	Subject device.Subject
	State   State
	Since   device.Millis  // when the condition began
	FiredAt device.Millis  // when it was decided; 0 while pending
	EndedAt device.Millis  // when it resolved or was retracted; 0 before
	Detail  map[string]any // figures behind the last change, by wire field name: numbers, strings, booleans; lamps is a list of codes
}

// Change is one step of one alert, decided at At.
type Change struct {
	At    device.Millis
	Alert Alert
	Quiet bool // found in late data, or Under another: shown, but makes no notice
	// Under is the village or town whose alert speaks for this one: it makes no ticket. Empty for most.
	Under device.Subject
}

// TicketState is where the work stands.
type TicketState string

// The ticket states.
const (
	TicketOpen   TicketState = "open"
	TicketTaken  TicketState = "taken"
	TicketClosed TicketState = "closed"
	TicketRated  TicketState = "rated"
)

// Ticket is the work on one subject: its alerts, who was asked and who took it.
type Ticket struct {
	ID       int64 // 0 until stored
	Subject  device.Subject
	Place    device.PlaceID // empty for a gateway or village
	Village  device.Village
	State    TicketState
	Faults   []device.Fault // firing or last fired, worst first
	AlertIDs []string
	Asked    []device.PersonID // who was asked to go, first asked first
	AskedAt  device.Millis     // when the last of them was; 0 while nobody is
	Told     []device.PersonID // everyone who has a notice about it, by code; read from the notices, not written
	Lamps    []device.LampID   // of a storm's alerts, by code; read from the alerts, not written
	TakenBy  device.PersonID
	RaisedAt device.Millis
	TakenAt  device.Millis
	ClosedAt device.Millis
}

// NoticeKind is why a notice was sent.
type NoticeKind string

// The kinds of notice.
const (
	NoticeRaised NoticeKind = "raised" // to the volunteer whose turn it is: a lamp needs you
	NoticeKnown  NoticeKind = "known"  // to followers: the fault is known
	NoticeTaken  NoticeKind = "taken"  // to the other volunteers asked, and followers: someone goes
	NoticeMended NoticeKind = "mended" // to everyone told before: it is lit again
	NoticeOffice NoticeKind = "office" // to the town office: about the system, with no ticket
)

// Notice is one message to one person about a ticket, in that person's language.
type Notice struct {
	ID        int64  // 0 until stored
	Key       string // unique, so that a repeat is not queued twice; empty reads as ticket, kind and person
	Person    device.PersonID
	Ticket    int64 // 0 for none
	Subject   device.Subject
	Kind      NoticeKind
	Title     string
	Text      string
	CreatedAt device.Millis
}

// LampState is the last that is known of a lamp.
type LampState struct {
	Last     device.Reading // the newest by TS
	LastSeen device.Millis  // newest receipt of anything from it
	Lit      bool
	Known    bool // Lit could be told
}

// Checkpoint is everything that one commit makes durable together.
type Checkpoint struct {
	Position journal.Position
	Engine   map[string][]byte // changed engine state by key (lamp, gateway, town); nil value removes
	Lamps    []LampState       // changed since the last commit
	Changes  []Change
	Tickets  []TicketChange
	Nights   []device.NightLight // finished since the last commit
	// Forecasts are those made since the last commit, with how good all were up to now.
	Forecasts []Forecast
	Quality   ForecastQuality
	Batteries []Battery // told of since the last commit
}

// TicketChange is one ticket to write, with the notices that go out with it; the
// store gives a new ticket its ID and puts it into the notices.
type TicketChange struct {
	Ticket  Ticket
	Notices []Notice
}
