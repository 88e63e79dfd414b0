package backtest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/yingguang/yingguang/device"
)

const (
	blockBytes = 512 << 10
	maxLine    = 8 << 20 // a batch of 1000 readings is far below it
)

// block is some whole lines of one file, and then what they say.
type block struct {
	file  string
	first int // number of its first line
	text  []byte
	err   error // why the file ends here; nil at its real end

	events   []event
	readings []device.Reading
	statuses []device.Status
	bad      []LineError
	done     chan struct{}
}

// event is one line in its turn: a mark, or so many readings and statuses.
type event struct {
	at                 device.Millis
	readings, statuses int
	mark               bool
}

// blocks cuts files into blocks and calls each with one after the other, until it
// says no. A file that cannot be read gives a last block with its error.
func blocks(files []string, stdin io.Reader, take func() *block, each func(*block) bool) {
	for _, name := range files {
		r, closer, err := open(name, stdin)
		if err != nil {
			b := take()
			b.file, b.err = name, err
			if !each(b) {
				return
			}
			continue
		}
		ok := cutFile(name, r, take, each)
		closer.Close()
		if !ok {
			return
		}
	}
}

// open gives a file's text; "-" is standard input. Gzip is told by its first bytes.
func open(name string, stdin io.Reader) (io.Reader, io.Closer, error) {
	src := io.NopCloser(stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, err
		}
		src = f
	}
	buffered := bufio.NewReaderSize(src, 256<<10)
	magic, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		src.Close()
		return nil, nil, err
	}
	if string(magic) != "\x1f\x8b" {
		return buffered, src, nil
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		src.Close()
		return nil, nil, err
	}
	return z, src, nil
}

func cutFile(name string, r io.Reader, take func() *block, each func(*block) bool) bool {
	number := 1
	var rest []byte // a line of which the end has not been read
	for {
		b := take()
		b.file, b.first = name, number
		b.text = append(b.text[:0], rest...)
		n, err := fill(r, &b.text)
		ended := err != nil
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			b.err = err
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			b.err = fmt.Errorf("it was cut short: %w", err)
		}
		if !ended {
			end := bytes.LastIndexByte(b.text, '\n') + 1
			if end == 0 && len(b.text) > maxLine {
				b.err, ended = fmt.Errorf("line %d is longer than %d MB: is it NDJSON?", number, maxLine>>20), true
				b.text = b.text[:0]
			}
			rest = append(rest[:0], b.text[end:]...)
			b.text = b.text[:end]
		}
		number += bytes.Count(b.text, []byte{'\n'})
		if n > 0 || len(b.text) > 0 || b.err != nil {
			if !each(b) {
				return false
			}
		}
		if ended {
			return true
		}
	}
}

// fill reads a block's worth behind what text holds.
func fill(r io.Reader, text *[]byte) (n int, err error) {
	old := len(*text)
	want := old + blockBytes
	if cap(*text) < want {
		grown := make([]byte, old, want)
		copy(grown, *text)
		*text = grown
	}
	for old+n < want && err == nil {
		var m int
		m, err = r.Read((*text)[old+n : want])
		n += m
	}
	*text = (*text)[:old+n]
	return n, err
}
