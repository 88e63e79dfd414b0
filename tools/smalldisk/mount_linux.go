package smalldisk

import (
	"strconv"
	"syscall"
)

func mount(dir string, bytes int64) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+strconv.FormatInt(bytes, 10))
}

func grow(dir string, bytes int64) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size="+strconv.FormatInt(bytes, 10))
}

func unmount(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }
