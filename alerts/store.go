package alerts

import (
	"context"

	"github.com/yingguang/yingguang/device"
	"github.com/yingguang/yingguang/journal"
)

// Lamps is what the engine needs to know of the lamps. Lamp is called for every
// lamp about once a minute and must be quick; it answers from memory.
type Lamps interface {
	Lamp(device.LampID) (device.Lamp, bool)
}

// People is what tickets need to know of people. It answers from memory.
type People interface {
	// OnDuty gives the volunteers of a place whose duty covers the day of at, first asked first.
	OnDuty(place device.PlaceID, at device.Millis) []device.Person
	// Followers gives the residents who follow a lamp, by code.
	Followers(device.LampID) []device.Person
	// Office gives the people of the town office, by code; they are asked where nobody else is left.
	Office() []device.Person
}

// Roster is all that this package needs to know of the town; registry has it.
type Roster interface {
	Lamps
	People
	// Person finds one person, for notices to those who were told before.
	Person(device.PersonID) (device.Person, bool)
	// Behind gives the lamps whose telemetry comes through a gateway, by code.
	Behind(device.GatewayID) []device.Lamp
}

// Loaded is where the last Commit left off.
type Loaded struct {
	Position journal.Position  // zero before the first commit
	Engine   map[string][]byte // all engine state, by key
}

// Store keeps what the runner decides. Its Commit is one transaction: all of a
// checkpoint or nothing, durable when it returns.
//
// Of a ticket that is stored already, Commit writes Faults, AlertIDs, Asked and
// ClosedAt, and State only where it is TicketClosed: what a volunteer did in the
// meantime (TakenBy, TakenAt) is never overwritten, and a closed ticket never
// opens again. A new ticket (ID 0) is written whole; its ID goes into its notices.
// A notice whose Key is there already is left out. An alert is written by its
// ID, the newest change wins. Of LampState the store keeps Last, Lit and Known where
// Last.TS is not older than what it has, and the newest LastSeen.
type Store interface {
	Load(context.Context) (Loaded, error)
	// OpenTickets gives the tickets that are open or taken, as they stand now, by ID, with Told and Lamps.
	OpenTickets(context.Context) ([]Ticket, error)
	Commit(context.Context, Checkpoint) error
}
