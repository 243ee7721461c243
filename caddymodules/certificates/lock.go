package certificates

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

const (
	// lockLease is how long the lock of a gateway that was killed stays taken. Each
	// gateway asks its own clock: where two differ by more than what is left of a
	// lease, 20 to 30 seconds as it is renewed, both may hold one lock and order
	// one certificate each.
	lockLease = 30 * time.Second

	renewEvery = lockLease / 3
	lookEvery  = 300 * time.Millisecond // of who waits for a lock, on average
)

// locks are those that this gateway holds. They outlive a reload, as does the
// order that one was taken for, and go with the database.
type locks struct {
	rows  rows
	every time.Duration // between two renewals

	mu    sync.Mutex
	held  map[string]hold // by name
	ended bool            // the database is about to be closed: all were given back
}

// hold is a lock that this gateway holds.
type hold struct {
	owner   string        // a name of this one time
	quit    chan struct{} // closed to end the renewing
	renewed chan struct{} // closed when it has ended
	leave   func()        // gives the lease of the stores back
}

var (
	errEnded   = errors.New("the gateway is ending")
	errNotHeld = errors.New("this gateway does not hold it")
	errLost    = errors.New("another gateway has taken it over")
)

func locksOf(s *stores.Stores) (*locks, error) {
	return stores.Keep(s, "certificate locks", func() *locks {
		return &locks{rows: rows{s.SQL}, every: renewEvery, held: map[string]hold{}}
	})
}

// log is that of the present configuration: the locks outlive the one that made
// them.
func (*locks) log() *zap.Logger { return caddy.Log().Named("sekisho.certificates") }

// Lock waits until the lock is this caller's, or ctx ends. An outage is an error.
func (v *vault) Lock(ctx context.Context, name string) error {
	told := time.NewTimer(lockLease)
	defer told.Stop()
	for {
		locked, err := v.TryLock(ctx, name)
		if err != nil || locked {
			return err
		}
		select {
		case <-told.C:
			v.log.Warn("still waiting for a lock of certificates, which another gateway holds", zap.String("lock", name))
		default:
		}
		// Each who waits looks at times of its own, so that not all come at once.
		select {
		case <-time.After(lookEvery/2 + mathrand.N(lookEvery)):
		case <-ctx.Done():
			return fmt.Errorf("waiting for the lock %s: %w", name, ctx.Err())
		}
	}
}

// TryLock takes the lock if it is free, and says whether it did.
func (v *vault) TryLock(ctx context.Context, name string) (bool, error) {
	leave := v.stores.Lease()
	locked, err := v.locks.take(ctx, name, leave)
	if !locked {
		leave()
	}
	if err != nil {
		return false, fmt.Errorf("taking the lock %s: %w", name, err)
	}
	return locked, nil
}

// take takes the lock if it is free, and keeps it until it is given back.
func (l *locks) take(ctx context.Context, name string, leave func()) (bool, error) {
	if !canBeKept(name) {
		return false, errors.New("no lock can have this name")
	}
	_, held, err := l.find(name)
	if err != nil || held {
		// Held also where its lease has run out: who took it will unlock by this name.
		return false, err
	}
	free, err := l.rows.isFree(ctx, name)
	if err != nil || !free {
		return false, err
	}
	owner, began := rand.Text(), clock.Now()
	taken, err := l.rows.take(ctx, name, owner, lockLease)
	if err != nil || !taken {
		return false, err
	}
	h := hold{owner: owner, quit: make(chan struct{}), renewed: make(chan struct{}), leave: leave}
	if !l.keep(name, h, began) {
		return false, errors.Join(errEnded, l.rows.release(context.WithoutCancel(ctx), name, owner))
	}
	return true, nil
}

// keep keeps a lock that was taken, unless the gateway has come to its end
// meanwhile.
func (l *locks) keep(name string, h hold, began time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	l.held[name] = h
	go l.renewForever(name, h, began)
	return true
}

func (l *locks) find(name string) (h hold, held bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return h, false, errEnded
	}
	h, held = l.held[name]
	return h, held, nil
}

func (l *locks) renewForever(name string, h hold, renewed time.Time) {
	defer close(h.renewed)
	ticker := time.NewTicker(l.every)
	defer ticker.Stop()
	warned := false
	for {
		select {
		case <-h.quit:
			return
		case <-ticker.C:
		}
		// An outage may pass before the lease has run out, or before another takes
		// the lock after that.
		now := clock.Now()
		mine, err := l.rows.take(context.Background(), name, h.owner, lockLease)
		switch {
		case err == nil && mine:
			renewed, warned = now, false
		case err == nil:
			l.log().Warn("another gateway took over a lock", zap.String("lock", name))
			return
		case !warned && now.Sub(renewed) > lockLease/2:
			l.log().Warn("renewing a lock fails; another gateway may soon take it over", zap.String("lock", name), zap.Error(err))
			warned = true
		}
	}
}

// RenewLockLease makes sure that the lock is still this gateway's: certmagic
// asks before each attempt at an order. As a lock is renewed for as long as it
// is held, the lease need not be as long as certmagic wishes, which is the pause
// before an attempt: a killed gateway would keep the others out for hours.
func (v *vault) RenewLockLease(ctx context.Context, name string, _ time.Duration) error {
	defer v.stores.Lease()()
	if err := v.locks.renew(ctx, name); err != nil {
		return fmt.Errorf("renewing the lock %s: %w", name, err)
	}
	return nil
}

func (l *locks) renew(ctx context.Context, name string) error {
	h, held, err := l.find(name)
	if err != nil {
		return err
	}
	if !held {
		return errNotHeld
	}
	mine, err := l.rows.take(ctx, name, h.owner, lockLease)
	if err == nil && !mine {
		err = errLost
	}
	return err
}

// Unlock gives back a lock of this gateway, never another's. Where that fails,
// the lock's lease runs out.
func (v *vault) Unlock(ctx context.Context, name string) error {
	if err := v.locks.giveBack(context.WithoutCancel(ctx), name); err != nil {
		return fmt.Errorf("unlocking %s: %w", name, err)
	}
	return nil
}

func (l *locks) giveBack(ctx context.Context, name string) error {
	l.mu.Lock()
	ended := l.ended
	h, held := l.held[name]
	delete(l.held, name)
	l.mu.Unlock()
	if !held {
		if ended {
			return nil // given back already
		}
		return errNotHeld
	}
	defer h.leave()
	close(h.quit)
	<-h.renewed // or a renewal under way could take the lock anew
	return l.rows.release(ctx, name, h.owner)
}

// Close gives all locks back, and takes none any more. The stores call it before
// they close the database, which is before certmagic comes to unlock: another
// gateway would have to wait for the leases to run out.
func (l *locks) Close() error {
	l.mu.Lock()
	l.ended = true
	names := make([]string, 0, len(l.held))
	for name := range l.held {
		names = append(names, name)
	}
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), stores.Timeout)
	defer cancel()
	var all error
	for _, name := range names {
		if err := l.giveBack(ctx, name); err != nil {
			all = errors.Join(all, fmt.Errorf("unlocking %s: %w", name, err))
		}
	}
	return all
}
