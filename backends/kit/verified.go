package kit

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"sekisho/caddymodules/clock"
)

const (
	// verifiedFor is how long a verified password is remembered.
	verifiedFor = time.Minute

	// maxVerified bounds the memory: 32 bytes and a time each.
	maxVerified = 10000
)

// Verified remembers for a minute, as hashes under a key that never leaves the
// memory, which passwords were verified, so that an app that logs in again and
// again does not pay for Argon2 each time. What it remembers is bound to the
// stored hash: a changed password is another one. It is safe for use by many at
// once.
type Verified struct {
	key [sha256.Size]byte

	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
}

// NewVerified makes a memory with nothing in it.
func NewVerified() *Verified {
	v := &Verified{until: map[[sha256.Size]byte]time.Time{}}
	_, _ = rand.Read(v.key[:]) // never fails: it ends the program instead
	return v
}

// Verify is [VerifyPassword], but for a password that was right for the same
// stored hash within the last minute. A wrong password, and one whose hash is
// stale, is never remembered.
func (v *Verified) Verify(ctx context.Context, stored, password string) (right, stale bool, err error) {
	if stored == "" || len(password) > maxPassword {
		return VerifyPassword(ctx, stored, password)
	}
	name := v.name(stored, password)
	if v.remembers(name) {
		return true, false, nil
	}
	right, stale, err = VerifyPassword(ctx, stored, password)
	if right && !stale && err == nil {
		v.remember(name)
	}
	return right, stale, err
}

// name is what a password is remembered by. Both parts are of bounded length,
// and a stored hash holds no NUL.
func (v *Verified) name(stored, password string) (name [sha256.Size]byte) {
	mac := hmac.New(sha256.New, v.key[:])
	mac.Write([]byte(stored))
	mac.Write([]byte{0})
	mac.Write([]byte(password))
	mac.Sum(name[:0])
	return name
}

func (v *Verified) remembers(name [sha256.Size]byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	until, there := v.until[name]
	return there && clock.Now().Before(until)
}

// remember keeps a name, and when there are too many forgets what is outlived,
// and then anything.
func (v *Verified) remember(name [sha256.Size]byte) {
	now := clock.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.until) >= maxVerified {
		for old, until := range v.until {
			if !now.Before(until) {
				delete(v.until, old)
			}
		}
		for old := range v.until {
			if len(v.until) < maxVerified {
				break
			}
			delete(v.until, old)
		}
	}
	v.until[name] = now.Add(verifiedFor)
}
