// Package smalldisk gives tests a disk of their own that can be filled to its end.
package smalldisk

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Disk is a small file system.
type Disk struct {
	Dir string
	t   testing.TB
}

// New mounts a tmpfs of so many bytes until the test ends. Where this process may not
// mount, or the kernel knows no tmpfs, the test is skipped with a line saying so.
func New(t testing.TB, bytes int64) *Disk {
	t.Helper()
	dir := t.TempDir()
	err := mount(dir, bytes)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENODEV) {
		t.Skipf("SKIPPED: no small disk can be mounted here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Errorf("unmount the small disk: %v", err)
		}
	})
	return &Disk{dir, t}
}

// Grow gives the disk so many bytes in all.
func (d *Disk) Grow(bytes int64) {
	d.t.Helper()
	if err := grow(d.Dir, bytes); err != nil {
		d.t.Fatalf("enlarge the small disk: %v", err)
	}
}

// Fill takes all the space there is; the function it gives makes room again.
func (d *Disk) Fill() (free func()) {
	d.t.Helper()
	path := filepath.Join(d.Dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		d.t.Fatal(err)
	}
	for chunk := 1 << 20; chunk > 0; {
		if _, err := f.Write(make([]byte, chunk)); err == nil {
			continue
		} else if !errors.Is(err, syscall.ENOSPC) {
			d.t.Fatal(err)
		}
		chunk /= 16
	}
	if err := f.Close(); err != nil && !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			d.t.Error(err)
		}
	}
}
