package guard

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

const (
	// renewals is how often, in its lifetime, a memory may be renewed: once a
	// day, of 30.
	renewals = 30

	// mostCached bounds the addresses that a door has at hand, some 2 MB.
	mostCached = 10_000
)

// known remembers which address has succeeded on which account. The sessions
// keep it, so that it outlives a restart and holds on every gateway; what is at
// hand here spares asking each time.
type known struct {
	sessions stores.Sessions
	lifetime time.Duration

	mu     sync.Mutex
	cached map[string]time.Time // when it was remembered, by key
}

func newKnown(sessions stores.Sessions, lifetime time.Duration) *known {
	return &known{sessions: sessions, lifetime: lifetime, cached: map[string]time.Time{}}
}

// has says whether what key stands for has succeeded within the lifetime. That
// it has not is asked anew each time, as another gateway may know better.
func (k *known) has(ctx context.Context, key string) (bool, error) {
	if k.age(key) < k.lifetime {
		return true, nil
	}
	value, err := k.sessions.Get(ctx, key)
	if errors.Is(err, stores.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking for a known address: %w", err)
	}
	since, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return false, errors.New("reading a known address: it is no time")
	}
	k.cache(key, time.UnixMilli(since))
	return k.age(key) < k.lifetime, nil
}

// remember keeps that key has succeeded, unless that was kept lately.
func (k *known) remember(ctx context.Context, key string) error {
	if k.age(key) < k.lifetime/renewals {
		return nil
	}
	now := clock.Now()
	if err := k.sessions.Put(ctx, key, strconv.AppendInt(nil, now.UnixMilli(), 10), k.lifetime); err != nil {
		return fmt.Errorf("remembering an address: %w", err)
	}
	k.cache(key, now)
	return nil
}

// age is how long ago key was remembered, as far as is known here.
func (k *known) age(key string) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	since, ok := k.cached[key]
	if !ok {
		return k.lifetime
	}
	return clock.Now().Sub(since)
}

func (k *known) cache(key string, since time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, there := k.cached[key]; !there && len(k.cached) >= mostCached {
		for any := range k.cached {
			delete(k.cached, any)
			break
		}
	}
	k.cached[key] = since
}
