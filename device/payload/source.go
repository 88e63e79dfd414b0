package payload

// kind is what a value is, in JSON's and CBOR's common terms.
type kind uint8

const (
	kindNone kind = iota // there was none, or what stood there is broken
	kindNull
	kindBool
	kindNumber
	kindText
	kindList
	kindObject
	kindOther // what only CBOR has: bytes, tags, simple values
)

// value is one value as it stood in a payload. Its slices are good until the
// source moves on.
type value struct {
	kind kind
	num  float64 // of a number, infinite beyond float64; 1 and 0 of a bool
	text []byte  // of a text, without escapes
	raw  []byte  // as it stood in the payload
	deep bool    // a list or object nested beyond MaxDepth
	time bool    // marked as a time by a tag of CBOR
}

// source walks one message of untrusted bytes. After the first fault it gives
// nothing more, and err says what was wrong; so a caller loops over next and
// asks once, at the end.
type source interface {
	// open enters the object or list that follows; false leaves it untouched.
	open(kind) bool
	// next says whether the object or list entered last has another element; if
	// not, it is left.
	next() bool
	// key takes the key of the element; nil is one that is no text.
	key() []byte
	// take takes the value of the element, whatever it is.
	take(*value)
	// end is to be called after the message's one object: nothing may follow.
	end() *Reject
	// position is the offset of what follows; between is the payload from an
	// earlier one up to here.
	position() int
	between(from int) []byte
	// texts calls each with the texts of a list that take gave, up to the first
	// false; it is false if something in the list is no text.
	texts(list []byte, each func([]byte) bool) bool
	// show writes a value as people read it.
	show(raw []byte) string
}
