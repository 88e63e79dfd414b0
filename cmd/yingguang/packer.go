package main

import (
	"bytes"
	"io"
	"runtime"

	"github.com/klauspost/compress/gzip"
)

// packer is gzip on all cores: pieces of a megabyte, each a gzip member of its
// own, which any gunzip joins. The bytes do not depend on how many cores there are.
type packer struct {
	out     io.Writer
	piece   []byte
	waiting []chan packed
	failed  error
}

type packed struct {
	data []byte
	err  error
}

const pieceSize = 1 << 20

func newPacker(out io.Writer) *packer { return &packer{out: out} }

// Write takes all of b; an error of an earlier piece is told late.
func (p *packer) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 && p.failed == nil {
		room := min(len(b), pieceSize-len(p.piece))
		p.piece = append(p.piece, b[:room]...)
		if b = b[room:]; len(p.piece) == pieceSize {
			p.pack()
		}
	}
	return n, p.failed
}

// pack begins to compress the piece, and writes the oldest when there are many.
func (p *packer) pack() {
	done := make(chan packed, 1)
	piece := p.piece
	p.piece = make([]byte, 0, pieceSize)
	go func() {
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err == nil {
			_, err = w.Write(piece)
		}
		if err == nil {
			err = w.Close()
		}
		done <- packed{b.Bytes(), err}
	}()
	if p.waiting = append(p.waiting, done); len(p.waiting) > 2*runtime.GOMAXPROCS(0) {
		p.drain()
	}
}

// drain writes the oldest piece.
func (p *packer) drain() {
	got := <-p.waiting[0]
	p.waiting = p.waiting[1:]
	if p.failed == nil {
		p.failed = got.err
	}
	if p.failed == nil {
		_, p.failed = p.out.Write(got.data)
	}
}

// Close writes what is left. An empty file is one empty member.
func (p *packer) Close() error {
	p.pack()
	for len(p.waiting) > 0 {
		p.drain()
	}
	return p.failed
}
