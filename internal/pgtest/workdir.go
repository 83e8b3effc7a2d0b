package pgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// dirPattern names the directories of all servers of all test processes.
const dirPattern = "grantkeep-pgtest-*"

// workDir is a temporary directory with a lock that is held while the
// process lives, so that others can tell a living one from a leftover.
type workDir struct {
	path string
	lock *os.File
}

// newWorkDir makes a directory that belongs to the account, and removes what
// killed processes left behind.
func newWorkDir(owner *account) (*workDir, error) {
	if err := sweep(); err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp("", dirPattern)
	if err != nil {
		return nil, err
	}
	if owner != nil {
		if err := os.Chown(path, owner.uid, owner.gid); err != nil {
			return nil, errors.Join(err, os.Remove(path))
		}
	}
	lock, err := lockFile(filepath.Join(path, "lock"), os.O_CREATE)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &workDir{path: path, lock: lock}, nil
}

func (d *workDir) remove() error {
	return errors.Join(os.RemoveAll(d.path), d.lock.Close())
}

// sweep removes the directories whose process is gone. A directory without a
// lock file is just being made, one that cannot be locked is in use, and one
// of another user is not ours to remove.
func sweep() error {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), dirPattern))
	if err != nil {
		return err
	}
	for _, path := range left {
		lock, err := lockFile(filepath.Join(path, "lock"), 0)
		if err != nil {
			continue
		}
		if err := errors.Join(os.RemoveAll(path), lock.Close()); err != nil {
			return fmt.Errorf("remove what another run left: %w", err)
		}
	}
	return nil
}

// lockFile opens a file and takes its lock, or fails if somebody has it.
func lockFile(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
