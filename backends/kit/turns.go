package kit

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
)

// hashing lets as many passwords be hashed at once as there are processors: more
// would be no quicker and each takes 19 MiB. The line is of two seconds or so: who
// comes when it is longer is told to come again rather than kept waiting.
var hashing = NewTurns(runtime.GOMAXPROCS(0), 48*runtime.GOMAXPROCS(0), 5*time.Second)

// Turns bound how much of something expensive is done at once, and how many may
// wait for it. They are safe for use by many at once.
type Turns struct {
	free     chan struct{} // holds one for each turn that can be taken
	waiting  atomic.Int64
	maxWait  time.Duration
	maxLine  int64
	observed func(busy int) // for a test: called at the start of each turn
}

// NewTurns makes turns of which so many are taken at once, while at most line
// others wait, each no longer than wait.
func NewTurns(atOnce, line int, wait time.Duration) *Turns {
	t := &Turns{free: make(chan struct{}, atOnce), maxLine: int64(line), maxWait: wait}
	for range atOnce {
		t.free <- struct{}{}
	}
	return t
}

// Enter waits for a turn; leave gives it back. Where too many wait, or for too
// long, the error is TooMany, to be tried again in a second. Who has been right
// before ([guard.Usual]) has as many places more: they get their turn also where
// strangers keep the line full.
func (t *Turns) Enter(ctx context.Context) (leave func(), err error) {
	select {
	case <-t.free:
	default:
		if err := t.queue(ctx); err != nil {
			return nil, err
		}
	}
	if t.observed != nil {
		t.observed(cap(t.free) - len(t.free))
	}
	return func() { t.free <- struct{}{} }, nil
}

func (t *Turns) queue(ctx context.Context) error {
	busy := &fault.Fault{Kind: fault.TooMany, RetryAfter: time.Second}
	line := t.maxLine
	if guard.Usual(ctx) {
		line *= 2
	}
	defer t.waiting.Add(-1)
	if t.waiting.Add(1) > line {
		return busy
	}
	patience := time.NewTimer(t.maxWait)
	defer patience.Stop()
	select {
	case <-t.free:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for a turn: %w", ctx.Err())
	case <-patience.C:
		return busy
	}
}
