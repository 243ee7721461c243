package apikey

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"go.uber.org/zap"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/query"
)

// maxKey is how long a key may be.
const maxKey = 255

var errNoApps = errors.New("api_key needs a line `apps <module>` that names who knows the apps")

// check finds out which app is calling; address is asked for where it is wrong.
func (g *Guard) check(ctx context.Context, rawQuery string, address func() string) (identity.Caller, error) {
	key, _ := query.First(rawQuery, "key") // as Java reads it
	if key == "" {
		return identity.Caller{}, fault.New(fault.Missing, "key")
	}
	defer g.lease()()
	app, hash, err := g.owner(ctx, key)
	if err != nil {
		return identity.Caller{}, fault.Because(err)
	}
	now := clock.Now()
	id, right := match(app, hash, now)
	if !right {
		if err := g.door.Settle(ctx, address(), false); err != nil {
			return identity.Caller{}, err
		}
		return identity.Caller{}, fault.New(fault.Unauthorized, "")
	}
	g.door.Right()
	if err := g.used.Note(ctx, id, now); err != nil { // no reason to refuse an app
		g.log.Warn("noting the use of an API key failed", zap.Int64("key_id", id), zap.Error(err))
	}
	return identity.Caller{ID: app.ID, Program: app.ID, Extra: app.Extra}, nil
}

// owner gives the app that a key belongs to, nobody where it can be no key, and
// the key's hash.
func (g *Guard) owner(ctx context.Context, key string) (app identity.Keyed, hash [sha256.Size]byte, err error) {
	if !isKey(key) {
		return app, hash, nil
	}
	hash = g.apps.HashKey(key)
	app, err = g.known.Get(ctx, hash)
	return app, hash, err
}

// match says whether the key with this hash lets its app in. The hash is
// compared once more, in constant time: that the guest found something by it is
// not enough.
func match(app identity.Keyed, hash [sha256.Size]byte, now time.Time) (keyID int64, right bool) {
	for _, key := range app.Keys {
		if subtle.ConstantTimeCompare(key.Hash, hash[:]) == 1 && key.ValidAt(now) {
			return key.ID, !app.Disabled
		}
	}
	return 0, false
}

// isKey says whether text could be a key: up to 255 characters of printable
// ASCII.
func isKey(text string) bool {
	foreign := func(r rune) bool { return r < ' ' || r > '~' }
	return len(text) <= maxKey && !strings.ContainsFunc(text, foreign)
}
