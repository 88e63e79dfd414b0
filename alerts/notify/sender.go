package notify

import (
	"context"
	"errors"

	"github.com/yingguang/yingguang/device"
)

// Message is a notice as a channel carries it.
type Message struct {
	ID    int64 // of the notice; a channel that can tell repeats apart uses it
	Title string
	Text  string
	Link  string // to the ticket's page; empty where the person needs none
	To    device.Person
}

// Body is the text with the link below it.
func (m *Message) Body() string {
	if m.Link == "" {
		return m.Text
	}
	return m.Text + "\n" + m.Link
}

// Sender is one channel to one person. Send returns nil once the channel has
// taken the message; otherwise retry says whether the same attempt may work
// later. It ends soon after ctx does.
type Sender interface {
	Send(ctx context.Context, m *Message) (retry bool, err error)
}

// inbox is the page itself: the notice is stored already, nothing is to be sent.
type inbox struct{}

func (inbox) Send(context.Context, *Message) (bool, error) { return false, nil }

var (
	errNoSuchChannel = errors.New("no channel of this name is set up: see notify.channels")
	errNoAddress     = errors.New("the channel needs an address: write name:address")
)
