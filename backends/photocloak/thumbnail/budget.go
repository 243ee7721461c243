package thumbnail

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// DefaultBudget is how many bytes all photos may take together while they are
// decoded: 700 MiB.
const DefaultBudget = 700 << 20

// perProcessor is how many photos are decoded at once for each processor. More
// would only take memory; fewer would leave it idle while photos come from disk.
const perProcessor = 4

// Budget is the memory that photos take while they are decoded, and how many may
// be at it at once. Who comes first is served first: a large photo that waits is
// not overtaken for ever by small ones.
type Budget struct {
	bytes  int64
	memory *semaphore.Weighted
	places *semaphore.Weighted
	used   atomic.Int64
}

// NewBudget allows so many bytes, and 4 photos at once for each processor that Go
// uses.
func NewBudget(bytes int64) *Budget {
	return &Budget{
		bytes:  bytes,
		memory: semaphore.NewWeighted(bytes),
		places: semaphore.NewWeighted(int64(perProcessor * runtime.GOMAXPROCS(0))),
	}
}

// Acquire waits until there is room for a photo that takes so many bytes, and
// keeps it until release is called, once. A photo that takes more than the whole
// budget is [ErrTooLarge] at once; the other error is that of ctx.
func (b *Budget) Acquire(ctx context.Context, bytes int64) (release func(), err error) {
	if bytes > b.bytes {
		return nil, fmt.Errorf("%w: decoding takes %d bytes, the budget is %d", ErrTooLarge, bytes, b.bytes)
	}
	if err := b.places.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("waiting to decode a photo: %w", err)
	}
	if err := b.memory.Acquire(ctx, bytes); err != nil {
		b.places.Release(1)
		return nil, fmt.Errorf("waiting to decode a photo: %w", err)
	}
	b.used.Add(bytes)
	return func() {
		b.used.Add(-bytes)
		b.memory.Release(bytes)
		b.places.Release(1)
	}, nil
}

// Used is how many bytes are given out.
func (b *Budget) Used() int64 { return b.used.Load() }

// Bytes is how many there are to give.
func (b *Budget) Bytes() int64 { return b.bytes }
