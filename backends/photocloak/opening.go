package photocloak

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

const (
	// cloakTokenLife is how long a cloak token opens its cloak.
	cloakTokenLife = time.Hour

	// cloakTokenBytes of randomness make a token of 55 characters, as many as the
	// document's have.
	cloakTokenBytes = 41
)

// cloakTokenJSON is the answer of フォトクロークトークン取得.
type cloakTokenJSON struct {
	CloakToken string
	CloakID    kit.Number `json:"CloakId"`
}

// openCloak gives a cloak token to who knows the password of a cloak
// (フォトクロークトークン取得 API). Its owner needs none, and an open cloak has none to
// know. That a cloak is there is no secret, for フォトクローク確認 tells it too: an unknown
// one is answered at once, without the work of a password.
func (s *service) openCloak(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	id, lock := p.id("ci"), p.text("lk", longestLock)
	if err := p.err(); err != nil {
		return err
	}
	c, err := s.visible(r.Context(), id, callerID(caller))
	if err != nil {
		return err
	}
	if c.Scope == scopeLocked && !c.owned(callerID(caller)) {
		if lock == "" {
			return fault.New(fault.Missing, "lk")
		}
		if err := s.unlock(r.Context(), c, lock, guard.Address(r)); err != nil {
			return err
		}
	}
	token, err := s.issueCloakToken(r.Context(), c)
	if err != nil {
		return err
	}
	return write(w, cloakTokenJSON{token, s.rules.numbers.Of(c.ID)})
}

// unlock checks the password of a cloak, at the door that limits guessing. A
// wrong one is invalid_lk.
func (s *service) unlock(ctx context.Context, c cloak, lock, address string) error {
	attempt, err := s.cloakPasswords.Begin(ctx, strconv.FormatInt(c.ID, 10), address)
	if err != nil {
		return err
	}
	defer attempt.End(ctx)
	right, stale, err := s.verified.Verify(attempt.In(ctx), c.LockHash, lock)
	switch {
	case err != nil:
		return err
	case !right:
		return errors.Join(attempt.Wrong(ctx), fault.New(fault.Malformed, "lk"))
	case stale:
		s.renewLock(ctx, c, lock)
	}
	return attempt.Right(ctx)
}

// renewLock hashes a password anew that an old server had hashed. That it does
// not succeed is no reason to keep the cloak shut; the next opening tries again.
func (s *service) renewLock(ctx context.Context, c cloak, lock string) {
	renewed, err := kit.HashPassword(ctx, lock)
	if err == nil {
		err = s.store.renewLock(ctx, c.ID, c.LockHash, renewed)
	}
	if err != nil {
		s.log.Warn("hashing a cloak's password anew failed", zap.Int64("cloak_id", c.ID), zap.Error(err))
	}
}

// issueCloakToken makes a token that opens this cloak until its password changes.
// That of an open cloak is not kept: it opens nothing, for locking the cloak ends
// it, and anybody may ask for as many as they like.
func (s *service) issueCloakToken(ctx context.Context, c cloak) (string, error) {
	random := make([]byte, cloakTokenBytes)
	_, _ = rand.Read(random) // never fails: it ends the program instead
	token := base64.RawURLEncoding.EncodeToString(random)
	if c.Scope == scopeOpen {
		return token, nil
	}
	if err := s.sessions.Put(ctx, s.cloakTokenKey(token), c.opener(), cloakTokenLife); err != nil {
		return "", fmt.Errorf("keeping a cloak token: %w", err)
	}
	return token, nil
}

// cloakTokenKey is where the sessions keep what a token opens. It does not tell
// the token.
func (s *service) cloakTokenKey(token string) string {
	return "photocloak:token:" + hex.EncodeToString(s.seal.MAC("photocloak cloak token", token))
}

// opener is what is kept of a token that opens the cloak.
func (c cloak) opener() []byte {
	return fmt.Appendf(nil, "%d:%d", c.ID, c.LockGeneration)
}

// opensCloak says whether the tokens that a request carries open a cloak: exactly
// one must be there. One that is wrong, outrun or another cloak's does not, and
// none does that is older than the password; that it cannot be looked up is an
// error.
func (s *service) opensCloak(ctx context.Context, c cloak, tokens []string) (bool, error) {
	if len(tokens) != 1 || len(tokens[0]) != base64.RawURLEncoding.EncodedLen(cloakTokenBytes) {
		return false, nil
	}
	kept, err := s.sessions.Get(ctx, s.cloakTokenKey(tokens[0]))
	if errors.Is(err, stores.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking up a cloak token: %w", err)
	}
	return subtle.ConstantTimeCompare(kept, c.opener()) == 1, nil
}
