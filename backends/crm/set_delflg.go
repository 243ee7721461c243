package crm

// setDelFlg lets a customer leave (7.9 Set_DelFlg): the login is deleted, the
// customer stays and is marked as left.
func (s *service) setDelFlg(c *call) (any, error) {
	shown, err := readOwner(c)
	if err != nil {
		return nil, err
	}
	login, err := s.ownLogin(c, shown, errCustomerUnknown)
	if err != nil {
		return nil, err
	}
	if err := c.store.leave(c.r.Context(), login, today()); err != nil {
		return nil, err
	}
	return s.ok(), nil
}
