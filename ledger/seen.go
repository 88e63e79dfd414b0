package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"maps"

	"github.com/yingguang/yingguang/device"
)

// generations of a day each are remembered: between 48 and 72 hours.
const generations = 3

// generation is the day of a moment by our clock, since 1970.
func generation(at device.Millis) int64 { return int64(at) / (24 * 60 * 60 * 1000) }

// seen holds the hashes of the last days' readings. Two different readings share a
// hash once in 2⁶⁴; among the 3 million of a large town's three days, once in
// four million towns.
type seen struct {
	newest int64
	sets   map[int64]map[uint64]struct{} // by generation
}

// loadSeen reads back what the commits wrote.
func loadSeen(ctx context.Context, db *sql.DB) (*seen, error) {
	s := &seen{sets: map[int64]map[uint64]struct{}{}}
	rows, err := db.QueryContext(ctx, `SELECT generation, hashes FROM ledger_seen ORDER BY seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			of     int64
			hashes []byte
		)
		if err := rows.Scan(&of, &hashes); err != nil {
			return nil, err
		}
		s.turn(of)
		for ; len(hashes) >= 8; hashes = hashes[8:] {
			s.sets[s.newest][binary.LittleEndian.Uint64(hashes)] = struct{}{}
		}
	}
	return s, rows.Err()
}

// turn begins the generation of a day, and says whether others changed by it. A clock
// that jumps back a little goes on in the newest; one that was far ahead and is set
// right takes what it wrote then along, or that generation would never end.
func (s *seen) turn(to int64) bool {
	if s.sets[s.newest] == nil {
		s.newest, s.sets[to] = to, map[uint64]struct{}{}
		return true
	}
	switch {
	case to > s.newest:
		s.newest, s.sets[to] = to, map[uint64]struct{}{}
	case to < s.newest-1:
		now := s.sets[s.newest]
		for g, set := range s.sets {
			if g > to {
				maps.Copy(now, set)
				delete(s.sets, g)
			}
		}
		s.newest, s.sets[to] = to, now
	default:
		return false
	}
	maps.DeleteFunc(s.sets, func(g int64, _ map[uint64]struct{}) bool { return g < s.oldest() })
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
	s.sets[s.newest][hash] = struct{}{}
	return true
}
