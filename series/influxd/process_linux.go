package influxd

import (
	"fmt"
	"os"
	"path/filepath"
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

// holding is true as long as a thread of process pid may hold files and ports: the
// kernel takes away what a process runs some moments before it closes those.
func holding(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, t := range threads {
		text, _ := os.ReadFile(t) // number (name) state
		if end := strings.LastIndexByte(string(text), ')'); end > 0 && !strings.HasPrefix(string(text[end:]), ") Z") {
			return true
		}
	}
	return false
}
