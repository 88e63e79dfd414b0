package registry

import "sync"

// watches tells listeners that something was written, without saying what.
type watches struct {
	mu     sync.Mutex
	closed bool
	all    map[chan struct{}]struct{}
}

// Watch gives a channel that has a token after each committed change of alerts,
// tickets, notices, lamps or people; changes in quick succession give one. Call
// stop when done. The channel is closed when the DB is.
func (db *DB) Watch() (changed <-chan struct{}, stop func()) {
	w := &db.watches
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(c)
		return c, func() {}
	}
	if w.all == nil {
		w.all = map[chan struct{}]struct{}{}
	}
	w.all[c] = struct{}{}
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, c)
	}
}

func (w *watches) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.all {
		select {
		case c <- struct{}{}:
		default: // it has not looked yet; one token is enough
		}
	}
}

func (w *watches) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.all {
		close(c)
	}
	w.all, w.closed = nil, true
}
