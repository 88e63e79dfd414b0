package influxd

import (
	"bytes"
	"os"
	"sync"
)

// maxLogBytes bounds each of the two log files.
const maxLogBytes = 4 << 20

// logFile is a log of at most two files: the current one, and the one before it
// as .1. It remembers the last line, which tells why a child ended.
type logFile struct {
	path string
	max  int64

	mu   sync.Mutex
	file *os.File
	size int64
	last []byte
}

func openLog(path string, maxBytes int64) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &logFile{path: path, max: maxBytes, file: f, size: info.Size()}, nil
}

// Write never fails: a log that cannot be written must not stop the child, which
// would block or die on a full pipe.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size+int64(len(p)) > l.max && l.size > 0 {
		l.turn()
	}
	if line := lastLine(p); line != nil {
		l.last = append(l.last[:0], line[:min(len(line), 500)]...)
	}
	if l.file != nil {
		n, _ := l.file.Write(p)
		l.size += int64(n)
	}
	return len(p), nil
}

func (l *logFile) turn() {
	if l.file != nil {
		_ = l.file.Close()
	}
	_ = os.Rename(l.path, l.path+".1")
	l.file, _ = os.OpenFile(l.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	l.size = 0
}

func (l *logFile) lastLine() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.last)
}

// Close closes the file; later writes are dropped.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// lastLine is the last line of p with anything in it, or nil.
func lastLine(p []byte) []byte {
	p = bytes.TrimSpace(p)
	if len(p) == 0 {
		return nil
	}
	return p[bytes.LastIndexByte(p, '\n')+1:]
}
