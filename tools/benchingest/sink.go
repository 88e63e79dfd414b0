package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// sink is an HTTP receiver that takes line protocol and answers 204. It counts
// lines; with a folder it also keeps every body there, packed, for replay.
type sink struct {
	dir   string
	lines atomic.Int64
	files atomic.Int64
	pool  sync.Pool
}

// roleSink serves until it is stopped; its first line of output is its address.
func roleSink(dir string, keep bool) error {
	s := &sink{pool: sync.Pool{New: func() any { return new([64 << 10]byte) }}}
	if keep {
		s.dir = dir
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening", l.Addr())
	return http.Serve(l, s) //nolint:gosec // a receiver on loopback for a few minutes
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Influxdb-Version", "1.8.10")
	switch r.URL.Path {
	case "/api/v2/write", "/write":
		if err := s.take(r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	case "/count":
		fmt.Fprintln(w, s.lines.Load())
	case "/query": // CREATE DATABASE and its like
		fmt.Fprintln(w, `{"results":[{}]}`)
	default: // ping, and the query by which the set-up finds out whether Flux is on
		w.WriteHeader(http.StatusOK)
	}
}

func (s *sink) take(r *http.Request) error {
	var body io.Reader = r.Body
	if s.dir != "" {
		f, err := os.Create(filepath.Join(s.dir, fmt.Sprintf("%06d.gz", s.files.Add(1))))
		if err != nil {
			return err
		}
		defer f.Close()
		z := gzip.NewWriter(f)
		defer z.Close()
		body = io.TeeReader(body, z)
	}
	buffer := s.pool.Get().(*[64 << 10]byte)
	defer s.pool.Put(buffer)
	for {
		n, err := body.Read(buffer[:])
		s.lines.Add(int64(bytes.Count(buffer[:n], []byte{'\n'})))
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
