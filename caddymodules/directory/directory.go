// Package directory remembers for a moment what a guest knows of those who
// call, so that a busy caller does not cost a look into the database for each
// call.
package directory

import (
	"context"
	"errors"
	"sync"
	"time"

	"sekisho/caddymodules/clock"
)

const (
	// RememberFor is how old an answer may get: who is disabled must be out
	// within five seconds.
	RememberFor = 3 * time.Second

	most = 4096 // remembered at once, known ones and guessed ones
)

// Directory remembers what was found under a key, for [RememberFor], nothing
// found as well. Of calls that ask for the same key at once, one looks. It
// remembers 4,096 keys at once.
type Directory[K comparable, V any] struct {
	look func(ctx context.Context, key K) (V, error)

	mu      sync.Mutex
	entries map[K]*entry[V]
}

// entry is what was found, or the look that is under way.
type entry[V any] struct {
	ready chan struct{} // closed once the rest is there
	found V
	err   error
	until time.Time
}

// New makes a directory of what look finds. Look must end by itself: its
// context does not end with the call that happened to come first, as others
// wait for the answer.
func New[K comparable, V any](look func(ctx context.Context, key K) (V, error)) *Directory[K, V] {
	return &Directory[K, V]{look: look, entries: map[K]*entry[V]{}}
}

// Get gives what look finds under a key, not older than [RememberFor]. The error
// is look's, which is not remembered, or that of ctx.
func (d *Directory[K, V]) Get(ctx context.Context, key K) (V, error) {
	e, mine := d.entry(key)
	if mine {
		d.fill(ctx, key, e)
		return e.found, e.err
	}
	select {
	case <-e.ready:
		return e.found, e.err
	case <-ctx.Done():
		var nothing V
		return nothing, ctx.Err()
	}
}

// entry gives the entry of a key. With mine it is a new one, and the caller
// must fill it.
func (d *Directory[K, V]) entry(key K) (e *entry[V], mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.entries[key]; e != nil && e.freshAt(clock.Now()) {
		return e, false
	}
	d.makeRoom()
	e = &entry[V]{ready: make(chan struct{}), err: errBrokenOff}
	d.entries[key] = e
	return e, true
}

// freshAt says whether an entry may be used: a look under way always, so that
// nobody looks a second time.
func (e *entry[V]) freshAt(t time.Time) bool {
	select {
	case <-e.ready:
		return t.Before(e.until)
	default:
		return true
	}
}

// makeRoom forgets what is outlived, and then anything, when the directory is
// full: whoever guesses many keys must not take the memory. It makes room for
// many, as it goes through all that is remembered.
func (d *Directory[K, V]) makeRoom() {
	if len(d.entries) < most {
		return
	}
	now := clock.Now()
	for key, e := range d.entries {
		if !e.freshAt(now) {
			delete(d.entries, key)
		}
	}
	for key := range d.entries {
		if len(d.entries) <= most*7/8 {
			return
		}
		delete(d.entries, key)
	}
}

var errBrokenOff = errors.New("looking it up was broken off")

// fill looks, for all who wait.
func (d *Directory[K, V]) fill(ctx context.Context, key K, e *entry[V]) {
	defer func() {
		if e.err != nil {
			d.forget(key, e)
		}
		close(e.ready)
	}()
	asked := clock.Now() // before the answer, so that it is never older than it says
	e.found, e.err = d.look(context.WithoutCancel(ctx), key)
	e.until = asked.Add(RememberFor)
}

func (d *Directory[K, V]) forget(key K, e *entry[V]) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.entries[key] == e {
		delete(d.entries, key)
	}
}
