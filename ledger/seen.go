package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"time"

	"github.com/yingguang/yingguang/device"
)

// Hashes are kept in generations, the newest three of them. One ends when it is a
// day old and holds enough: so a hash is known for 48 hours at least, and a clock
// of ours that leaps over years does not make the ledger forget the last hour.
const (
	generations     = 3
	generationLasts = 24 * time.Hour
	generationLeast = 100_000 // hashes
)

// seen holds the hashes of the last days' readings. Two different readings share a
// hash once in 2⁶⁴; among the 3 million of a large town's three days, once in
// four million towns.
type seen struct {
	newest int64                         // number of the newest generation
	began  device.Millis                 // when it began, by the blocks' time; 0 before the first
	sets   map[int64]map[uint64]struct{} // by generation
}

func newSeen() *seen { return &seen{sets: map[int64]map[uint64]struct{}{}} }

// loadSeen reads back what the commits wrote.
func loadSeen(ctx context.Context, db *sql.DB) (*seen, error) {
	s := newSeen()
	rows, err := db.QueryContext(ctx, `SELECT generation, began, hashes FROM ledger_seen ORDER BY seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var hashes []byte
		if err := rows.Scan(&s.newest, &s.began, &hashes); err != nil {
			return nil, err
		}
		for ; len(hashes) >= 8; hashes = hashes[8:] {
			s.set()[binary.LittleEndian.Uint64(hashes)] = struct{}{}
		}
	}
	return s, rows.Err()
}

// set is the newest generation.
func (s *seen) set() map[uint64]struct{} {
	if s.sets[s.newest] == nil {
		s.sets[s.newest] = map[uint64]struct{}{}
	}
	return s.sets[s.newest]
}

// turn is called before each block, with its time, and says whether a generation
// began. It depends on nothing but the blocks so far: after a kill the same blocks
// get the same verdicts.
func (s *seen) turn(at device.Millis) bool {
	switch age := at.Sub(s.began); {
	case s.began == 0 || age < -generationLasts: // the first; or our clock was far ahead and was set right
		s.began = at
	case age >= generationLasts && len(s.set()) >= generationLeast:
		s.newest, s.began = s.newest+1, at
		delete(s.sets, s.oldest()-1)
	default:
		return false
	}
	return true
}

func (s *seen) oldest() int64 { return s.newest - generations + 1 }

// add says whether the hash is new, and remembers it.
func (s *seen) add(hash uint64) bool {
	for _, set := range s.sets {
		if _, known := set[hash]; known {
			return false
		}
	}
	s.set()[hash] = struct{}{}
	return true
}
