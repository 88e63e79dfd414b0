package notify

import (
	"context"

	"github.com/yingguang/yingguang/alerts"
	"github.com/yingguang/yingguang/device"
)

// State is where a notice stands on its way.
type State string

// The states of a notice.
const (
	Queued State = "queued" // to be tried at NextAt
	Sent   State = "sent"   // taken by a channel, or in the inbox
	Failed State = "failed" // every channel refused it: the office is shown it
)

// Outgoing is a notice that is due, with the person as the roster has them now
// and how far its sending has come.
type Outgoing struct {
	Notice   alerts.Notice
	Person   device.Person // zero ID where nobody of that code is left
	Channel  int           // index into Person.Channels of the one to try now
	Attempts int           // failed attempts on that channel
}

// Outcome is what became of one attempt.
type Outcome struct {
	Notice   int64 // Notice.ID
	State    State
	Channel  int           // the one to try next, or that took it
	Attempts int           // failed attempts on Channel
	NextAt   device.Millis // when to try again; 0 unless Queued
	At       device.Millis // when the attempt ended
	Error    string        // the last refusal, without secrets; empty when Sent
}

// Outbox keeps the notices; registry has it. Only one Worker uses it at a time.
type Outbox interface {
	// Due gives at most limit queued notices whose time has come at now, oldest first.
	Due(ctx context.Context, now device.Millis, limit int) ([]Outgoing, error)
	// Mark records outcomes, all or none.
	Mark(ctx context.Context, outcomes []Outcome) error
}
