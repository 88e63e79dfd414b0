package payload

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// cborSource walks CBOR (RFC 8949). The library has said beforehand that the
// bytes are well-formed and within limits, so the walk itself need not look.
type cborSource struct {
	b       []byte
	i       int
	mode    cbor.DecMode
	fault   *Reject
	left    [4]int64 // elements left in the objects and lists entered; indefinite while open
	depth   int
	scratch []byte // for texts in chunks
}

const (
	indefinite = -1
	cborBreak  = 0xff
	// maxCBORNesting bounds what the library looks into; MaxDepth is below it, so
	// that one reading too deep does not condemn its neighbours.
	maxCBORNesting = 4 * MaxDepth
)

func (s *cborSource) reset(b []byte) {
	s.b, s.i, s.fault, s.depth = b, 0, nil, 0
	if s.mode == nil {
		mode, err := cbor.DecOptions{MaxNestedLevels: maxCBORNesting}.DecMode()
		if err != nil {
			panic("payload: " + err.Error()) // the options are constants
		}
		s.mode = mode
	}
	if err := s.mode.Wellformed(b); err != nil {
		reason := BadCBOR
		var deep *cbor.MaxNestedLevelError
		if errors.As(err, &deep) {
			reason = TooDeep
		}
		s.fault = &Reject{Reason: reason, Text: "not CBOR that can be taken: " + strings.TrimPrefix(err.Error(), "cbor: ")}
		s.b = nil
	}
}

func (s *cborSource) position() int           { return s.i }
func (s *cborSource) between(from int) []byte { return s.b[min(from, s.i):s.i] }
func (s *cborSource) end() *Reject            { return s.fault }

func (s *cborSource) show(raw []byte) string {
	text, err := cbor.Diagnose(raw)
	if err != nil {
		return cut(fmt.Sprintf("(bytes %x)", raw)) // such as a text that is not UTF-8
	}
	return cut(text)
}

// head takes the first byte of an item and its argument; n is indefinite where it has none.
func (s *cborSource) head() (major byte, info byte, n uint64) {
	first := s.b[s.i]
	s.i++
	major, info = first&0xe0, first&0x1f
	rest := s.b[s.i:]
	switch info {
	case 24:
		s.i++
		return major, info, uint64(rest[0])
	case 25:
		s.i += 2
		return major, info, uint64(binary.BigEndian.Uint16(rest))
	case 26:
		s.i += 4
		return major, info, uint64(binary.BigEndian.Uint32(rest))
	case 27:
		s.i += 8
		return major, info, binary.BigEndian.Uint64(rest)
	case 31:
		return major, info, math.MaxUint64
	}
	return major, info, uint64(info)
}

func (s *cborSource) open(k kind) bool {
	want := byte(cborMap)
	if k == kindList {
		want = cborArray
	}
	if s.i >= len(s.b) || s.b[s.i]&0xe0 != want {
		return false
	}
	_, _, n := s.head()
	s.left[s.depth] = int64(n) // MaxUint64 becomes indefinite
	s.depth++
	return true
}

func (s *cborSource) next() bool {
	if s.fault != nil {
		return false
	}
	left := &s.left[s.depth-1]
	switch {
	case *left == indefinite && s.b[s.i] == cborBreak:
		s.i++
	case *left == indefinite:
		return true
	case *left > 0:
		*left--
		return true
	}
	s.depth--
	return false
}

func (s *cborSource) key() []byte {
	if s.b[s.i]&0xe0 != cborText {
		s.skip(0)
		return nil
	}
	return s.text()
}

// text takes a text, joining chunks.
func (s *cborSource) text() []byte {
	_, info, n := s.head()
	if info != 31 {
		s.i += int(n)
		return s.b[s.i-int(n) : s.i : s.i]
	}
	s.scratch = s.scratch[:0]
	for s.b[s.i] != cborBreak {
		_, _, n := s.head()
		s.scratch = append(s.scratch, s.b[s.i:s.i+int(n)]...)
		s.i += int(n)
	}
	s.i++
	return s.scratch
}

func (s *cborSource) take(v *value) {
	*v = value{}
	if s.i >= len(s.b) {
		return
	}
	start := s.i
	switch s.b[s.i] & 0xe0 {
	case cborUint:
		_, _, n := s.head()
		v.kind, v.num = kindNumber, float64(n)
	case cborNeg:
		_, _, n := s.head()
		v.kind, v.num = kindNumber, -float64(n+1) // rounded once
		if n == math.MaxUint64 {
			v.num = -1 << 64
		}
	case cborText:
		v.kind, v.text = kindText, s.text()
		if !utf8.Valid(v.text) {
			v.kind = kindOther
		}
	case cborArray:
		v.kind = kindList
		v.deep = s.skip(1) > MaxDepth
	case cborMap:
		v.kind = kindObject
		v.deep = s.skip(1) > MaxDepth
	case cborTag:
		s.tagged(v)
	case cborSimple:
		s.simple(v)
	default:
		v.kind = kindOther
		s.skip(0)
	}
	v.raw = s.b[start:s.i]
}

// tagged takes the standard's two times (tags 0 and 1) as what they hold.
func (s *cborSource) tagged(v *value) {
	_, _, tag := s.head()
	inner := s.b[s.i] & 0xe0
	if tag > 1 || inner == cborTag {
		v.kind = kindOther
		v.deep = s.skip(1) > MaxDepth
		return
	}
	s.take(v)
	v.time = true
}

func (s *cborSource) simple(v *value) {
	_, info, n := s.head()
	v.kind = kindNumber
	switch info {
	case 20, 21:
		v.kind, v.num = kindBool, float64(info-20)
	case 22, 23: // null and undefined
		v.kind = kindNull
	case 25:
		v.num = half(uint16(n))
	case 26:
		v.num = float64(math.Float32frombits(uint32(n)))
	case 27:
		v.num = math.Float64frombits(n)
	default:
		v.kind = kindOther
	}
}

// half decodes binary16 (RFC 8949, appendix D).
func half(h uint16) float64 {
	exp, mant := int(h>>10&0x1f), float64(h&0x3ff)
	var f float64
	switch exp {
	case 0:
		f = math.Ldexp(mant, -24)
	case 31:
		f = math.Inf(1)
		if mant != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(mant+1024, exp-25)
	}
	if h&0x8000 != 0 {
		f = -f
	}
	return f
}

// skip passes over one item, at the given level if it is a list or object, and
// returns the deepest level in it. It recurses at most maxCBORNesting times.
func (s *cborSource) skip(level int) (deepest int) {
	major, info, n := s.head()
	items := n
	switch major {
	case 2 << 5, cborText:
		if info != 31 {
			s.i += int(n)
			return level - 1
		}
	case cborArray:
	case cborMap:
		items *= 2
	case cborTag:
		items = 1
	default:
		return level - 1
	}
	deepest = level
	if info == 31 {
		for s.b[s.i] != cborBreak {
			deepest = max(deepest, s.skip(level+1))
		}
		s.i++
		return deepest
	}
	for range items {
		deepest = max(deepest, s.skip(level+1))
	}
	return deepest
}

func (s *cborSource) texts(list []byte, each func([]byte) bool) bool {
	in := cborSource{b: list, scratch: s.scratch}
	in.open(kindList)
	for in.next() {
		var v value
		in.take(&v)
		if v.kind != kindText || v.time {
			return false
		}
		if !each(v.text) {
			break
		}
	}
	s.scratch = in.scratch
	return true
}
