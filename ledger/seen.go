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
// One that holds the most ends at once, or whoever sends enough would fill the memory:
// then what comes twice after less than 48 hours is stored twice, and the log says so.
// A day of 2,000 lamps at one reading a minute, or 20,000 at ten, is below it.
const (
	generations     = 3
	generationLasts = 24 * time.Hour
	generationLeast = 100_000   // hashes
	generationMost  = 3_000_000 // hashes; some 36 MB
)

// seen holds the hashes of the last days' readings. Two different readings share a
// hash once in 2⁶⁴; among the 3 million of a large town's three days, once in
// four million towns.
type seen struct {
	newest int64             // number of the newest generation
	began  device.Millis     // when it began, by the blocks' time; 0 before the first
	sets   map[int64]*hashes // by generation
	most   int               // hashes in one
}

func newSeen() *seen { return &seen{sets: map[int64]*hashes{}, most: generationMost} }

// loadSeen reads back what the commits wrote.
func loadSeen(ctx context.Context, db *sql.DB) (*seen, error) {
	s := newSeen()
	rows, err := db.QueryContext(ctx, `SELECT generation, began, hashes FROM ledger_seen ORDER BY seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var list []byte
		if err := rows.Scan(&s.newest, &s.began, &list); err != nil {
			return nil, err
		}
		for ; len(list) >= 8; list = list[8:] {
			s.set().add(binary.LittleEndian.Uint64(list))
		}
	}
	return s, rows.Err()
}

// set is the newest generation.
func (s *seen) set() *hashes {
	if s.sets[s.newest] == nil {
		s.sets[s.newest] = &hashes{}
	}
	return s.sets[s.newest]
}

// turn is called before each block, with its time, and says whether a generation
// began, and whether that was since the last was full. It depends on nothing but the
// blocks so far: after a kill the same blocks get the same verdicts.
func (s *seen) turn(at device.Millis) (began, full bool) {
	age := at.Sub(s.began)
	full = s.set().n >= s.most
	switch {
	case full || age >= generationLasts && s.set().n >= generationLeast:
		s.newest, s.began = s.newest+1, at
		delete(s.sets, s.oldest()-1)
	case s.began == 0 || age < -generationLasts: // the first; or our clock was far ahead and was set right
		s.began = at
	default:
		return false, false
	}
	return true, full
}

func (s *seen) oldest() int64 { return s.newest - generations + 1 }

// add says whether the hash is new, and remembers it.
func (s *seen) add(hash uint64) bool {
	for n, set := range s.sets {
		if n != s.newest && set.has(hash) {
			return false
		}
	}
	return s.set().add(hash)
}

// size is how many hashes are remembered.
func (s *seen) size() int {
	n := 0
	for _, set := range s.sets {
		n += set.n
	}
	return n
}
