package payload

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// jsonSource is a strict scanner for RFC 8259 in UTF-8: what encoding/json calls
// valid, less broken UTF-8. It does not recurse.
type jsonSource struct {
	b       []byte
	i       int
	fault   *Reject
	closers [4]byte // of the objects and lists entered: message, readings, reading
	depth   int
	fresh   bool   // nothing of the one entered last was taken yet
	scratch []byte // for texts with escapes
	nested  []byte // closers of what skip is inside
}

func (s *jsonSource) reset(b []byte) {
	s.b, s.i, s.fault, s.depth, s.fresh = b, 0, nil, 0, false
	if !utf8.Valid(b) {
		n := 0
		for r, size := utf8.DecodeRune(b); r != utf8.RuneError || size != 1; r, size = utf8.DecodeRune(b[n:]) {
			n += size
		}
		s.i = n
		s.failf("byte %d (0x%02x) is not UTF-8: send UTF-8, or CBOR", n, b[n])
	}
}

func (s *jsonSource) position() int {
	s.peek()
	return s.i
}

func (s *jsonSource) between(from int) []byte { return s.b[min(from, s.i):s.i] }

func (s *jsonSource) show(raw []byte) string { return cut(string(raw[:min(len(raw), 2*maxShown)])) }

func (s *jsonSource) failf(format string, args ...any) {
	if s.fault == nil {
		s.fault = &Reject{Reason: BadJSON, Text: fmt.Sprintf(format, args...)}
	}
	s.b = s.b[:min(s.i, len(s.b))] // nothing more is seen
}

// want notes that something else stands where what should.
func (s *jsonSource) want(what string) bool {
	switch {
	case s.i >= len(s.b):
		s.failf("the message ends at byte %d where %s should follow: it was cut short", s.i, what)
	case s.b[s.i] == 0 && s.i == len(s.b)-1:
		s.failf("byte %d, the last, is a NUL: send the text without its terminator", s.i)
	default:
		r, _ := utf8.DecodeRune(s.b[s.i:])
		s.failf("byte %d is %q where %s should follow", s.i, r, what)
	}
	return false
}

// peek skips blanks and returns the next byte without taking it, 0 at the end.
func (s *jsonSource) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

func (s *jsonSource) open(k kind) bool {
	opener, closer := byte('{'), byte('}')
	if k == kindList {
		opener, closer = '[', ']'
	}
	if s.peek() != opener {
		return false
	}
	s.i++
	s.closers[s.depth] = closer
	s.depth++
	s.fresh = true
	return true
}

func (s *jsonSource) next() bool {
	closer := s.closers[s.depth-1]
	c := s.peek()
	switch {
	case c == closer:
		s.i++
		s.depth--
		s.fresh = false
		return false
	case s.fresh:
		s.fresh = false
		return s.fault == nil
	case c == ',':
		s.i++
		return true
	case closer == '}':
		return s.want("a comma or }")
	}
	return s.want("a comma or ]")
}

func (s *jsonSource) key() []byte {
	if s.peek() != '"' {
		s.want("a key in quotes")
		return nil
	}
	key, ok := s.str()
	if !ok {
		return nil
	}
	if s.peek() != ':' {
		s.want("a colon")
		return nil
	}
	s.i++
	return key
}

func (s *jsonSource) end() *Reject {
	if s.fault == nil && s.peek() != 0 || s.fault == nil && s.i < len(s.b) {
		s.want("the end of the message")
	}
	return s.fault
}

func (s *jsonSource) take(v *value) {
	*v = value{}
	c := s.peek()
	start := s.i
	ok := false
	switch {
	case c == '"':
		v.kind = kindText
		v.text, ok = s.str()
	case c == '-' || c >= '0' && c <= '9':
		v.kind = kindNumber
		v.num, ok = s.number()
	case c == '{':
		v.kind = kindObject
		v.deep, ok = s.skip()
	case c == '[':
		v.kind = kindList
		v.deep, ok = s.skip()
	case c == 't':
		v.kind, v.num = kindBool, 1
		ok = s.word("true")
	case c == 'f':
		v.kind = kindBool
		ok = s.word("false")
	case c == 'n':
		v.kind = kindNull
		ok = s.word("null")
	default:
		s.want("a value")
	}
	if !ok {
		*v = value{}
		return
	}
	v.raw = s.b[start:s.i]
}

func (s *jsonSource) word(w string) bool {
	if !bytes.HasPrefix(s.b[s.i:], []byte(w)) {
		return s.want("true, false or null")
	}
	s.i += len(w)
	return true
}

// skip passes over a list or object. It keeps no more than a byte for each level.
func (s *jsonSource) skip() (deep, ok bool) {
	s.nested = s.nested[:0]
	for {
		empty := false
		switch c := s.peek(); c {
		case '{', '[':
			s.i++
			s.nested = append(s.nested, c+2) // in ASCII the closers are two after the openers
			deep = deep || len(s.nested) > MaxDepth
			empty = s.peek() == c+2
			if c == '{' && !empty && s.key() == nil {
				return deep, false
			}
		default:
			var v value
			s.take(&v)
			if v.kind == kindNone {
				return deep, false
			}
			empty = true
		}
		if !empty {
			continue // with the first element
		}
		more, ok := s.unwind()
		if !more {
			return deep, ok
		}
	}
}

// unwind leaves the lists and objects that end here, up to one that goes on.
func (s *jsonSource) unwind() (more, ok bool) {
	for len(s.nested) > 0 {
		closer := s.nested[len(s.nested)-1]
		switch c := s.peek(); {
		case c == closer:
			s.i++
			s.nested = s.nested[:len(s.nested)-1]
		case c != ',':
			return false, s.want("a comma or the end of a list or object")
		default:
			s.i++
			return closer == ']' || s.key() != nil, false
		}
	}
	return false, true
}

func (s *jsonSource) texts(list []byte, each func([]byte) bool) bool {
	in := jsonSource{b: list, scratch: s.scratch}
	in.open(kindList)
	for in.next() {
		var v value
		in.take(&v)
		if v.kind != kindText {
			return false
		}
		if !each(v.text) {
			break
		}
	}
	s.scratch = in.scratch
	return true
}
