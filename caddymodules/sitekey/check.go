package sitekey

import (
	"context"
	"crypto/subtle"
	"errors"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/query"
)

// maxKey is how long a key may be; sekisho's own have 36 characters.
const maxKey = 255

var errNoSites = errors.New("site_key needs a line `sites <module>` that names who knows the sites")

// check finds out which site is calling.
func (g *Guard) check(ctx context.Context, rawQuery, address string) (identity.Caller, error) {
	sid, err := readSID(rawQuery)
	if err != nil {
		return identity.Caller{}, err
	}
	key, err := readKey(rawQuery)
	if err != nil {
		return identity.Caller{}, err
	}
	defer g.lease()()
	site, err := g.known.Get(ctx, sid)
	if err != nil {
		return identity.Caller{}, fault.Because(err)
	}
	now := clock.Now()
	id, right := match(site, g.sites.HashKey(sid, key), now)
	account := strconv.FormatInt(sid, 10)
	if err := g.door.Settle(ctx, account, address, right); err != nil {
		return identity.Caller{}, err
	}
	if !right {
		return identity.Caller{}, fault.New(fault.Unauthorized, "")
	}
	if err := g.used.Note(ctx, id, now); err != nil { // no reason to refuse a site
		g.log.Warn("noting the use of a site key failed", zap.Int64("key_id", id), zap.Error(err))
	}
	return identity.Caller{ID: account, Program: account, Extra: site.Extra}, nil
}

// match compares a key's hash with every key of the site, and with as many
// where there is none: how long it takes tells nobody whether a site exists.
func match(site identity.Keyed, hash []byte, now time.Time) (keyID int64, right bool) {
	keys := site.Keys
	if len(keys) == 0 {
		keys = []identity.Key{nobodys}
	}
	for _, key := range keys {
		if subtle.ConstantTimeCompare(key.Hash, hash) == 1 && key.ValidAt(now) && key.ID != nobodys.ID {
			keyID, right = key.ID, true
		}
	}
	return keyID, right && !site.Disabled
}

// nobodys is the key of a site that has none.
var nobodys = identity.Key{ID: -1, Hash: make([]byte, 32)}

func readSID(rawQuery string) (int64, error) {
	value, err := required(rawQuery, "sid")
	if err != nil {
		return 0, err
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < '0' || r > '9' }) {
		return 0, malformed("sid", value)
	}
	sid, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, malformed("sid", value)
	}
	return sid, nil
}

func readKey(rawQuery string) (string, error) {
	value, err := required(rawQuery, "key")
	if err != nil {
		return "", err
	}
	foreign := func(r rune) bool {
		return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '-')
	}
	if len(value) > maxKey || strings.ContainsFunc(value, foreign) {
		return "", malformed("key", value)
	}
	return value, nil
}

func required(rawQuery, name string) (string, error) {
	value, _ := query.Last(rawQuery, name) // as PHP reads it
	if value == "" {
		return "", fault.New(fault.Missing, name)
	}
	return value, nil
}

func malformed(name, value string) error {
	return &fault.Fault{Kind: fault.Malformed, Subject: name, Value: value}
}
