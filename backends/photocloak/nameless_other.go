//go:build !linux

package photocloak

import "os"

// openNameless opens a file on the disk that has no name there.
func openNameless() (*os.File, error) { return openRenounced() }
