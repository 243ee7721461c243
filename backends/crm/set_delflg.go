package crm

// setDelFlg lets a customer leave (7.9 Set_DelFlg): the login is deleted, the
// customer stays and is marked as left.
func (s *service) setDelFlg(c *call) (any, error) {
	token, err := c.required("tokenid", longestTokenID)
	if err != nil {
		return nil, err
	}
	code, err := c.required("user_code", longestCode)
	if err != nil {
		return nil, err
	}
	login, err := s.loginOf(c, token)
	if err != nil {
		return nil, err
	}
	if login.Code != code {
		return nil, errCustomerUnknown
	}
	if err := c.store.leave(c.r.Context(), login, today()); err != nil {
		return nil, err
	}
	return s.ok(), nil
}
