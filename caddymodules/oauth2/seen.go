package oauth2

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/maypok86/otter/v2"

	"sekisho/caddymodules/clock"
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
	grants    *otter.Cache[[sha256.Size]byte, sighting]
	forgotten *otter.Cache[string, struct{}] // by the hash that the records name
}

// sighting is a grant, and until when it may be believed.
type sighting struct {
	grant grant
	until time.Time
}

func newSeen() *seen {
	return &seen{
		grants: otter.Must(&otter.Options[[sha256.Size]byte, sighting]{
			MaximumSize: maxSeen,
			Clock:       houseClock{},
			ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[[sha256.Size]byte, sighting]) time.Duration {
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

// grant gives what a token stands for. Of many that ask for it at once, one
// looks, and not for the first of them only: the look does not end with its
// request. An error is not remembered.
func (s *seen) grant(ctx context.Context, token string, look func(ctx context.Context, token string) (grant, error)) (grant, error) {
	key := sha256.Sum256([]byte(token))
	if found, there := s.grants.GetIfPresent(key); there {
		if _, gone := s.forgotten.GetIfPresent(found.grant.hash); !gone {
			return found.grant, nil
		}
		s.grants.Invalidate(key)
	}
	found, err := s.grants.Get(context.WithoutCancel(ctx), key, otter.LoaderFunc[[sha256.Size]byte, sighting](func(ctx context.Context, _ [sha256.Size]byte) (sighting, error) {
		until := clock.Now().Add(rememberFor)
		g, err := look(ctx, token)
		if expires := g.expires(); expires.Before(until) {
			until = expires
		}
		return sighting{g, until}, err
	}))
	return found.grant, err
}

// forget makes the next look at an access token a look into the sessions.
func (s *seen) forget(hash string) { s.forgotten.Set(hash, struct{}{}) }
