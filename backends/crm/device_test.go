package crm

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A new telephone asks for the TokenID with the password, and shows it with a
// uuid never seen: that works once, and binds it.
func TestNewTelephone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		_, token := h.signUp("tanaka")
		info := func(uuid string) answered { return h.call("Get_UserInfo2", "tokenid", token, "uuid", uuid) }

		info("device of tanaka").want(t, "the first telephone", "0")
		info("new").want(t, "a new telephone without the password", "-31003")
		a := h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "pass1")
		if a.TokenID != token {
			t.Errorf("Get_UserToken gives %q, want the one that there was, %q", a.TokenID, token)
		}
		info("new").want(t, "the new telephone", "0")
		info("new").want(t, "the new telephone again", "0")
		info("device of tanaka").want(t, "the first telephone", "-31003")
		info("newer").want(t, "a third one", "-31003")
	})
}

// Whichever device comes next is the one: the time in which another may be bound
// ends with it.
func TestNextDeviceEndsTheFreeTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		_, token := h.signUp("tanaka")
		h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "pass1").want(t, "Get_UserToken", "0")
		h.call("Get_UserInfo2", "tokenid", token, "uuid", "device of tanaka").want(t, "the same telephone", "0")
		h.call("Get_UserInfo2", "tokenid", token, "uuid", "new").want(t, "another one", "-31003")
	})
}

// Nobody comes within 24 hours: the login stays with its device.
func TestFreeTimeEnds(t *testing.T) { // steps the clock: not parallel
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	_, token := h.signUp("tanaka")
	h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "pass1").want(t, "Get_UserToken", "0")
	defer clock.Step(freeFor + time.Second)()
	h.token = h.auth(prefix, demoSystemLogin, demoSystemPassword)
	h.call("Get_UserInfo2", "tokenid", token, "uuid", "new").want(t, "a day late", "-31003")
	h.call("Get_UserInfo2", "tokenid", token, "uuid", "device of tanaka").want(t, "the device that there was", "0")
}

// Of many telephones at once one is bound; one that asks many times at once is.
func TestOneDeviceIsBound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s, "limits {\nper_address 1000 5m\n}")
		_, token := h.signUp("tanaka")
		for _, test := range []struct {
			what string
			uuid func(int) string
			want map[string]int
		}{
			{"32 telephones", func(i int) string { return fmt.Sprint("phone ", i) }, map[string]int{"0": 1, "-31003": 31}},
			{"one, 32 times", func(int) string { return "phone" }, map[string]int{"0": 32}},
		} {
			h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "pass1").want(t, "Get_UserToken", "0")
			got := map[string]int{}
			var mu sync.Mutex
			var phones sync.WaitGroup
			for i := range 32 {
				phones.Go(func() {
					a := again("-31004", func() answered { return h.call("Get_UserInfo2", "tokenid", token, "uuid", test.uuid(i)) })
					mu.Lock()
					got[a.code]++
					mu.Unlock()
				})
			}
			phones.Wait()
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("%s: %v, want %v", test.what, got, test.want)
			}
		}
	})
}

// Set_Password gives another TokenID: the old one is dead on every page, and a
// free time that was open is over.
func TestSetPasswordEndsTheToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		code, old := h.signUp("tanaka")
		h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "pass1").want(t, "Get_UserToken", "0")
		a := h.call("Set_Password", "tokenid", old, "user_password", "pass1", "user_new_password", "pass2", "user_code", code)
		a.want(t, "Set_Password", "0")
		if len(a.Tokenid) != 64 || a.Tokenid == old {
			t.Errorf("Set_Password: %s", a.body)
		}
		for _, test := range []struct{ page, want string }{
			{"Get_UserInfo2", "-31002"}, {"Set_UserInfo2", "-28002"}, {"Set_Password", "-32002"}, {"Set_DelFlg", "-34002"}, {"Get_SalesInfo", "-33002"},
		} {
			h.call(test.page, "tokenid", old, "uuid", "device of tanaka", "user_code", code, "Segment", "1",
				"user_pasword", "pass2", "user_new_pasword", "pass3", "month", "209912").want(t, test.page+" with the old TokenID", test.want)
		}
		h.call("Get_UserInfo2", "tokenid", a.Tokenid, "uuid", "new").want(t, "another device with the new one", "-31003")
		h.call("Get_UserInfo2", "tokenid", a.Tokenid, "uuid", "device of tanaka").want(t, "its own device with the new one", "0")
		h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "pass1").want(t, "the old password", "-26003")
		if b := h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "pass2"); b.TokenID != a.Tokenid {
			t.Errorf("Get_UserToken: %s", b.body)
		}
	})
}

// Who came from the old database may change their password at once.
func TestSetPasswordOverAnOldHash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		code, token := h.signUp("tanaka")
		h.sql("UPDATE hc_master_kokyaku_login SET pass_hash = '{plain}old-one' WHERE login_id = 'tanaka'")
		h.call("Set_Password", "tokenid", token, "user_pasword", "old-one", "user_new_pasword", "next1", "user_code", code).want(t, "Set_Password", "0")
		h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "next1").want(t, "the new password", "0")
	})
}

// Of many changes of one password at once one is made, and its TokenID is the
// login's.
func TestOnePasswordIsSet(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		code, token := h.signUp("tanaka")
		var mu sync.Mutex
		var made []string
		var calls sync.WaitGroup
		for i := range 8 {
			calls.Go(func() {
				a := again("-32004", func() answered {
					return h.call("Set_Password", "tokenid", token, "user_pasword", "pass1", "user_new_pasword", fmt.Sprint("next", i), "user_code", code)
				})
				mu.Lock()
				defer mu.Unlock()
				if a.code == "0" {
					made = append(made, a.Tokenid)
				} else if a.code != "-32002" && a.code != "-32003" {
					t.Errorf("%s", a.body)
				}
			})
		}
		calls.Wait()
		if len(made) != 1 || made[0] != h.tokenOf("tanaka") {
			t.Errorf("%d calls changed the password", len(made))
		}
	})
}
