package crm

import (
	"fmt"
	"testing"

	"sekisho/backends/kit/kittest/cheaphash"
	"sekisho/caddymodules/stores/storetest"
)

// signingUp is a sign-up, whatever becomes of it.
func (h *house) signingUp(loginID string) answered {
	h.t.Helper()
	return h.call("Set_LoginInfo", "user_loginid", loginID, "user_pasword", "pass1", "uuid", "u")
}

// wantSignUps signs so many customers up, and is refused the next.
func (h *house) wantSignUps(left int) {
	h.t.Helper()
	for i := range left {
		h.signingUp(fmt.Sprint("customer", i)).want(h.t, "a sign-up that is left", "0")
	}
	a := h.signingUp("toomany")
	a.want(h.t, "one more", "-27005")
	if a.header.Get("Retry-After") == "" {
		h.t.Errorf("one more is not refused by the limit: %s", a.body)
	}
}

// A failure of ours is no sign-up: however often an app's server tries while the
// database does not answer, it signs as many customers up when it does.
func TestAnOutageIsNoSignUp(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), "sign_ups 3 1h")
	h.sql("ALTER TABLE hc_master_kokyaku RENAME TO hc_master_away")
	for i := range 10 {
		a := h.signingUp(fmt.Sprint("customer", i))
		a.want(t, "without its table", "-27005")
		if a.header.Get("Retry-After") != "" {
			t.Errorf("without its table a try is refused by the limit: %s", a.body)
		}
	}
	h.sql("ALTER TABLE hc_master_away RENAME TO hc_master_kokyaku")
	h.wantSignUps(3)
}

// A login id that is taken counts: it is a way of finding out who has one.
func TestTakenLoginsCount(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), "sign_ups 3 1h")
	for range 2 {
		h.signingUp(demoLogin).want(t, "a taken login id", "-27002")
	}
	h.wantSignUps(1)
}

// Neither the time that a sign-up takes nor that there is no turn for hashing tells
// whether somebody has a login id: the password is hashed first.
func TestATakenLoginIsHashedToo(t *testing.T) {
	cheaphash.Off(t)
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	for loginID, code := range map[string]string{"nobodys": "0", demoLogin: "-27002"} {
		n := cheaphash.Hashed(func() { h.signingUp(loginID).want(t, loginID, code) })
		if n != 1 {
			t.Errorf("%s: %d passwords were hashed", loginID, n)
		}
	}
}
