package crm

import (
	"context"

	"sekisho/backends/kit"
)

// passwordAnswer is the answer of Set_Password.
type passwordAnswer struct {
	head
	TokenID string `json:"tokenid"`
}

// setPassword changes a customer's password (7.8 Set_Password), and with it the
// TokenID: the old one is dead.
func (s *service) setPassword(c *call) (any, error) {
	shown, err := readOwner(c)
	if err != nil {
		return nil, err
	}
	old, err := c.password("user_pasword")
	if err != nil {
		return nil, err
	}
	next, err := c.password("user_new_pasword")
	if err != nil {
		return nil, err
	}
	if !usable.MatchString(next) {
		return nil, errPasswordForm
	}
	login, err := s.ownLogin(c, shown, errLoginUnknown)
	if err != nil {
		return nil, err
	}
	return s.changePassword(c, login, old, next)
}

func (s *service) changePassword(c *call, login customerLogin, old, next string) (any, error) {
	ctx := c.r.Context()
	login, err := s.verifyPassword(c, login.LoginID, func(context.Context) (customerLogin, error) { return login, nil }, old)
	if err != nil {
		return nil, err
	}
	hash, err := kit.HashPassword(ctx, next)
	if err != nil {
		return nil, busy(err)
	}
	token := kit.RandomToken(tokenBytes)
	done, err := c.store.rekey(ctx, login, hash, token)
	if err != nil {
		return nil, err
	}
	if !done { // another call was faster, and this TokenID is dead
		return nil, errLoginUnknown
	}
	return passwordAnswer{s.ok(), token}, nil
}
