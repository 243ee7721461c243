package oauth2

import (
	"context"
	"crypto/sha256"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
)

const (
	// maxSeen is how many access tokens a gateway remembers at once, some 20 MB.
	maxSeen = 50_000

	// forgottenFor is longer than a token that was read before it was deleted can
	// be remembered.
	forgottenFor = 10 * time.Second
)

// seen remembers for a moment what access tokens stand for, by their SHA-256,
// so that a warm token costs no look into the sessions. All handlers over the
// same stores share it: what the token endpoint deletes, the guard refuses at
// once.
type seen struct {
	grants    *otter.Cache[[sha256.Size]byte, *sighting]
	forgotten *otter.Cache[string, struct{}] // by the hash that the records name
	forgets   atomic.Int64                   // how often something was forgotten
}

// sighting is a grant, and until when it may be believed.
type sighting struct {
	grant grant
	until time.Time

	// caller is who the grant let in lately: with it a warm token costs one look
	// instead of four, see A1 in deploy/bench.
	caller atomic.Pointer[standing]

	// asOf is how often something had been forgotten when this was last seen not to
	// be.
	asOf atomic.Int64
}

// standing is a caller as the guest knew it, and until when that may be believed.
type standing struct {
	caller identity.Caller
	until  time.Time
}

func newSeen() *seen {
	return &seen{
		grants: otter.Must(&otter.Options[[sha256.Size]byte, *sighting]{
			MaximumSize: maxSeen,
			Clock:       houseClock{},
			ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[[sha256.Size]byte, *sighting]) time.Duration {
				return left(e.Value.until)
			}),
		}),
		forgotten: otter.Must(&otter.Options[string, struct{}]{
			MaximumSize:      maxSeen,
			Clock:            houseClock{},
			ExpiryCalculator: otter.ExpiryWriting[string, struct{}](forgottenFor),
		}),
	}
}

// sight gives what a token stands for. Of many that ask for it at once, one
// looks, and not for the first of them only: the look does not end with its
// request. An error is not remembered.
func (s *seen) sight(ctx context.Context, token string, look func(ctx context.Context, token string) (grant, error)) (*sighting, error) {
	key := sha256.Sum256([]byte(token))
	if found, there := s.grants.GetIfPresent(key); there {
		if !s.isForgotten(found) {
			return found, nil
		}
		s.grants.Invalidate(key)
	}
	return s.grants.Get(context.WithoutCancel(ctx), key, otter.LoaderFunc[[sha256.Size]byte, *sighting](func(ctx context.Context, _ [sha256.Size]byte) (*sighting, error) {
		until := clock.Now().Add(rememberFor)
		g, err := look(ctx, token)
		if expires := g.expires(); expires.Before(until) {
			until = expires
		}
		return &sighting{grant: g, until: until}, err
	}))
}

// isForgotten says whether what was seen has been forgotten since.
func (s *seen) isForgotten(found *sighting) bool {
	forgets := s.forgets.Load() // before the look, so that none is missed
	if found.asOf.Load() == forgets {
		return false
	}
	_, gone := s.forgotten.GetIfPresent(found.grant.hash)
	if !gone {
		found.asOf.Store(forgets)
	}
	return gone
}

// forget makes the next look at an access token a look into the sessions.
func (s *seen) forget(hash string) {
	s.forgotten.Set(hash, struct{}{})
	s.forgets.Add(1) // after it is set
}
