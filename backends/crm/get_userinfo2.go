package crm

import (
	"crypto/subtle"

	"sekisho/caddymodules/clock"
)

// getUserInfo2 gives a customer to the device that their login is bound to (7.4
// Get_UserInfo2). A login that is free binds the device that comes first.
func (s *service) getUserInfo2(c *call) (any, error) {
	token, err := c.required("tokenid", longestTokenID)
	if err != nil {
		return nil, err
	}
	uuid, err := c.device()
	if err != nil {
		return nil, err
	}
	login, err := s.loginOf(c, token)
	if err != nil {
		return nil, err
	}
	plain, err := c.store.open(login)
	if err != nil {
		return nil, err
	}
	if err := s.checkDevice(c, login, plain.uuid, uuid); err != nil {
		return nil, err
	}
	p, err := c.store.profile(c.r.Context(), login)
	if err != nil {
		return nil, err
	}
	return s.user(p, plain.hintAns), nil
}

// checkDevice lets the device of a login through. Where the login is free it
// binds this one, and is free no more, whichever device it is.
func (s *service) checkDevice(c *call, login customerLogin, bound, uuid string) error {
	ctx := c.r.Context()
	if login.isFree() {
		done, err := c.store.bind(ctx, login, uuid)
		if err != nil || done {
			return err
		}
		// Another call was faster, perhaps this device's own.
		if bound, err = s.boundNow(c, login); err != nil {
			return err
		}
	}
	right := subtle.ConstantTimeCompare([]byte(bound), []byte(uuid)) == 1
	if err := s.devices.Settle(ctx, c.account(login.LoginID), c.address, right); err != nil {
		return err
	}
	if !right {
		return errOtherDevice
	}
	return nil
}

// boundNow gives the device that a login is bound to by now. One that is gone, or
// has another TokenID by now, is unknown.
func (s *service) boundNow(c *call, login customerLogin) (string, error) {
	now, err := c.store.again(c.r.Context(), login)
	if err != nil {
		return "", err
	}
	if now.ID == "" {
		return "", errLoginUnknown
	}
	plain, err := c.store.open(now)
	return plain.uuid, err
}

// isFree says whether the next device is bound to the login.
func (l customerLogin) isFree() bool {
	return len(l.UUID) == 0 || l.FreeUntil > clock.Now().UnixMilli()
}
