package profile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/yingguang/yingguang/device/payload"
)

// MaxInflated is the most that a payload in gzip may unpack to, in bytes: a
// gateway's batch of 1,000 full readings takes less than half of it, and a bomb
// is stopped there.
const MaxInflated = 1 << 20

// Gzipped says whether a payload begins as gzip does. No JSON, CBOR object or
// answer of Modbus begins so.
func Gzipped(data []byte) bool {
	return len(data) >= 3 && data[0] == 0x1f && data[1] == 0x8b && data[2] == 8
}

// Inflate unpacks a payload in gzip into memory of its own, and gives any other
// back as it is. The error is a *payload.Reject with the reason BadGzip.
func Inflate(data []byte) ([]byte, error) {
	if !Gzipped(data) {
		return data, nil
	}
	reject := func(format string, args ...any) error {
		return &payload.Reject{Reason: payload.BadGzip, Readings: 1, Text: fmt.Sprintf(format, args...)}
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, reject("the head of the gzip is broken (%v): send it again, or without gzip", err)
	}
	out, err := io.ReadAll(io.LimitReader(z, MaxInflated+1))
	switch {
	case len(out) > MaxInflated:
		return nil, reject("the gzip unpacks to more than %d bytes: send smaller batches", MaxInflated)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, reject("the gzip ends after %d bytes: it was cut short", len(data))
	case err != nil:
		return nil, reject("the gzip is broken (%v): send it again, or without gzip", err)
	}
	return out, nil
}
