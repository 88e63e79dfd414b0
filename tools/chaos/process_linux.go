package main

import (
	"os"
	"syscall"
)

// attributes keeps a Ctrl-C from the children, so that they are ended in order, and
// lets none outlive us, whatever ends us.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// mountTmpfs makes dir a small disk of its own, which can be filled without harm.
func mountTmpfs(dir string, bytes int64) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size="+itoa(bytes))
}

func unmount(dir string) { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }

// reserve takes bytes of the disk without writing them.
func reserve(f *os.File, bytes int64) error { return syscall.Fallocate(int(f.Fd()), 0, 0, bytes) }
