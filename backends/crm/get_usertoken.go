package crm

import (
	"context"
	"time"

	"sekisho/caddymodules/clock"
)

// freeFor is how long after Get_UserToken another device may be bound.
const freeFor = 24 * time.Hour

// tokenAnswer is the answer of Get_UserToken.
type tokenAnswer struct {
	head
	TokenID string `json:"TokenID"`
}

// getUserToken gives the TokenID to who knows a customer's password (7.2
// Get_UserToken), and frees the login from its device: a new telephone asks for
// it.
func (s *service) getUserToken(c *call) (any, error) {
	loginID, err := c.required("user_loginid", longestLoginID)
	if err != nil {
		return nil, err
	}
	password, err := c.password("user_pasword")
	if err != nil {
		return nil, err
	}
	login, err := s.verifyPassword(c, loginID, func(ctx context.Context) (customerLogin, error) {
		return c.store.loginByID(ctx, loginID)
	}, password)
	if err != nil {
		return nil, err
	}
	freed, err := c.store.free(c.r.Context(), login, clock.Now().Add(freeFor).UnixMilli())
	if err != nil {
		return nil, err
	}
	if !freed { // Set_Password was faster
		return nil, errWrongPassword
	}
	plain, err := c.store.open(login)
	if err != nil {
		return nil, err
	}
	return tokenAnswer{s.ok(), plain.token}, nil
}
