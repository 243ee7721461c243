package photocloak

import (
	"os"

	"golang.org/x/sys/unix"
)

// openNameless opens a file on the disk that never has a name there, so that it
// goes however this program ends.
func openNameless() (*os.File, error) {
	fd, err := unix.Open(os.TempDir(), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return openRenounced() // a file system that knows no such files, or no folder
	}
	return os.NewFile(uintptr(fd), "sekisho-photo"), nil
}
