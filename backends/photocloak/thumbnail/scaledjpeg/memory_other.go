//go:build !unix

package scaledjpeg

import "unsafe"

// allocate gives bytes, all zero, where a uint64 may begin.
func allocate(bytes int) ([]byte, error) {
	words := make([]uint64, (bytes+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), bytes), nil
}

// release leaves them to the garbage collector.
func release([]byte) {}
