package photocloak

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
)

// How long the password of a cloak may be, in characters.
const (
	shortestLock = 4
	longestLock  = 20
)

// complete sets a cloak's settings and publishes it, or changes them later
// (フォトクローク作成完了 API). What is left out, or empty, stays as it is.
func (s *service) complete(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	id := p.id("ci")
	set, err := s.readSettings(r.Context(), p, id, callerID(caller))
	if err != nil {
		return err
	}
	if err := set.hashLock(r.Context(), s.locking, caller.ID); err != nil {
		return err
	}
	now := clock.Now()
	err = s.store.changeCloak(r.Context(), id, set.tags, func(c *cloak) error {
		if err := c.mustBeOwned(id, callerID(caller)); err != nil {
			return err
		}
		return set.apply(c, now, s.rules.lifetime)
	})
	if err != nil {
		return err
	}
	return write(w, cloakIDJSON{s.rules.numbers.Of(id)})
}

// settings are what complete is given; what is zero changes nothing.
type settings struct {
	status, scope            string
	download, upload, extend string
	tags                     *[]string

	lock      string // the password in clear
	lockGiven bool   // also where it was refused
	lockHash  string // of lock
	lockKept  string // the hash of the cloak's password where that is lock already
}

// readSettings reads what to set for a cloak of this member. All that is wrong
// with the request comes back at once: its parameters, whose cloak it is, and
// that it would be locked without a password.
func (s *service) readSettings(ctx context.Context, p *params, id, memberID int64) (settings, error) {
	readable := p.err() == nil // the id
	set := p.settings()
	if readable {
		c, err := s.owned(ctx, id, memberID)
		if err == nil && set.locks(c) {
			err = fault.New(fault.Missing, "lk")
		}
		if err := p.note(err); err != nil {
			return set, err
		}
		set.lockKept = c.LockHash
	}
	return set, p.err()
}

// settings reads what may be set, in the document's order.
func (p *params) settings() settings {
	var set settings
	set.scope = p.oneOf("sc", flagValues...)
	set.lock, set.lockGiven = p.lock("lk")
	if tags, given := p.tags("tg"); given {
		set.tags = &tags
	}
	set.download = p.oneOf("dl", flagValues...)
	set.upload = p.oneOf("ul", flagValues...)
	set.extend = p.oneOf("ae", flagValues...)
	set.status = p.oneOf("st", statusValues...)
	return set
}

// flagValues and statusValues are what switches and the status may be.
var (
	flagValues   = []string{"0", "1"}
	statusValues = []string{strconv.Itoa(statusMaking), strconv.Itoa(statusPublic), strconv.Itoa(statusPaused)}
)

// lock gives an optional new password of a cloak, and whether there was one,
// good or bad.
func (p *params) lock(name string) (lock string, given bool) {
	raw, _ := p.Raw(name)
	lock = p.text(name, longestLock)
	if lock != "" && utf8.RuneCountInString(lock) < shortestLock {
		p.fail(fault.TooShort, name, "")
		lock = ""
	}
	return lock, raw != ""
}

// locks says whether the settings lock a cloak that has no password, and bring
// none.
func (set *settings) locks(c cloak) bool {
	return set.scope == "1" && !set.lockGiven && c.LockHash == ""
}

// hashLock hashes the new password, if there is one. It takes a seat of the
// member for that: one who sent many at once would fill the queue in which
// everybody's passwords wait to be hashed, and nobody could log in.
func (set *settings) hashLock(ctx context.Context, seats *guard.Crowd, member string) error {
	if set.lock == "" {
		return nil
	}
	leave, ok := seats.Sit(ctx, member)
	if !ok {
		return &fault.Fault{Kind: fault.TooMany, RetryAfter: time.Second}
	}
	defer leave()
	if set.lockKept != "" {
		same, _, err := kit.VerifyPassword(ctx, set.lockKept, set.lock)
		if err != nil {
			return fmt.Errorf("comparing a cloak's passwords: %w", err)
		}
		if !same {
			set.lockKept = ""
		}
	}
	hash, err := kit.HashPassword(ctx, set.lock)
	if err != nil {
		return fmt.Errorf("hashing a cloak's password: %w", err)
	}
	set.lockHash = hash
	return nil
}

// apply changes a cloak. It looks again whether there is a password: another
// call may have come between.
func (set *settings) apply(c *cloak, now time.Time, lifetime time.Duration) error {
	if set.locks(*c) {
		return fault.New(fault.Missing, "lk")
	}
	set.applyLock(c)
	setFlag(&c.CanDownload, set.download)
	setFlag(&c.CanUpload, set.upload)
	setFlag(&c.AutoExtend, set.extend)
	if set.status != "" {
		c.Status = int64(set.status[0] - '0')
	}
	if set.status == "1" && c.PublishedAt == 0 {
		c.PublishedAt = now.UnixMilli()
		c.EndsAt = now.Add(lifetime).UnixMilli()
	}
	c.UpdatedAt = now.UnixMilli()
	return nil
}

// applyLock sets scope and password. Cloak tokens die with another password, and
// also when a cloak is locked again with the one of earlier: in between everybody
// could have a token for the asking.
func (set *settings) applyLock(c *cloak) {
	generation := c.LockGeneration
	if set.lockHash != "" && (set.lockKept == "" || set.lockKept != c.LockHash) {
		c.LockHash = set.lockHash
		generation++
	}
	if set.scope == "1" && c.Scope == scopeOpen {
		c.Scope = scopeLocked
		generation++
	}
	if set.scope == "0" {
		c.Scope = scopeOpen
	}
	c.LockGeneration = generation
}

// setFlag sets a switch to what was given, if anything was.
func setFlag(flag *bool, given string) {
	if given != "" {
		*flag = given == "1"
	}
}
