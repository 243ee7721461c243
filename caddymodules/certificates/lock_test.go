package certificates

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// twoGateways are two storages over one database that share nothing else: what
// has another address is opened anew.
func twoGateways(t *testing.T, combination string) (first, second *vault) {
	t.Helper()
	config := storetest.Config(t, combination)
	first = vaultOf(t, storetest.OpenConfig(t, config))
	if combination == storetest.Embedded {
		config.Database = strings.Replace(config.Database, "/sekisho.db", "/./sekisho.db", 1)
	} else {
		config.Database += "&application_name=second"
	}
	second = vaultOf(t, storetest.OpenConfig(t, config))
	if first.rows.sql == second.rows.sql || first.locks == second.locks {
		t.Fatal("the two gateways are one")
	}
	return first, second
}

// pairs are the gateways of each combination: the tests of locks have each a
// lock of its own, and need no database of its own.
type pairs map[string][2]*vault

func newPairs(t *testing.T) pairs {
	t.Helper()
	all := pairs{}
	for _, combination := range storetest.Combinations {
		first, second := twoGateways(t, combination)
		all[combination] = [2]*vault{first, second}
	}
	return all
}

// test runs a test on each pair, one after the other: it may step the clock.
func (p pairs) test(t *testing.T, name string, test func(t *testing.T, lock string, first, second *vault)) {
	t.Helper()
	for combination, pair := range p {
		t.Run(name+"/"+combination, func(t *testing.T) { test(t, name, pair[0], pair[1]) })
	}
}

func TestLocks(t *testing.T) {
	all := newPairs(t)
	all.test(t, "one at a time holds a lock", oneAtATime)
	all.test(t, "a lock is its holder's", itsHolders)
	all.test(t, "waiting ends with its caller", waitingEnds)
	all.test(t, "the lock of a killed gateway falls free", killedGateway)
	all.test(t, "a lock is renewed while it is held", renewedWhileHeld)
	all.test(t, "a lock that cannot be renewed is told of", renewalFails)
	all.test(t, "one gateway makes the private authority", oneAuthority)
	all.test(t, "locks are given back before the database closes", givenBack)
}

func tryLock(t *testing.T, v *vault, lock string) bool {
	t.Helper()
	locked, err := v.TryLock(t.Context(), lock)
	if err != nil {
		t.Fatal(err)
	}
	return locked
}

func unlock(t *testing.T, v *vault, lock string) {
	t.Helper()
	if err := v.Unlock(t.Context(), lock); err != nil {
		t.Error(err)
	}
}

func oneAtATime(t *testing.T, lock string, first, second *vault) {
	var (
		all      sync.WaitGroup
		inside   atomic.Int32
		finished atomic.Int32
	)
	for i := range 32 {
		v := []*vault{first, second}[i%2]
		all.Go(func() {
			if err := v.Lock(t.Context(), lock); err != nil {
				t.Error(err)
				return
			}
			if n := inside.Add(1); n != 1 {
				t.Errorf("%d hold the lock", n)
			}
			time.Sleep(time.Millisecond)
			inside.Add(-1)
			finished.Add(1)
			unlock(t, v, lock)
		})
	}
	all.Wait()
	if n := finished.Load(); n != 32 {
		t.Errorf("%d of 32 had the lock", n)
	}
}

func itsHolders(t *testing.T, lock string, first, second *vault) {
	if !tryLock(t, first, lock) {
		t.Fatal("a free lock is not to be had")
	}
	if tryLock(t, first, lock) || tryLock(t, second, lock) {
		t.Error("a lock was taken twice")
	}
	if err := second.Unlock(t.Context(), lock); !errors.Is(err, errNotHeld) {
		t.Errorf("unlocking another's lock: %v", err)
	}
	if err := second.RenewLockLease(t.Context(), lock, time.Hour); !errors.Is(err, errNotHeld) {
		t.Errorf("renewing another's lock: %v", err)
	}
	if tryLock(t, second, lock) {
		t.Error("another gateway unlocked it")
	}
	if locked, err := second.TryLock(t.Context(), "beside "+lock); !locked || err != nil {
		t.Errorf("one lock holds another up: %v", err)
	}
	unlock(t, first, lock)
	if err := first.Unlock(t.Context(), lock); !errors.Is(err, errNotHeld) {
		t.Errorf("unlocking twice: %v", err)
	}
	if !tryLock(t, second, lock) {
		t.Error("an unlocked lock is not to be had")
	}
}

func waitingEnds(t *testing.T, lock string, first, second *vault) {
	if !tryLock(t, first, lock) {
		t.Fatal("a free lock is not to be had")
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for _, v := range []*vault{first, second} {
		go func() { ended <- v.Lock(ctx, lock) }()
	}
	cancel()
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("waiting ended with %v", err)
		}
	}
}

