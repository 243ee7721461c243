package crm

import "sekisho/caddymodules/fault"

// owner is what a customer's app shows: whose device it is, and whom it means.
type owner struct{ token, code string }

func readOwner(c *call) (o owner, err error) {
	if o.token, err = c.required("tokenid", longestTokenID); err != nil {
		return o, err
	}
	o.code, err = c.required("user_code", longestCode)
	return o, err
}

// ownLogin gives the login of the TokenID, which must be of the customer who is
// meant; otherwise the page's own fault for that.
func (s *service) ownLogin(c *call, shown owner, otherwise *fault.Fault) (customerLogin, error) {
	login, err := s.loginOf(c, shown.token)
	if err == nil && login.Code != shown.code {
		return customerLogin{}, otherwise
	}
	return login, err
}

// loginOf gives the login of the TokenID that a call shows. One that nobody has
// is errLoginUnknown, and counts as a guess.
func (s *service) loginOf(c *call, token string) (customerLogin, error) {
	ctx := c.r.Context()
	login, err := c.store.loginByToken(ctx, token)
	if err != nil || login.ID != "" {
		return login, err
	}
	if err := s.tokens.Settle(ctx, c.address, false); err != nil {
		return login, err
	}
	return login, errLoginUnknown
}
