package ydits

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
)

const (
	// issuedFor is how long an issued key waits for step 2.
	issuedFor = 24 * time.Hour

	// keyBytes of randomness make a key of 43 characters.
	keyBytes = 32
)

// credentials are what a user proves themselves by.
type credentials struct{ mail, pass string }

func readCredentials(params kit.Params) (c credentials, err error) {
	if c.mail, err = params.Required("mail", maxMail); err != nil {
		return c, err
	}
	c.pass, err = params.Required("pass", maxPass)
	return c, err
}

// issue answers auth.php?step=1 (ランダム認証キーの生成): a key for software that
// the user may register with step 2.
func (s *service) issue(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	params, err := kit.ReadParams(w, r, policy)
	if err != nil {
		return err
	}
	given, err := readCredentials(params)
	if err != nil {
		return err
	}
	u, err := s.login(r.Context(), given, guard.Address(r))
	if err != nil {
		return err
	}
	key, err := s.issueKey(r.Context(), u.UUID)
	if err != nil {
		return err
	}
	return s.write(w, http.StatusOK, softKey{success(issuedWords), u.UUID, key})
}

// login gives the user of the credentials. A mail address that nobody has, one
// of a disabled user and a wrong password are one fault, after the same work.
func (s *service) login(ctx context.Context, given credentials, address string) (user, error) {
	attempt, err := s.passwords.Begin(ctx, kit.MailKey(given.mail), address)
	if err != nil {
		return user{}, err
	}
	defer attempt.End(ctx)
	u, err := s.verify(attempt.In(ctx), given)
	switch {
	case err == errMailUnknown:
		return user{}, errors.Join(attempt.Wrong(ctx), err)
	case err != nil:
		return user{}, err
	}
	return u, attempt.Right(ctx)
}

// verify gives the active user whose password this is.
func (s *service) verify(ctx context.Context, given credentials) (user, error) {
	u, err := s.store.userByMail(ctx, given.mail)
	if err != nil {
		return user{}, err
	}
	if !u.active() {
		u = user{} // a hash of "" costs as much as any, and is nobody's
	}
	right, stale, err := kit.VerifyPassword(ctx, u.PassHash, given.pass)
	switch {
	case err != nil:
		return user{}, err
	case !right:
		return user{}, errMailUnknown
	case stale:
		s.renew(ctx, u, given.pass)
	}
	return u, nil
}

// renew hashes a password anew whose hash came from the old service. The login
// does not fail over it: the old hash still opens the door.
func (s *service) renew(ctx context.Context, u user, pass string) {
	hash, err := kit.HashPassword(ctx, pass)
	if err == nil {
		err = s.store.renewHash(ctx, u.UUID, u.PassHash, hash)
	}
	if err != nil {
		s.log.Warn("renewing a password's hash failed; the next login tries again", zap.Error(err))
	}
}

// issueKey makes a key that waits for step 2. Earlier ones stay good.
func (s *service) issueKey(ctx context.Context, uuid string) (string, error) {
	random := make([]byte, keyBytes)
	_, _ = rand.Read(random) // never fails: it ends the program instead
	key := base64.RawURLEncoding.EncodeToString(random)
	if err := s.sessions.Put(ctx, s.issuedUnder(uuid, key), []byte{1}, issuedFor); err != nil {
		return "", fmt.Errorf("keeping an issued key: %w", err)
	}
	return key, nil
}

// issuedUnder is where the sessions keep that a key was issued to a user. It
// tells neither.
func (s *service) issuedUnder(uuid, key string) string {
	return "ydits:issued:" + hex.EncodeToString(s.seal.MAC("ydits issued key", uuid, key))
}
