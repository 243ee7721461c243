package stores

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	// gatherCalls is how many calls of Add may wait while a write is under way,
	// and how many at most go into one. Further ones wait to wait, until their
	// time is over.
	gatherCalls = 1024

	// gatherFields ends the gathering of one write, so that it fits into its time.
	gatherFields = 5000

	// drainFields is the most that a Drain hands to apply at once, so that one
	// transaction fits into its time however much has gathered in an outage.
	drainFields = 2000

	// drainPatience bounds that transaction. Nobody waits for its answer.
	drainPatience = 10 * time.Second

	maxField = 200     // bytes
	maxDelta = 1 << 40 // what gathers must not overflow 63 bits
)

var errCountersClosed = errors.New("the counters are closed")

// sums are deltas to add: set, field, delta.
type sums map[string]map[string]int64

// gathering makes one write of all the calls of Add that come while the write
// before is under way. A call that finds none under way is written at once.
type gathering struct {
	write func(ctx context.Context, all sums) error
	calls chan *addition
	done  chan struct{}

	mu     sync.RWMutex // calls is sent to under the read lock, closed under the other
	closed bool
}

// addition is one call of Add.
type addition struct {
	ctx     context.Context
	set     string
	deltas  map[string]int64
	written chan error // takes one error without waiting
}

func newGathering(write func(ctx context.Context, all sums) error) *gathering {
	g := &gathering{write: write, calls: make(chan *addition, gatherCalls), done: make(chan struct{})}
	go g.run()
	return g
}

// close lets what is gathered be written and refuses what comes after.
func (g *gathering) close() {
	g.mu.Lock()
	already := g.closed
	g.closed = true
	if !already {
		close(g.calls)
	}
	g.mu.Unlock()
	<-g.done
}

// add returns once deltas are written. Where it returns an error they may still
// have been: the answer to the write was lost, or came after ctx had ended.
func (g *gathering) add(ctx context.Context, set string, deltas map[string]int64) error {
	if err := checkDeltas(set, deltas); err != nil {
		return fmt.Errorf("counting: %w", err)
	}
	if len(deltas) == 0 {
		return nil
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	// A copy, because the writer may read it after the caller has given up.
	a := &addition{ctx: ctx, set: set, deltas: maps.Clone(deltas), written: make(chan error, 1)}
	err := g.hand(a)
	if err == nil {
		select {
		case err = <-a.written:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		return fmt.Errorf("counting: %w", err)
	}
	return nil
}

// hand gives a to the writer.
func (g *gathering) hand(a *addition) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return errCountersClosed
	}
	select {
	case g.calls <- a:
		return nil
	case <-a.ctx.Done():
		return a.ctx.Err()
	}
}

func (g *gathering) run() {
	defer close(g.done)
	for first := range g.calls {
		calls := g.gather(first)
		calls = slices.DeleteFunc(calls, (*addition).gaveUp)
		err := g.writeOnce(calls)
		for _, a := range calls {
			a.written <- err
		}
	}
}

// gaveUp says whether the caller is gone, and tells so: what is not written must
// not look as if it were.
func (a *addition) gaveUp() bool {
	err := a.ctx.Err()
	if err != nil {
		a.written <- err
	}
	return err != nil
}

// gather takes the calls that wait behind first.
func (g *gathering) gather(first *addition) []*addition {
	calls, fields := []*addition{first}, len(first.deltas)
	for len(calls) < gatherCalls && fields < gatherFields {
		select {
		case next, ok := <-g.calls:
			if !ok {
				return calls
			}
			calls = append(calls, next)
			fields += len(next.deltas)
		default:
			return calls
		}
	}
	return calls
}

// writeOnce writes what calls add up to.
func (g *gathering) writeOnce(calls []*addition) error {
	all := sums{}
	for _, a := range calls {
		if all[a.set] == nil {
			all[a.set] = map[string]int64{}
		}
		for field, delta := range a.deltas {
			all[a.set][field] += delta
		}
	}
	if len(all) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience.call)
	defer cancel()
	return g.write(ctx, all)
}

// checkDeltas refuses what would spoil the write that others share.
func checkDeltas(set string, deltas map[string]int64) error {
	if err := checkSet(set); err != nil {
		return err
	}
	for field, delta := range deltas {
		switch {
		case field == "" || len(field) > maxField:
			return fmt.Errorf("a field's name must be 1 to %d bytes", maxField)
		case !utf8.ValidString(field) || strings.ContainsRune(field, 0):
			return errors.New("a field's name must be UTF-8 without NUL")
		case delta > maxDelta || delta < -maxDelta:
			return fmt.Errorf("a delta must be within %d", int64(maxDelta))
		}
	}
	return nil
}

func checkSet(set string) error {
	if set == "" || len(set) > maxField {
		return fmt.Errorf("a set's name must be 1 to %d characters", maxField)
	}
	for _, c := range set {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return errors.New("a set's name must be lower-case letters, digits and underscores")
		}
	}
	return nil
}

// batchMemory is how long the database remembers that a batch was applied. A
// batch is asked for again at the next Drain that reaches Redis, and what has
// not yet been deleted there keeps its row, however old.
const batchMemory = 3 * 24 * time.Hour
