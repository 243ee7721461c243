package sitekey

import (
	"context"
	"errors"
	"sync"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
)

const (
	rememberFor = 3 * time.Second // a disabled site must be out within five
	maxSites    = 4096            // remembered at once, known ones and guessed ones
)

// directory remembers for a moment what the guest knows of a site, so that a
// busy shop does not cost a look into the database for each call. Of calls that
// ask for the same site at once, one looks.
type directory struct {
	Sites

	mu      sync.Mutex
	entries map[int64]*entry
}

// entry is one site, or the look that is under way.
type entry struct {
	ready chan struct{} // closed once the rest is there
	site  identity.Keyed
	err   error
	until time.Time
}

func newDirectory(sites Sites) *directory {
	return &directory{Sites: sites, entries: map[int64]*entry{}}
}

// site gives the guest's Site, not older than rememberFor. A failure is not
// remembered.
func (d *directory) site(ctx context.Context, sid int64) (identity.Keyed, error) {
	e, mine := d.entry(sid)
	if mine {
		d.look(ctx, sid, e)
		return e.site, e.err
	}
	select {
	case <-e.ready:
		return e.site, e.err
	case <-ctx.Done():
		return identity.Keyed{}, ctx.Err()
	}
}

// entry gives the entry of a site. With mine it is a new one, and the caller
// must look.
func (d *directory) entry(sid int64) (e *entry, mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.entries[sid]; e != nil && e.freshAt(clock.Now()) {
		return e, false
	}
	d.makeRoom()
	e = &entry{ready: make(chan struct{}), err: errBrokenOff}
	d.entries[sid] = e
	return e, true
}

// freshAt says whether an entry may be used: a look under way always, so that
// nobody looks a second time.
func (e *entry) freshAt(t time.Time) bool {
	select {
	case <-e.ready:
		return t.Before(e.until)
	default:
		return true
	}
}

// makeRoom forgets what is outlived, and then anything, when the directory is
// full: whoever guesses many sites must not take the memory.
func (d *directory) makeRoom() {
	if len(d.entries) < maxSites {
		return
	}
	now := clock.Now()
	for sid, e := range d.entries {
		if !e.freshAt(now) {
			delete(d.entries, sid)
		}
	}
	for sid := range d.entries {
		if len(d.entries) < maxSites {
			return
		}
		delete(d.entries, sid)
	}
}

var errBrokenOff = errors.New("looking a site up was broken off")

// look asks the guest. Others wait for the answer, so it does not end with the
// request that happened to come first.
func (d *directory) look(ctx context.Context, sid int64, e *entry) {
	defer func() {
		if e.err != nil {
			d.forget(sid, e)
		}
		close(e.ready)
	}()
	asked := clock.Now() // before the answer, so that it is never older than it says
	e.site, e.err = d.Site(context.WithoutCancel(ctx), sid)
	e.until = asked.Add(rememberFor)
}

func (d *directory) forget(sid int64, e *entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.entries[sid] == e {
		delete(d.entries, sid)
	}
}
