package ledger

import (
	"context"
	"database/sql"
	"sync"

	"github.com/yingguang/yingguang/journal"
)

// judged is what the head found so far, for whoever must not write a duplicate.
type judged struct {
	mu         sync.Mutex
	at         journal.Position  // the last block that has its verdict
	duplicates map[uint64][]byte // bits of blocks that have any and are not settled
	moved      chan struct{}     // closed at the next verdict; nil while nobody waits
}

// load begins with what was committed.
func (j *judged) load(ctx context.Context, db *sql.DB, at journal.Position) error {
	rows, err := db.QueryContext(ctx, `SELECT seq, bits FROM ledger_duplicate WHERE seq <= $1`, at.Seq)
	if err != nil {
		return err
	}
	defer rows.Close()
	all := map[uint64][]byte{}
	for rows.Next() {
		var (
			seq  uint64
			bits []byte
		)
		if err := rows.Scan(&seq, &bits); err != nil {
			return err
		}
		all[seq] = bits
	}
	if err := rows.Err(); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.at, j.duplicates = at, all
	j.wake()
	return nil
}

func (j *judged) wake() {
	if j.moved != nil {
		close(j.moved)
		j.moved = nil
	}
}

// judge tells the verdict on a block; no bits where none is a duplicate.
func (j *judged) judge(at journal.Position, bits []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.at = at
	if bits != nil {
		j.duplicates[at.Seq] = bits
	}
	j.wake()
}

// settled lets the verdicts of blocks go that series is done with.
func (j *judged) settled(upTo uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for seq := range j.duplicates {
		if seq <= upTo {
			delete(j.duplicates, seq)
		}
	}
}

// Duplicates waits until a block has its verdict, and gives a bit for each reading
// that is a duplicate of an earlier one; nil where none is. Its only error is ctx's.
func (l *Ledger) Duplicates(ctx context.Context, at journal.Position) ([]byte, error) {
	j := &l.verdicts
	for {
		j.mu.Lock()
		if j.at.Created == at.Created && j.at.Seq >= at.Seq {
			defer j.mu.Unlock()
			return j.duplicates[at.Seq], nil
		}
		if j.moved == nil {
			j.moved = make(chan struct{})
		}
		moved := j.moved
		j.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
