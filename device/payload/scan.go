package payload

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// maxDepth is how deep values that we skip may nest.
const maxDepth = 16

// scanner reads JSON (RFC 8259) once, front to back, making no garbage but for
// strings with escapes. After the first syntax error it stays at it.
type scanner struct {
	b    []byte
	i    int
	err  string // what was wrong with the grammar, empty while nothing was
	at   int    // where
	text []byte // room for strings with escapes
}

func (s *scanner) fail(format string, args ...any) {
	if s.err == "" {
		s.err, s.at = fmt.Sprintf(format, args...), s.i
	}
	s.i = len(s.b)
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// peek is the next byte that is not space, or 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// take consumes c, or fails.
func (s *scanner) take(c byte) bool {
	if s.peek() != c || c == 0 {
		s.fail("want %q", c)
		return false
	}
	s.i++
	return true
}

// more is called after '{' or '[' and after every element: it says whether
// another one follows, and consumes the comma or the closing byte.
func (s *scanner) more(first *bool, closing byte) bool {
	c := s.peek()
	switch {
	case s.err != "":
		return false
	case c == closing:
		s.i++
		return false
	case *first:
		*first = false
		return c != 0 || s.cutOff()
	case c != ',':
		s.fail("want , or %q", closing)
		return false
	}
	s.i++
	return true
}

func (s *scanner) cutOff() bool {
	s.fail("it ends too early")
	return false
}

// key reads a field's name and its colon. The bytes are valid until the next string.
func (s *scanner) key() []byte {
	k := s.str()
	s.take(':')
	return k
}

// str reads a string. The bytes are valid until the next string.
func (s *scanner) str() []byte {
	if !s.take('"') {
		return nil
	}
	start, ascii := s.i, true
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			out := s.b[start:s.i]
			s.i++
			if !ascii && !utf8.Valid(out) {
				s.fail("a string is not UTF-8")
			}
			return out
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			s.fail("a string holds the control byte 0x%02x", c)
			return nil
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	s.cutOff()
	return nil
}

// escaped goes on with a string at its first backslash.
func (s *scanner) escaped(start int) []byte {
	out := append(s.text[:0], s.b[start:s.i]...)
	for s.i < len(s.b) {
		c := s.b[s.i]
		s.i++
		switch {
		case c == '"':
			s.text = out
			if !utf8.Valid(out) {
				s.fail("a string is not UTF-8")
			}
			return out
		case c < 0x20:
			s.fail("a string holds the control byte 0x%02x", c)
			return nil
		case c != '\\':
			out = append(out, c)
			continue
		}
		if s.i >= len(s.b) {
			break
		}
		c = s.b[s.i]
		s.i++
		switch c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			out = utf8.AppendRune(out, s.unicode())
		default:
			s.fail("unknown escape \\%c", c)
			return nil
		}
	}
	s.cutOff()
	return nil
}

// unicode reads the four digits after \u, and a second half where one follows;
// a half alone becomes U+FFFD, as encoding/json has it.
func (s *scanner) unicode() rune {
	r := s.hex4()
	if !utf16.IsSurrogate(r) {
		return r
	}
	if s.i+6 <= len(s.b) && s.b[s.i] == '\\' && s.b[s.i+1] == 'u' {
		back := s.i
		s.i += 2
		if both := utf16.DecodeRune(r, s.hex4()); both != utf8.RuneError || s.err != "" {
			return both
		}
		s.i = back
	}
	return utf8.RuneError
}

func (s *scanner) hex4() rune {
	if s.i+4 > len(s.b) {
		s.cutOff()
		return 0
	}
	v, err := strconv.ParseUint(string(s.b[s.i:s.i+4]), 16, 16)
	if err != nil {
		s.fail("want four hexadecimal digits after \\u")
		return 0
	}
	s.i += 4
	return rune(v)
}

var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number reads a number. One too large for a float64 becomes an infinity, which
// no range allows. Up to 15 digits are converted here, exactly; the rest by strconv.
func (s *scanner) number() float64 {
	start, mantissa, digits, scale := s.i, uint64(0), 0, 0
	negative := s.next('-')
	whole := s.i
	for s.digit() {
		mantissa, digits = mantissa*10+uint64(s.b[s.i]-'0'), digits+1
		s.i++
	}
	if s.i == whole || s.b[whole] == '0' && s.i > whole+1 {
		s.fail("want a number")
		return 0
	}
	if s.next('.') {
		fraction := s.i
		for s.digit() {
			mantissa, digits = mantissa*10+uint64(s.b[s.i]-'0'), digits+1
			s.i++
		}
		if scale = s.i - fraction; scale == 0 {
			s.fail("want a digit after the point")
			return 0
		}
	}
	exponent := s.next('e') || s.next('E')
	if exponent {
		_ = s.next('+') || s.next('-')
		power := s.i
		for s.digit() {
			s.i++
		}
		if s.i == power {
			s.fail("want a digit in the exponent")
			return 0
		}
	}
	if !exponent && digits <= 15 && scale < len(pow10) {
		v := float64(mantissa) / pow10[scale]
		if negative {
			v = -v
		}
		return v
	}
	v, err := strconv.ParseFloat(view(s.b[start:s.i]), 64)
	if err != nil && !math.IsInf(v, 0) {
		s.fail("want a number")
	}
	return v
}

func (s *scanner) digit() bool { return s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' }

func (s *scanner) next(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// word consumes true, false or null.
func (s *scanner) word(w string) {
	if len(s.b)-s.i < len(w) || view(s.b[s.i:s.i+len(w)]) != w {
		s.fail("want a value")
		return
	}
	s.i += len(w)
}

// skip reads any value and forgets it.
func (s *scanner) skip(depth int) {
	if depth > maxDepth {
		s.fail("it nests deeper than %d", maxDepth)
		return
	}
	first := true
	switch s.peek() {
	case '{':
		for s.i++; s.more(&first, '}'); {
			s.key()
			s.skip(depth + 1)
		}
	case '[':
		for s.i++; s.more(&first, ']'); {
			s.skip(depth + 1)
		}
	case '"':
		s.str()
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
}

// end fails where anything but space is left.
func (s *scanner) end() {
	if s.space(); s.err == "" && s.i < len(s.b) {
		s.fail("something follows its end")
	}
}

// view lets bytes be read as a string without copying; it must not outlive them.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
