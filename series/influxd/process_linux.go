package influxd

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// attributes ties the child to the thread that starts it, so that the kernel ends
// it even when we are killed; its own process group keeps a Ctrl-C from reaching
// it before we have ended the writing.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// commandLine is what process pid runs, empty where it has ended.
func commandLine(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return strings.ReplaceAll(string(text), "\x00", " ")
}
