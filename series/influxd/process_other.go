//go:build unix && !linux

package influxd

import (
	"os/exec"
	"strconv"
	"syscall"
)

// attributes gives the child its own process group, so that a Ctrl-C does not
// reach it before we have ended the writing.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// commandLine is what process pid runs, empty where it has ended.
func commandLine(pid int) string {
	text, _ := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return string(text)
}

// holding is for Linux, which forgets what a process ran before it closes its port.
func holding(int) bool { return false }
