package stores

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
)

const (
	groupSize = 128 // writes that share one commit, at most

	// groupFills is how long a group goes on taking writes: what comes after is for
	// the next one. A group that ran out of time would undo all that is in it.
	groupFills = 300 * time.Millisecond

	busyPause = 20 * time.Millisecond // before a command asks again for a database that another program holds
)

// writeGroup gathers the writes that wait for SQLite's only writer and commits
// them together. Each commit waits for the disk; a crowd that waited for one
// commit each would run out of time on a slow one.
//
// Each write runs in a savepoint of its own, so one that fails changes nothing
// and harms no other, and each is answered after the common commit.
type writeGroup struct {
	db   *bun.DB
	turn chan struct{} // held by who commits for all

	waits *sqlWaits
	calls *calls

	mu      sync.Mutex
	waiting []*groupedWrite
}

type groupedWrite struct {
	ctx  context.Context
	fn   func(ctx context.Context, tx bun.Tx) error
	err  error
	done chan struct{}

	// claimed is set once, by who runs the write or by a caller who gives up:
	// a write whose caller was told that it failed never runs.
	claimed atomic.Bool
}

func newWriteGroup(db *bun.DB, waits *sqlWaits, calls *calls) *writeGroup {
	return &writeGroup{db: db, turn: make(chan struct{}, 1), waits: waits, calls: calls}
}

// write runs fn with the next group, whoever leads it.
func (g *writeGroup) write(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	w := &groupedWrite{ctx: ctx, fn: fn, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	waiting, cancel := context.WithTimeout(ctx, patience.group)
	defer cancel()
	var began time.Time
	waited := func() {
		if !began.IsZero() {
			g.waits.waited(began)
			began = time.Time{}
		}
	}
	defer waited()
	if len(g.turn) > 0 { // another write is on
		began = time.Now()
	}
	for {
		select {
		case <-w.done: // asked alone first: who is answered leads no more
			return w.err
		default:
		}
		if waiting.Err() != nil && g.gaveUp(w) {
			return fmt.Errorf("waiting to write: %w", waiting.Err())
		}
		select {
		case g.turn <- struct{}{}:
			waited()
			g.lead()
			<-g.turn
		case <-w.done:
			return w.err
		case <-waiting.Done():
			if g.gaveUp(w) {
				return fmt.Errorf("waiting to write: %w", waiting.Err())
			}
			<-w.done // it runs already, and may well be committed
			return w.err
		}
	}
}

// gaveUp takes a write back that nobody runs yet.
func (g *writeGroup) gaveUp(w *groupedWrite) bool {
	if !w.claimed.CompareAndSwap(false, true) {
		return false
	}
	g.calls.errors.WithLabelValues(turnCall).Inc()
	return true
}

// alone runs fn in a transaction that nobody shares: a long one of a command.
// While another program writes it waits until ctx ends.
func (g *writeGroup) alone(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		err := g.db.RunInTx(ctx, nil, fn)
		if err == nil || !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(busyPause):
		}
	}
}

// lead commits for all who wait.
func (g *writeGroup) lead() {
	size, next := g.size(), g.next()
	if next == nil {
		return
	}
	// What one caller's context says must not end the others' transaction.
	ctx, cancel := context.WithTimeout(context.Background(), patience.commit)
	defer cancel()
	group := []*groupedWrite{next}
	began := time.Now() // before BEGIN, which may wait for another program
	err := g.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		for {
			var undone error
			if next.err, undone = next.run(ctx, tx); undone != nil {
				return undone // half of it may still be there, so nobody's is committed
			}
			if len(group) >= size || time.Since(began) > groupFills {
				return nil
			}
			if next = g.next(); next == nil {
				return nil
			}
			group = append(group, next)
		}
	})
	for _, w := range group {
		if err != nil && w.err == nil {
			w.err = err
		}
		close(w.done)
	}
}

// size is how many writes wait for the group that begins now: those who come while
// it runs would only keep the others waiting.
func (g *writeGroup) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return min(len(g.waiting), groupSize)
}

// next takes the write that has waited longest; nil where none does.
func (g *writeGroup) next() *groupedWrite {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.waiting) > 0 {
		w := g.waiting[0]
		g.waiting[0] = nil
		g.waiting = g.waiting[1:]
		if w.claimed.CompareAndSwap(false, true) {
			return w
		}
	}
	return nil
}

// run runs one write in a savepoint. Its second error says that what the write
// did could not be undone.
func (w *groupedWrite) run(group context.Context, tx bun.Tx) (err, undone error) {
	deadline, _ := group.Deadline()
	ctx, cancel := context.WithDeadline(context.WithoutCancel(w.ctx), deadline)
	defer cancel()
	// The savepoint outlives the deadline, so that it can always be undone.
	savepoint, err := tx.BeginTx(context.WithoutCancel(group), nil)
	if err != nil {
		return err, err
	}
	if err := w.survive(ctx, savepoint); err != nil {
		return err, savepoint.Rollback()
	}
	err = savepoint.Commit()
	return err, err
}

// survive runs the write's own part. A panic is its caller's, not that of who
// happens to lead.
func (w *groupedWrite) survive(ctx context.Context, tx bun.Tx) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic of type %T in a transaction\n%s", cause, debug.Stack())
		}
	}()
	return w.fn(ctx, tx)
}
