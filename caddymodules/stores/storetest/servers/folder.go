package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Not os.TempDir: the folder must be short enough for a socket's path and open
// to another user, and a personal TMPDIR may be neither.
const folders = "/tmp/sekisho-test-"

// folder is a temporary folder with a lock that the kernel holds for as long as
// this process lives.
type folder struct {
	path string
	lock *os.File
}

// newFolder makes a folder for a server of the given kind, open to owner only
// (nil: this process's user), after sweeping away those of dead processes.
func newFolder(kind string, owner *syscall.Credential) (*folder, error) {
	sweep()
	path, err := os.MkdirTemp(filepath.Dir(folders), filepath.Base(folders)+kind+"-*")
	if err != nil {
		return nil, fmt.Errorf("making a folder for a server: %w", err)
	}
	f := &folder{path: path}
	f.lock, err = os.OpenFile(f.lockFile(), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX)
	}
	if err == nil && owner != nil {
		err = os.Chown(path, int(owner.Uid), int(owner.Gid))
	}
	if err != nil {
		f.remove()
		return nil, fmt.Errorf("making a folder for a server: %w", err)
	}
	return f, nil
}

func (f *folder) lockFile() string { return filepath.Join(f.path, "lock") }

func (f *folder) remove() {
	_ = os.RemoveAll(f.path)
	_ = f.lock.Close()
	sweep()
}

// sweep removes the folders whose processes died without doing so. Very young
// ones are left alone: their lock may not be taken yet.
func sweep() {
	paths, _ := filepath.Glob(folders + "*")
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || time.Since(info.ModTime()) < 10*time.Second {
			continue
		}
		lock, err := os.Open(filepath.Join(path, "lock"))
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(path)
		}
		_ = lock.Close()
	}
}

// tail gives the end of a log for an error message.
func tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}
