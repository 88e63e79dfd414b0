package influxd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/s2"
)

// An entry of InfluxDB's write-ahead log is a byte of kind, four of length, and as
// many of a Snappy block.
const (
	walHead    = 5
	walKinds   = 3         // 1 to 3: points, deleted series, deleted range
	walLongest = 128 << 20 // no request is as large; a length above it is no length
)

// mendWAL cuts torn ends off the write-ahead log, as a kill in the middle of a write or
// a full disk leaves them. InfluxDB 1.8 cuts them off too, but only after it has
// taken the end for the place where it goes on writing: what it acknowledges then
// lies behind a hole, and is gone with the next kill. It returns what it cut off.
func mendWAL(dir string) (cut int64, err error) {
	segments, err := filepath.Glob(filepath.Join(dir, "wal", "*", "*", "*", "_*.wal"))
	if err != nil {
		return 0, err
	}
	for _, path := range segments {
		n, mendErr := mendSegment(path)
		cut += n
		if mendErr != nil {
			err = errors.Join(err, fmt.Errorf("write-ahead log of InfluxDB: %w", mendErr))
		}
	}
	return cut, err
}

func mendSegment(path string) (cut int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	good, err := goodLength(f, info.Size())
	if err != nil || good == info.Size() {
		return 0, err
	}
	return info.Size() - good, f.Truncate(good)
}

// goodLength is where the last whole entry ends. Its error is one of reading.
func goodLength(f io.ReaderAt, size int64) (int64, error) {
	var head [walHead]byte
	var block, plain []byte
	for at := int64(0); ; {
		if size-at < walHead {
			return at, nil
		}
		if _, err := f.ReadAt(head[:], at); err != nil {
			return at, err
		}
		length := int64(binary.BigEndian.Uint32(head[1:]))
		if head[0] < 1 || head[0] > walKinds || length < 1 || length > walLongest || size-at-walHead < length {
			return at, nil
		}
		if int64(cap(block)) < length {
			block = make([]byte, length)
		}
		block = block[:length]
		if _, err := f.ReadAt(block, at+walHead); err != nil {
			return at, err
		}
		if n, err := s2.DecodedLen(block); err != nil || n > walLongest {
			return at, nil
		}
		whole, err := s2.Decode(plain, block)
		if err != nil {
			return at, nil
		}
		plain = whole[:cap(whole)]
		at += walHead + length
	}
}
