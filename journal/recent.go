package journal

import (
	"cmp"
	"slices"
	"sync"
)

// How much of the newest blocks is kept in memory for readers that keep up.
const (
	recentBytes  = 4 << 20
	recentBlocks = 256
	recentFree   = 4 // memory of so many blocks is kept for others
)

// recent keeps the newest blocks as they were written. A reader that keeps up takes
// them from here: the server below need not read, send and copy them once for each
// reader, nor keep its own copy of a file of 8 MB for each. It knows only what
// this process appended, so it serves the embedded server, whose only writer we are;
// what it does not have is read from there. All methods are safe for concurrent use.
type recent struct {
	mu      sync.Mutex
	created int64  // of the journal
	last    uint64 // newest block in the journal; 0 where that is not certain
	list    []*kept
	bytes   int
	free    [][]byte // memory of blocks that were let go
	moved   chan struct{}
}

// kept is one block; users are readers that decode it.
type kept struct {
	seq   uint64
	data  []byte
	users int
}

// add keeps a block that the journal has, under its number.
func (r *recent) add(seq uint64, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := &kept{seq: seq, data: append(r.room(), data...)}
	at, _ := r.find(seq)
	r.list = slices.Insert(r.list, at, k)
	r.bytes += len(data)
	for len(r.list) > 1 && (r.bytes > recentBytes || len(r.list) > recentBlocks) {
		r.letGo()
	}
	r.last = max(r.last, seq)
	r.wake()
}

// trim forgets what the journal has no more.
func (r *recent) trim(upTo uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.list) > 0 && r.list[0].seq <= upTo {
		r.letGo()
	}
}

// begin is called where the server below was started, anew or with another journal.
func (r *recent) begin(created int64) {
	r.unsure()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.created = created
}

// unsure is called where a block may have been written though nobody can tell: from
// now on, until the next block, only the server below knows.
func (r *recent) unsure() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.list)
	r.list, r.bytes, r.last, r.free = r.list[:0], 0, 0, nil
	r.wake()
}

// take gives the block after a position, which must be given back; or, where the journal
// ends there, what is closed when there is more; or neither: read the server.
func (r *recent) take(after Position) (*kept, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if after.Created != r.created {
		return nil, nil
	}
	if i, found := r.find(after.Seq + 1); found {
		r.list[i].users++
		return r.list[i], nil
	}
	if r.last == 0 || r.last != after.Seq {
		return nil, nil
	}
	if r.moved == nil {
		r.moved = make(chan struct{})
	}
	return nil, r.moved
}

// giveBack ends the use of a block.
func (r *recent) giveBack(k *kept) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k.users--
}

func (r *recent) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(r.list, seq, func(k *kept, seq uint64) int { return cmp.Compare(k.seq, seq) })
}

// letGo drops the oldest block; its memory is used again unless somebody still reads it.
func (r *recent) letGo() {
	k := r.list[0]
	r.list = slices.Delete(r.list, 0, 1)
	r.bytes -= len(k.data)
	if k.users == 0 && len(r.free) < recentFree {
		r.free = append(r.free, k.data[:0])
	}
}

func (r *recent) room() []byte {
	if n := len(r.free); n > 0 {
		room := r.free[n-1]
		r.free = r.free[:n-1]
		return room
	}
	return nil
}

func (r *recent) wake() {
	if r.moved != nil {
		close(r.moved)
		r.moved = nil
	}
}
