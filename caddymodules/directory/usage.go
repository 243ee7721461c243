package directory

import (
	"context"
	"sync"
	"time"
)

const (
	noteEvery = time.Minute
	mostNoted = 4096 // keys remembered at once
)

// Usage passes on that keys are used, for each key at most once a minute.
type Usage struct {
	note func(ctx context.Context, keyID int64, at time.Time) error

	mu    sync.Mutex
	noted map[int64]time.Time
}

// NewUsage makes a usage that passes on to note. Note must end by itself: its
// context does not end with the call that used the key.
func NewUsage(note func(ctx context.Context, keyID int64, at time.Time) error) *Usage {
	return &Usage{note: note, noted: map[int64]time.Time{}}
}

// Note notes that a key is used now. The error is note's: nothing is noted, and
// not tried again before the minute is over.
func (u *Usage) Note(ctx context.Context, keyID int64, now time.Time) error {
	if !u.due(keyID, now) {
		return nil
	}
	return u.note(context.WithoutCancel(ctx), keyID, now)
}

// due says whether the use of a key is to be noted now, to one of those who
// ask at once.
func (u *Usage) due(keyID int64, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at, there := u.noted[keyID]; there && now.Sub(at) < noteEvery {
		return false
	}
	if len(u.noted) >= mostNoted {
		clear(u.noted) // a use too many is noted, none too few
	}
	u.noted[keyID] = now
	return true
}
