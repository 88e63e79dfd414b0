package main

import "syscall"

// bound lets a child not outlive us, whatever ends us.
func bound() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
