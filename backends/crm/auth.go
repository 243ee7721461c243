package crm

import (
	"context"
	"errors"
	"strings"

	"go.uber.org/zap"

	"sekisho/backends/kit"
)

// The longest values of Auth, in characters.
const (
	longestSystemLogin    = 20
	longestSystemPassword = 20
)

// authAnswer is the answer of Auth.
type authAnswer struct {
	head
	Token string `json:"Token"`
}

// auth opens a session for a system login (7.1 Auth). The Token goes into the
// answer and into the cookies of an ASP.NET session.
func (s *service) auth(c *call) (any, error) {
	loginID, err := c.required("login_id", longestSystemLogin)
	if err != nil {
		return nil, err
	}
	password, err := c.required("password", longestSystemPassword)
	if err != nil {
		return nil, err
	}
	login, err := s.systemLogin(c, loginID, password)
	if err != nil {
		return nil, err
	}
	token, err := s.openSession(c.r.Context(), login)
	if err != nil {
		return nil, err
	}
	setCookies(c.w, token)
	c.noteLogin(login.LoginID)
	return authAnswer{s.ok(), token}, nil
}

// systemLogin gives the active login whose password this is. One that nobody
// has, a disabled one and a wrong password are one fault, after the same work.
func (s *service) systemLogin(c *call, loginID, password string) (systemLogin, error) {
	ctx := c.r.Context()
	attempt, err := s.systemLogins.Begin(ctx, c.account(loginID), c.address)
	if err != nil {
		return systemLogin{}, err
	}
	defer attempt.End(ctx)
	login, err := s.verifySystemLogin(attempt.In(ctx), c.store, loginID, password)
	switch {
	case err == errSystemLogin:
		return login, errors.Join(attempt.Wrong(ctx), err)
	case err != nil:
		return login, err
	}
	return login, attempt.Right(ctx)
}

func (s *service) verifySystemLogin(ctx context.Context, kept store, loginID, password string) (systemLogin, error) {
	login, err := kept.systemLogin(ctx, loginID)
	if err != nil {
		return systemLogin{}, err
	}
	if !login.active() {
		login = systemLogin{} // a hash of "" costs as much as any, and is nobody's
	}
	right, stale, err := s.verified.Verify(ctx, login.PassHash, password)
	switch {
	case err != nil:
		return systemLogin{}, busy(err)
	case !right:
		return systemLogin{}, errSystemLogin
	case stale:
		s.renew(ctx, password, func(renewed string) error {
			return kept.renewSystemHash(ctx, loginID, login.PassHash, renewed)
		})
	}
	return login, nil
}

// renew hashes a password anew whose hash came from the old service. The login
// does not fail over it: the old hash still opens the door.
func (s *service) renew(ctx context.Context, password string, keep func(renewed string) error) {
	renewed, err := kit.HashPassword(ctx, password)
	if err == nil {
		err = keep(renewed)
	}
	if err != nil {
		s.log.Warn("renewing a password's hash failed; the next login tries again", zap.Error(err))
	}
}

// account is what a login of the tenant is called at a door.
func (c *call) account(loginID string) string {
	return strings.Join([]string{c.store.tenant, loginID}, "/") // a tenant's name has no slash
}
