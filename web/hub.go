package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/yingguang/yingguang/device"
)

// frames is how many a client may lag behind. Each holds the changes of 200 ms, so
// that a phone has some 13 seconds before it is cut off and begins again.
const frames = 64

// hub hands frames to the open streams. Sending never waits.
type hub struct {
	mu      sync.Mutex
	closed  bool
	clients map[*client]struct{}
	dropped uint64
}

// client is one open stream.
type client struct {
	level  access
	person device.PersonID // empty for the public
	unread int             // last told; -1 before
	out    chan []byte     // closed when it is cut off
}

func (h *hub) join(v visitor, public bool) (*client, bool) {
	c := &client{level: v.level(public), person: v.ID, unread: -1, out: make(chan []byte, frames)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, false
	}
	h.clients[c] = struct{}{}
	return c, true
}

func (h *hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cut(c)
}

// cut is called with the lock held.
func (h *hub) cut(c *client) {
	if _, ok := h.clients[c]; ok {
		delete(h.clients, c)
		close(c.out)
	}
}

// send gives the frame to every client that to picks; to runs with the lock held.
func (h *hub) send(frame []byte, to func(*client) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if !to(c) {
			continue
		}
		select {
		case c.out <- frame:
		default:
			h.dropped++
			h.cut(c)
		}
	}
}

// people gives those who watch, each once.
func (h *hub) people() []device.PersonID {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []device.PersonID
	for c := range h.clients {
		if c.person != "" && !slices.Contains(out, c.person) {
			out = append(out, c.person)
		}
	}
	return out
}

func (h *hub) figures() (clients int, dropped uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients), h.dropped
}

// close ends every stream, now and later.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.clients {
		h.cut(c)
	}
}

// appendEvent adds one server-sent event. JSON has no line breaks, so one data line does.
func appendEvent(dst []byte, name string, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("web: event %s: %v", name, err))
	}
	dst = append(dst, "event: "+name+"\ndata: "...)
	dst = append(dst, data...)
	return append(dst, "\n\n"...)
}
