package ingest

import (
	"context"
	"crypto/sha256"
	"sync"
)

// attemptsMost is how many messages are remembered that the journal did not take whole.
// A cloud sends each again until it is taken; of one that is forgotten before, the
// rejects stand in the rejected stream once more, while the ledger counts them once.
const attemptsMost = 1000

// attempts knows how far messages came that are sent again when the journal did not
// take them in time: what is kept of one already is not kept a second time.
type attempts struct {
	mu    sync.Mutex
	of    map[[sha256.Size]byte]*attempt
	order [][sha256.Size]byte // oldest first
}

// attempt is one message. Its fields belong to whoever holds turn.
type attempt struct {
	turn     chan struct{} // holds one token while a request works on it
	rejected int           // so many of its rejects are kept
	unknown  bool          // so are the readings of strangers
	taken    *Taken        // once it is done
}

func attemptKey(topic string, data []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(topic))
	h.Write([]byte{0})
	h.Write(data)
	return [sha256.Size]byte(h.Sum(nil))
}

// find gives the message's attempt, a new one where there is none.
func (a *attempts) find(key [sha256.Size]byte) *attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.of[key]
	if one == nil {
		if a.of == nil {
			a.of = map[[sha256.Size]byte]*attempt{}
		}
		if len(a.order) >= attemptsMost {
			delete(a.of, a.order[0])
			a.order = append(a.order[:0], a.order[1:]...)
		}
		one = &attempt{turn: make(chan struct{}, 1)}
		a.of[key] = one
		a.order = append(a.order, key)
	}
	return one
}

// wait returns once no other request works on the message; its only error is ctx's.
func (one *attempt) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case one.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end lets the next request go on where this one stopped. A message that is done is
// forgotten: who sends it anew means it anew.
func (a *attempts) end(key [sha256.Size]byte, one *attempt) {
	if one.taken != nil {
		a.mu.Lock()
		if a.of[key] == one {
			delete(a.of, key)
			for i, k := range a.order {
				if k == key {
					a.order = append(a.order[:i], a.order[i+1:]...)
					break
				}
			}
		}
		a.mu.Unlock()
	}
	<-one.turn
}
