package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Sizes of the disk that is filled.
const (
	diskBytes    = 384 << 20 // of the tmpfs
	reserveBytes = 32 << 20  // journal.reserve on it
	quotaBytes   = 2 << 30   // of the quota file where nothing can be mounted
)

// disk is where the data folder lies.
type disk struct {
	dir     string
	mounted bool
	reserve int64 // to set as journal.reserve
	filler  string
}

// newDisk mounts a tmpfs. Where that is not permitted a quota file beside the data folder
// takes its place: it brings the free space below journal.reserve, which is set so high
// that the machine's own disk never fills.
func newDisk(top string) (*disk, error) {
	d := &disk{dir: filepath.Join(top, "disk"), reserve: reserveBytes}
	if err := os.Mkdir(d.dir, 0o755); err != nil {
		return nil, err
	}
	d.filler = filepath.Join(d.dir, "filler")
	err := mountTmpfs(d.dir, diskBytes)
	if err == nil {
		d.mounted = true
		return d, nil
	}
	free, statErr := freeBytes(d.dir)
	if statErr != nil {
		return nil, statErr
	}
	d.reserve = quotaReserve(free)
	step("no tmpfs may be mounted (%v): instead of filling a disk, a quota file brings it below journal.reserve", err)
	return d, nil
}

// quotaReserve is the journal.reserve of a disk with so many bytes free on which only a
// quota file may be laid: InfluxDB, which stops before the journal, must have room too.
func quotaReserve(free int64) int64 { return max(free-quotaBytes, free/3) }

func freeBytes(dir string) (int64, error) {
	var fs syscall.Statfs_t
	err := syscall.Statfs(dir, &fs)
	return int64(fs.Bavail) * int64(fs.Bsize), err //nolint:unconvert // a uint32 on macOS
}

// fill takes all there is, or, gently, so much that less than the reserve is left.
func (d *disk) fill(gently bool) error {
	want, err := freeBytes(d.dir)
	if err != nil {
		return err
	}
	gently = gently || !d.mounted
	if gently {
		want -= d.reserve - reserveBytes/2
	}
	f, err := os.Create(d.filler)
	if err != nil {
		return err
	}
	defer f.Close()
	// What others write meanwhile makes it too much: then somewhat less.
	for err = reserve(f, want); errors.Is(err, syscall.ENOSPC) && want > 1<<20; err = reserve(f, want) {
		want -= want / 16
	}
	if err == nil && !gently {
		fillLast(f, want)
	}
	return err
}

// fillLast writes until nothing goes in any more.
func fillLast(f *os.File, at int64) {
	page := make([]byte, 4096)
	for range 1 << 16 {
		n, err := f.WriteAt(page, at)
		if at += int64(n); err != nil {
			return
		}
	}
}

func (d *disk) free() { _ = os.Remove(d.filler) }

// copyTo keeps what a mounted disk holds: it goes with the mount.
func (d *disk) copyTo(dir string) error {
	d.free()
	if !d.mounted {
		return nil // it stays where it is
	}
	return os.CopyFS(dir, os.DirFS(d.dir))
}

func (d *disk) close() {
	if d.mounted {
		unmount(d.dir)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
