package payload

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// number takes a number: digits are gathered on the way, and where they and the
// power of ten are small enough to be exact, as a sensor's are, that is the
// result (Clinger 1990); all else goes to strconv.
func (s *jsonSource) number() (float64, bool) {
	start, b, i := s.i, s.b, s.i
	negative := b[i] == '-'
	if negative {
		i++
	}
	var digits uint64
	count, exp := 0, 0
	first := i
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		digits = digits*10 + uint64(b[i]-'0')
		count++
	}
	if s.i = i; i == first {
		return 0, s.want("a digit")
	}
	if b[first] == '0' && i > first+1 {
		s.i = first + 1
		return 0, s.want("the end of a number that begins with 0")
	}
	if i < len(b) && b[i] == '.' {
		i++
		first = i
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			digits = digits*10 + uint64(b[i]-'0')
			count++
			exp--
		}
		if s.i = i; i == first {
			return 0, s.want("a digit")
		}
	}
	exact := count <= 15
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		first = i
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
		}
		if s.i = i; i == first {
			return 0, s.want("a digit")
		}
		exact = false
	}
	s.i = i
	if !exact || exp < -15 {
		f, _ := strconv.ParseFloat(string(b[start:i]), 64) // out of range gives ±Inf, as we want
		return f, true
	}
	f := float64(digits) / tens[-exp]
	if negative {
		f = -f
	}
	return f, true
}

var tens = [16]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// str takes a text, its quote standing next, and undoes its escapes.
func (s *jsonSource) str() ([]byte, bool) {
	s.i++
	start := s.i
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[start : s.i-1 : s.i-1], true
		case c == '\\':
			s.scratch = append(s.scratch[:0], s.b[start:s.i]...)
			return s.escaped()
		case c < ' ':
			return nil, s.want("text without control characters")
		}
	}
	return nil, s.want("the closing quote")
}

// escaped takes the rest of a text from its first escape on.
func (s *jsonSource) escaped() ([]byte, bool) {
	for s.i < len(s.b) {
		c := s.b[s.i]
		switch {
		case c == '"':
			s.i++
			return s.scratch, true
		case c < ' ':
			return nil, s.want("text without control characters")
		case c != '\\':
			s.scratch = append(s.scratch, c)
			s.i++
			continue
		}
		s.i++
		if s.i >= len(s.b) {
			break
		}
		if s.b[s.i] == 'u' {
			if !s.escapedRune() {
				return nil, false
			}
			continue
		}
		plain := bytes.IndexByte([]byte(`"\/bfnrt`), s.b[s.i])
		if plain < 0 {
			return nil, s.want(`an escape: one of "\/bfnrtu`)
		}
		s.scratch = append(s.scratch, "\"\\/\b\f\n\r\t"[plain])
		s.i++
	}
	return nil, s.want("the closing quote")
}

// escapedRune takes uXXXX, and the second half of a surrogate pair with the
// first. Half a pair alone reads as U+FFFD, as in encoding/json.
func (s *jsonSource) escapedRune() bool {
	r, ok := s.hex4()
	if !ok {
		return false
	}
	if r >= 0xd800 && r < 0xdc00 && bytes.HasPrefix(s.b[s.i:], []byte(`\u`)) {
		back := s.i
		s.i++
		low, ok := s.hex4()
		if !ok {
			return false
		}
		if low >= 0xdc00 && low < 0xe000 {
			r = (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
		} else {
			s.i = back
		}
	}
	s.scratch = utf8.AppendRune(s.scratch, r) // a half gives U+FFFD
	return true
}

func (s *jsonSource) hex4() (rune, bool) {
	s.i++ // the u
	var r rune
	for range 4 {
		if s.i >= len(s.b) {
			return 0, s.want("four hex digits")
		}
		c := s.b[s.i]
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, s.want("four hex digits")
		}
		r = r<<4 | rune(c)
		s.i++
	}
	return r, true
}
