package serve

import (
	"errors"
	"io"
	"sync/atomic"
)

const (
	// smallBody is what each body may take of the memory whatever the others do:
	// nearly all are smaller. It is in bytes.
	smallBody = 16 << 10

	// allBodies is what all that are larger may take together while they are
	// received, in bytes: strangers may send as many as they like, and stop in the
	// midst of each.
	allBodies = 128 << 20
)

// errBusy says that too much is being received at once.
var errBusy = errors.New("too much is being received at once")

// receiving bounds the memory of all bodies of the process.
var receiving = newBudget(allBodies)

// budget is memory that can be taken and given back.
type budget struct{ left atomic.Int64 } // bytes

func newBudget(bytes int64) *budget {
	b := new(budget)
	b.left.Store(bytes)
	return b
}

// take takes memory, where so much is left.
func (b *budget) take(bytes int) bool {
	if b.left.Add(-int64(bytes)) >= 0 {
		return true
	}
	b.give(bytes)
	return false
}

func (b *budget) give(bytes int) { b.left.Add(int64(bytes)) }

// read reads all that a body holds. What it takes it gives back at the end: what
// is whole is soon answered.
func (b *budget) read(body io.Reader) ([]byte, error) {
	taken := 0
	defer func() { b.give(taken) }()
	read := make([]byte, 0, 512)
	for {
		if more := cap(read); len(read) == more {
			if more >= smallBody {
				if !b.take(more) {
					return nil, errBusy
				}
				taken += more
			}
			read = append(make([]byte, 0, 2*more), read...)
		}
		n, err := body.Read(read[len(read):cap(read)])
		read = read[:len(read)+n]
		if err == io.EOF {
			return read, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
