package photocloak

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

const (
	// tenureLifetime is how long a tenure outlives whoever held it and was
	// killed; while they are at work it is extended each third of that.
	tenureLifetime = time.Minute

	tenureRetry = 500 * time.Millisecond
)

var errTenureLost = errors.New("the sessions store did not keep this work to one gateway; it was broken off")

// tenure is that something is done by one of all gateways and commands at a
// time: the janitor's work, and an import of photos, whose files the janitor
// must not take for orphans.
type tenure struct {
	ctx context.Context // ends when it is lost

	sessions stores.Sessions
	name     string
	token    string
	cancel   context.CancelCauseFunc
	ended    chan struct{}
}

// takeTenure gives nil where somebody else holds it. What is given must be
// ended.
func takeTenure(ctx context.Context, sessions stores.Sessions, name string) (*tenure, error) {
	t := &tenure{sessions: sessions, name: name, token: kit.RandomToken(16), ended: make(chan struct{})}
	since := time.Now()
	added, err := sessions.Add(ctx, name, []byte(t.token), tenureLifetime)
	if err != nil {
		return nil, fmt.Errorf("taking the turn of %s: %w", name, err)
	}
	if !added {
		return nil, nil
	}
	t.ctx, t.cancel = context.WithCancelCause(ctx)
	go t.extend(since)
	return t, nil
}

// awaitTenure waits until nobody else holds it.
func awaitTenure(ctx context.Context, sessions stores.Sessions, name string) (*tenure, error) {
	for {
		t, err := takeTenure(ctx, sessions, name)
		if t != nil || err != nil {
			return t, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(tenureRetry):
		}
	}
}

// extend keeps the tenure, and ends its context in time before somebody else
// could take it.
func (t *tenure) extend(since time.Time) {
	defer close(t.ended)
	tick := time.NewTicker(tenureLifetime / 3)
	defer tick.Stop()
	for {
		select {
		case <-t.ctx.Done():
			return
		case <-tick.C:
		}
		since = t.extendOnce(since)
	}
}

// extendOnce extends a tenure that was extended at since, and gives the time of
// the last extension.
func (t *tenure) extendOnce(since time.Time) time.Time {
	now := time.Now()
	ctx, cancel := context.WithTimeout(t.ctx, stores.Timeout) // also in a command, which is else unhurried
	defer cancel()
	err := t.sessions.Extend(ctx, t.name, tenureLifetime)
	var held []byte
	if err == nil {
		held, err = t.sessions.Get(ctx, t.name)
	}
	if err == nil && string(held) == t.token {
		return now
	}
	elses := err == nil // this process slept for long, and was taken for dead
	if elses || errors.Is(err, stores.ErrNotFound) || time.Since(since) > tenureLifetime/2 {
		t.cancel(errTenureLost)
	}
	return since
}

// why gives an error of the work, or that the tenure was lost where that is
// behind it.
func (t *tenure) why(err error) error {
	if cause := context.Cause(t.ctx); err != nil && errors.Is(cause, errTenureLost) {
		return cause
	}
	return err
}

// end lets somebody else in. Where that does not succeed, the tenure outlives
// itself.
func (t *tenure) end() {
	lost := t.ctx.Err() != nil && errors.Is(context.Cause(t.ctx), errTenureLost)
	t.cancel(nil)
	<-t.ended
	if lost {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), stores.Timeout)
	defer cancel()
	if held, err := t.sessions.Get(ctx, t.name); err == nil && string(held) == t.token {
		_ = t.sessions.Delete(ctx, t.name)
	}
}
