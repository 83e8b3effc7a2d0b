//go:build unix && !linux

package pgtest

import "syscall"

// dieWithParent does nothing here: only Linux can end a child with its
// parent. A test process that is killed leaves its server behind.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
