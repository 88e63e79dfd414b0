package journal

import "github.com/yingguang/yingguang/device"

// Position names a record of one stream: the stream by its creation time, so
// that a stream made anew is never mistaken for the old one, and the record by
// its sequence. The zero Position stands before the first record.
type Position struct {
	Created int64  // Unix nanoseconds
	Seq     uint64 // 1 is the first record
}

// Block is one record of the journal: what ingest took in while the block
// before it was being written, or a mark or result that consumers need in the
// same order. Empty parts cost nothing.
type Block struct {
	At        device.Millis       // when it was appended, by our clock
	Readings  []device.Reading    // in order of arrival
	Statuses  []device.Status     // in order of arrival
	LeftOut   []LeftOut           // since the block before
	Observing bool                // we were connected and had drained the broker at At
	Nights    []device.NightLight // finished nights, made by alerts, for series
	Replay    *Replay             // the readings come from a message that was rejected before
}

// Replay says which rejected message a block's readings come from. It counts once,
// however often it is journaled.
type Replay struct {
	ID       string        // of the message, for ever
	Lamp     device.LampID // under which it was counted as rejected
	Received device.Millis // when it came
	Readings uint32        // how many it counted for
	Refused  bool          // by InfluxDB: the ledger knows its content, though it is no duplicate
}

// LeftOut counts readings of one lamp that ingest received and did not put into
// a block.
type LeftOut struct {
	Lamp      device.LampID // empty where the topic did not tell
	Rejected  uint32        // they are in the rejected stream
	Duplicate uint32        // remembered by ingest
}

// Rejected is one message that could not be taken, as it came.
type Rejected struct {
	Seq      uint64        // its number, later ones are larger; set when read back
	Received device.Millis // by our clock
	Topic    string
	Lamp     device.LampID // where it is known
	Reason   string        // stable code, such as bad_json, out_of_range, too_large, series_refused
	Text     string        // the sentence for people: field, value, what to do
	Payload  []byte        // the bytes, or the head of a message over MaxRejectedPayload
	Length   int           // of the whole message
	SHA256   string        // hex, of the whole message
	Readings int           // how many readings it counts for in the ledger, at least 1
	ID       string        `json:",omitempty"` // for ever; set when read back
	Encoded  []byte        `json:",omitempty"` // of one that was understood, and refused for its lamp or by InfluxDB: the block of that reading, exactly
}

// MaxBlockBytes is the largest encoded block; MaxRejectedPayload the most bytes
// of a rejected message that are kept.
const (
	MaxBlockBytes      = 512 << 10
	MaxRejectedPayload = 64 << 10
)
