package pgtest

import "syscall"

// dieWithParent has the system tell the server to shut down at once when
// this process ends, even if it is killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
}
