package crm

import (
	"testing"

	"sekisho/backends/kit/kittest/cheaphash"
	"sekisho/caddymodules/stores/storetest"
)

// Time tells nobody who has a login, nor do the words of Auth; what the document
// has two codes for, a customer's login that nobody has and a wrong password, it
// tells itself.
func TestLoginsAreNotToldFromNobody(t *testing.T) {
	cheaphash.Off(t)
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	ctx := t.Context()
	for loginID, hash := range map[string]string{"disabled": h.hash("right1"), "plain": "{plain}right1"} {
		if err := h.store.addSystemLogin(ctx, loginID, hash); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.store.switchSystemLogin(ctx, "disabled", true); err != nil {
		t.Fatal(err)
	}
	h.signUp("old")
	h.sql("UPDATE hc_master_kokyaku_login SET pass_hash = ? WHERE login_id = ?", "{plain}right1", "old")
	code, token := h.signUp("tanaka")

	auth := h.call("Auth", "login_id", "nobody", "password", "wrong1").body
	for _, test := range []struct {
		what, page string
		shown      []string
		said       string
	}{
		{"nobody", "Auth", []string{"login_id", "nobody", "password", "wrong1"}, auth},
		{"a wrong password", "Auth", []string{"login_id", demoSystemLogin, "password", "wrong1"}, auth},
		{"a disabled login", "Auth", []string{"login_id", "disabled", "password", "wrong1"}, auth},
		{"a disabled login with its password", "Auth", []string{"login_id", "disabled", "password", "right1"}, auth},
		{"that again", "Auth", []string{"login_id", "disabled", "password", "right1"}, auth},
		{"an imported login", "Auth", []string{"login_id", "plain", "password", "wrong1"}, auth},
		{"nobody", "Get_UserToken", []string{"user_loginid", "nobody", "user_pasword", "wrong1"}, ""},
		{"a wrong password", "Get_UserToken", []string{"user_loginid", demoLogin, "user_pasword", "wrong1"}, ""},
		{"an imported login", "Get_UserToken", []string{"user_loginid", "old", "user_pasword", "wrong1"}, ""},
		{"a wrong password", "Set_Password", []string{"tokenid", token, "user_code", code, "user_pasword", "wrong1", "user_new_pasword", "next1"}, ""},
	} {
		var a answered
		if n := cheaphash.Hashed(func() { a = h.call(test.page, test.shown...) }); n != 1 {
			t.Errorf("%s at %s: %d passwords were hashed", test.what, test.page, n)
		}
		if a.code == "0" || a.header.Get("Retry-After") != "" || test.said != "" && a.body != test.said {
			t.Errorf("%s at %s: %s", test.what, test.page, a.body)
		}
	}
}
