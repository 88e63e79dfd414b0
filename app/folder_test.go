package app

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestFolderIsHeldOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	first, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(dir); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second opening gave %v, want ErrInUse with the folder's name", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenFolder(dir)
	if err != nil {
		t.Fatalf("after Release: %v", err)
	}
	again.Release()
}

func TestFolderThatCannotBe(t *testing.T) {
	if _, err := OpenFolder("/proc/self/no/such"); err == nil || !strings.Contains(err.Error(), "data_dir") {
		t.Errorf("got %v, want an error naming data_dir", err)
	}
}

func TestSocketPathFits(t *testing.T) {
	long := "/tmp/" + strings.Repeat("x", 150)
	for _, dir := range []string{"/var/lib/yingguang", long} {
		path, err := SocketPath(dir)
		if err != nil || len(path) > maxSocketPath {
			t.Errorf("SocketPath(%d bytes) = %q, %v", len(dir), path, err)
		}
	}
}
