package crm

import (
	"context"
	"errors"
	"regexp"

	"sekisho/backends/kit"
)

// The longest values of a customer's login, in characters.
const (
	longestLoginID  = 200
	longestPassword = 200
	longestUUID     = 300
	longestTokenID  = 64
	longestCode     = 30
	longestHintCode = 30
	longestHintAns  = 100
)

// tokenBytes of randomness make a TokenID of 64 digits.
const tokenBytes = 32

// usable is the form of a new login id and of a new password: half-width
// letters and digits.
var usable = regexp.MustCompile(`^[0-9A-Za-z]{1,20}$`)

// verifyPassword lets a customer's password be checked at the door that limits
// guessing, where loginID is the account, whether somebody has it or not. look
// gives the login, the zero one where nobody has it, which costs as much. A wrong
// password is errWrongPassword.
func (s *service) verifyPassword(c *call, loginID string, look func(context.Context) (customerLogin, error), password string) (customerLogin, error) {
	ctx := c.r.Context()
	attempt, err := s.passwords.Begin(ctx, c.account(loginID), c.address)
	if err != nil {
		return customerLogin{}, err
	}
	defer attempt.End(ctx)
	login, right, err := s.compare(attempt.In(ctx), c.store, look, password)
	switch {
	case err != nil:
		return login, err
	case login.ID == "":
		return login, errors.Join(attempt.Wrong(ctx), errLoginUnknown)
	case !right:
		return login, errors.Join(attempt.Wrong(ctx), errWrongPassword)
	}
	return login, attempt.Right(ctx)
}

func (s *service) compare(ctx context.Context, kept store, look func(context.Context) (customerLogin, error), password string) (login customerLogin, right bool, err error) {
	if login, err = look(ctx); err != nil {
		return login, false, err
	}
	right, stale, err := kit.VerifyPassword(ctx, login.PassHash, password)
	if err != nil {
		return login, false, busy(err)
	}
	if stale {
		s.renew(ctx, password, func(renewed string) error {
			return kept.renewHash(ctx, login, renewed)
		})
	}
	return login, right, nil
}
