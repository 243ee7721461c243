//go:build unix

package scaledjpeg

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// allocate gives bytes, all zero, outside of Go's heap: the garbage collector
// would neither give them back at once nor keep from letting the heap grow to
// twice their size.
func allocate(bytes int) ([]byte, error) {
	memory, err := unix.Mmap(-1, 0, bytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("allocating memory for a progressive JPEG file: %w", err)
	}
	return memory, nil
}

// release gives them back. It cannot fail on what allocate gave.
func release(memory []byte) { _ = unix.Munmap(memory) }