// A lock that a clock took which was set back since is nobody's: it would keep
// every gateway out, and this one from starting, until that time comes again.
func TestALockOfTomorrowIsFree(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		r := rows{s.SQL}
		for name, test := range map[string]struct {
			ahead time.Duration
			free  bool
		}{"a little ahead": {20 * time.Second, false}, "a day ahead": {24 * time.Hour, true}} {
			back := clock.Step(test.ahead)
			if taken, err := r.take(t.Context(), name, "dead", lockLease); err != nil || !taken {
				t.Fatal(taken, err)
			}
			back()
			free, err1 := r.isFree(t.Context(), name)
			taken, err2 := r.take(t.Context(), name, "alive", lockLease)
			if err := errors.Join(err1, err2); err != nil || free != test.free || taken != test.free {
				t.Errorf("%s: free %v, taken %v (%v)", name, free, taken, err)
			}
		}
	})
}

// A gateway that is killed neither renews nor unlocks.
func killedGateway(t *testing.T, lock string, first, second *vault) {
	if !tryLock(t, first, lock) {
		t.Fatal("a free lock is not to be had")
	}
	back := clock.Step(lockLease - time.Second)
	if tryLock(t, second, lock) {
		t.Error("a lock was taken before its lease ran out")
	}
	back()
	defer clock.Step(lockLease + time.Second)()
	if !tryLock(t, second, lock) {
		t.Fatal("a lock is still taken after its lease has run out")
	}

	// Should the first have been slow instead of dead, the second keeps the lock.
	if err := first.RenewLockLease(t.Context(), lock, time.Hour); !errors.Is(err, errLost) {
		t.Errorf("renewing a lock that was lost: %v", err)
	}
	unlock(t, first, lock)
	if tryLock(t, first, lock) {
		t.Error("who had lost the lock unlocked the other's")
	}
	if err := second.RenewLockLease(t.Context(), lock, time.Hour); err != nil {
		t.Errorf("renewing a lock: %v", err)
	}
}

func renewedWhileHeld(t *testing.T, lock string, first, second *vault) {
	first.locks.every = time.Millisecond
	if !tryLock(t, first, lock) {
		t.Fatal("a free lock is not to be had")
	}
	for range 3 {
		defer clock.Step(lockLease - 5*time.Second)()
		awaitRenewal(t, second.stores, lock)
	}
	if tryLock(t, second, lock) {
		t.Error("a lock that is held was taken")
	}
	unlock(t, first, lock)
	if !tryLock(t, second, lock) {
		t.Error("a renewal took the lock anew after it was unlocked")
	}
}

func leasedTo(t *testing.T, s *stores.Stores, lock string) time.Time {
	t.Helper()
	var until int64
	err := s.SQL.Read(t.Context(), func(ctx context.Context, db bun.IDB) error {
		return db.QueryRowContext(ctx, "SELECT leased_to FROM certificate_locks WHERE name = ?", lock).Scan(&until)
	})
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(until)
}

// Caddy makes an authority in Provision: it looks for each part, and keeps what
// was missing.
func oneAuthority(t *testing.T, _ string, first, second *vault) {
	make := func(v *vault, own string) {
		for _, part := range []string{"root.crt", "root.key", "intermediate.crt", "intermediate.key"} {
			_, err := v.Load(t.Context(), authorities+"local/"+part)
			if errors.Is(err, fs.ErrNotExist) {
				err = v.Store(t.Context(), authorities+"local/"+part, []byte(own))
			}
			if err != nil {
				t.Error(err)
			}
		}
		if err := (founder{v}).Handle(t.Context(), caddy.Event{}); err != nil {
			t.Error(err)
		}
	}
	var all sync.WaitGroup
	all.Go(func() { make(first, "first's") })
	all.Go(func() { make(second, "second's") })
	all.Wait()
	made := map[string]bool{}
	for _, part := range []string{"root.crt", "root.key", "intermediate.crt", "intermediate.key"} {
		value, err := first.Load(t.Context(), authorities+"local/"+part)
		if err != nil {
			t.Fatal(err)
		}
		made[string(value)] = true
	}
	if len(made) != 1 {
		t.Errorf("two gateways made parts of one authority: %v", made)
	}
	if _, err := first.Load(t.Context(), authorities+"local/other.key"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if !tryLock(t, second, authorityLock) {
		t.Error("who looks for a part later holds others up")
	}
}

// When the program ends, its stores are closed before certmagic unlocks.
func givenBack(t *testing.T, lock string, first, second *vault) {
	if !tryLock(t, first, lock) {
		t.Fatal("a free lock is not to be had")
	}
	if err := first.stores.Close(); err != nil {
		t.Fatal(err)
	}
	if !tryLock(t, second, lock) {
		t.Error("the lock of a gateway that has ended is still taken")
	}
	unlock(t, first, lock)
	if _, err := first.TryLock(t.Context(), "another lock"); !errors.Is(err, errEnded) {
		t.Errorf("taking a lock while ending: %v", err)
	}
}
