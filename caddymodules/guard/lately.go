package guard

import (
	"hash/maphash"
	"sync"
	"time"

	"sekisho/caddymodules/clock"
)

const (
	// latelyFor is how long a right secret spares asking the windows again.
	latelyFor = 3 * time.Second

	mostLately = 4096 // remembered at once
)

// lately remembers which address was right on which account a moment ago, and has
// tried nothing wrong since on this gateway: a site that calls again and again then
// costs no question to Redis for each call: `/user/detail` came from a third of a bare
// service's rate to more than a half by it (S1 in deploy/bench). What failed on another gateway meanwhile counts here when
// the moment is over; nobody can guess by it, as only who was right is remembered.
type lately struct {
	seed maphash.Seed

	mu    sync.Mutex
	right map[uint64]time.Time // until when, by a hash that no other process knows

	forgets int64 // how often something was forgotten
}

func newLately() *lately { return &lately{seed: maphash.MakeSeed(), right: map[uint64]time.Time{}} }

// pair is whose secret is tried from where.
type pair struct{ account, address string }

func (l *lately) has(account, address string) bool {
	key := maphash.Comparable(l.seed, pair{account, address})
	l.mu.Lock()
	defer l.mu.Unlock()
	until, there := l.right[key]
	return there && clock.Now().Before(until)
}

// now is how often something has been forgotten so far, for remember.
func (l *lately) now() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.forgets
}

// remember remembers who was right, unless something was forgotten since asOf: it
// may have been this.
func (l *lately) remember(account, address string, asOf int64) {
	key := maphash.Comparable(l.seed, pair{account, address})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.forgets != asOf {
		return
	}
	if len(l.right) >= mostLately {
		clear(l.right) // a question too many, none too few
	}
	l.right[key] = clock.Now().Add(latelyFor)
}

func (l *lately) forget(account, address string) {
	key := maphash.Comparable(l.seed, pair{account, address})
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.right, key)
	l.forgets++
}
