//go:build unix && !linux

package main

import "syscall"

// bound cannot bind a child to our life here; Linux can.
func bound() *syscall.SysProcAttr { return nil }
