package sitekey

import (
	"sync"
	"time"
)

const (
	noteEvery = time.Minute
	maxNoted  = 4096 // keys remembered at once
)

// usage remembers when the use of a key was last noted.
type usage struct {
	mu    sync.Mutex
	noted map[int64]time.Time
}

func newUsage() *usage { return &usage{noted: map[int64]time.Time{}} }

// due says whether the use of a key is to be noted now, to one of those who
// ask at once.
func (u *usage) due(keyID int64, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at, there := u.noted[keyID]; there && now.Sub(at) < noteEvery {
		return false
	}
	if len(u.noted) >= maxNoted {
		clear(u.noted) // a use too many is noted, none too few
	}
	u.noted[keyID] = now
	return true
}
