package certificates

import (
	"context"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
)

const (
	// authorities is where Caddy keeps its private authorities, those of `tls
	// internal` and of host names that nobody can own.
	authorities   = "pki/authorities/"
	authorityLock = "private_authority"
)

// founding is the making of a private authority. Caddy does it without a lock
// when a configuration is loaded: two gateways that start at once on an empty
// database would leave the certificate of one beside the key of the other. So
// the first that misses a part of an authority holds the others up until its
// configuration has started.
type founding struct {
	mu     sync.Mutex
	locked bool
	over   bool // nothing is made any more
}

// await gives a part of an authority that was missing, if another gateway has
// made it meanwhile.
func (v *vault) await(ctx context.Context, name string) (*entry, error) {
	v.founding.mu.Lock()
	defer v.founding.mu.Unlock()
	if !strings.HasPrefix(name, authorities) || v.founding.over {
		return nil, nil
	}
	if !v.founding.locked {
		if err := v.Lock(ctx, authorityLock); err != nil {
			return nil, err
		}
		v.founding.locked = true
	}
	return v.rows.get(ctx, name)
}

// endFounding lets the other gateways go on.
func (v *vault) endFounding(ctx context.Context) {
	v.founding.mu.Lock()
	defer v.founding.mu.Unlock()
	v.founding.over = true
	if !v.founding.locked {
		return
	}
	v.founding.locked = false
	if err := v.Unlock(ctx, authorityLock); err != nil {
		v.log.Warn("letting other gateways load a private authority", zap.Error(err)) // in half a minute they do
	}
}

// founder hears that its configuration has started.
type founder struct{ vault *vault }

// Handle ends the founding.
func (f founder) Handle(ctx context.Context, _ caddy.Event) error {
	f.vault.endFounding(ctx)
	return nil
}
