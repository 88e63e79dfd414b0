//go:build unix && !linux

package main

import (
	"errors"
	"os"
	"syscall"
)

// attributes keeps a Ctrl-C from the children, so that they are ended in order.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func mountTmpfs(string, int64) error { return errors.New("only Linux has tmpfs") }

func unmount(string) {}

// reserve takes bytes of the disk by writing them.
func reserve(f *os.File, bytes int64) error {
	_, err := f.Write(make([]byte, bytes))
	return err
}
