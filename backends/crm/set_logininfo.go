package crm

import (
	"context"
	"errors"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
)

// signedUpAnswer is the answer of Set_LoginInfo.
type signedUpAnswer struct {
	head
	Code    string `json:"Code"`
	UUID    string `json:"Uuid"`
	TokenID string `json:"TokenID"`
}

// application is what a new customer asks for.
type application struct {
	loginID, password, uuid, hintCode, hintAns string
}

// setLoginInfo signs a customer up (7.3 Set_LoginInfo): the next customer code,
// a customer of whom nothing is known yet, and their login.
func (s *service) setLoginInfo(c *call) (any, error) {
	a, err := readApplication(c)
	if err != nil {
		return nil, err
	}
	a.hintCode, a.hintAns = s.given(a.hintCode), s.given(a.hintAns)
	var made signedUpAnswer
	err = s.signUps.Try(c.r.Context(), c.address, func() (err error) {
		made, err = s.signUp(c.r.Context(), c.store, a)
		return err
	})
	return made, err
}

// signUp hashes the password first: who is told that there is no turn for it, which
// does not count, is told nothing of the login id.
func (s *service) signUp(ctx context.Context, kept store, a application) (made signedUpAnswer, err error) {
	hash, err := kit.HashPassword(ctx, a.password)
	if err != nil {
		return made, busy(err)
	}
	taken, err := kept.loginByID(ctx, a.loginID)
	if err != nil {
		return made, err
	}
	if taken.ID != "" {
		return made, errLoginTaken
	}
	n := newcomer{a.loginID, hash, kit.RandomToken(tokenBytes), a.uuid, a.hintCode, a.hintAns}
	code, err := kept.signUp(ctx, n, today(), s.codeDigits)
	if err != nil {
		return made, err
	}
	return signedUpAnswer{s.ok(), code, a.uuid, n.token}, nil
}

// readApplication reads the parameters. What is absent comes before what is not
// of the form of a login id or password, and that before all else.
func readApplication(c *call) (a application, err error) {
	var errs [5]error
	a.loginID, errs[0] = c.required("user_loginid", longestLoginID)
	a.password, errs[1] = c.password("user_pasword")
	a.uuid, errs[2] = c.device()
	a.hintCode, errs[3] = c.text("hintcode", longestHintCode)
	a.hintAns, errs[4] = c.text("hintans", longestHintAns)
	for _, err := range errs {
		if fault.Is(err, fault.Missing) {
			return a, err
		}
	}
	switch {
	case errs[0] != nil || !usable.MatchString(a.loginID):
		return a, errLoginForm
	case errs[1] != nil || !usable.MatchString(a.password):
		return a, errPasswordForm
	}
	return a, errors.Join(errs[2:]...)
}
