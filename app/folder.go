package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ErrInUse is returned where another process holds the data folder.
var ErrInUse = errors.New("another yingguang is running on this data folder 该数据目录已有进程在运行")

// Folder is the data folder, held by this process alone until Release.
type Folder struct {
	Path string // absolute
	lock *flock.Flock
}

// OpenFolder makes the folder where needed, proves that it can be written and
// locks it. The lock is the kernel's: it goes with the process, however that ends.
func OpenFolder(path string) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data_dir: %w", err)
	}
	if err := os.MkdirAll(path, 0o750); err != nil {
		return nil, fmt.Errorf("data_dir %s cannot be made: %w: name another folder with --data, or make it writable for this user", path, err)
	}
	probe, err := os.CreateTemp(path, ".probe-*")
	if err != nil {
		return nil, fmt.Errorf("data_dir %s cannot be written: %w: name another folder with --data, or make it writable for this user", path, err)
	}
	probe.Close()
	os.Remove(probe.Name())

	lock := flock.New(filepath.Join(path, "lock"))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("data_dir %s cannot be locked: %w", path, err)
	}
	if !ok {
		return nil, fmt.Errorf("data_dir %s: %w: stop it first, or name another folder with --data", path, ErrInUse)
	}
	return &Folder{Path: path, lock: lock}, nil
}

// Sub is a path below the folder.
func (f *Folder) Sub(name string) string { return filepath.Join(f.Path, name) }

// Release gives the folder up.
func (f *Folder) Release() error { return f.lock.Unlock() }

// maxSocketPath is what every Unix takes: 104 bytes on BSD, 108 on Linux.
const maxSocketPath = 100

// SocketPath is where the process on this data folder listens for verbs. A path
// too long for a socket is replaced by one in the temporary folder that is
// derived from it.
func SocketPath(dataDir string) (string, error) {
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "yingguang.sock")
	if len(path) <= maxSocketPath {
		return path, nil
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(os.TempDir(), "yingguang-"+hex.EncodeToString(sum[:8])+".sock"), nil
}

// writePID lets scripts find the process; the lock, not this file, keeps others out.
func (f *Folder) writePID() error {
	path := f.Sub("yingguang.pid")
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o640); err != nil {
		return fmt.Errorf("data_dir %s cannot be written: %w", f.Path, err)
	}
	return nil
}
