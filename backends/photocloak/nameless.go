package photocloak

import (
	"errors"
	"os"
)

// openRenounced opens a file on the disk and takes its name away at once. It
// stays behind only where the program is killed in between.
func openRenounced() (*os.File, error) {
	file, err := os.CreateTemp("", "sekisho-photo-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
