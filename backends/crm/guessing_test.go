package crm

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sekisho/caddymodules/guard/guardtest"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// Beyond ten failures the page's code for a wrong secret is all that a guesser
// gets, even for the right one, and how long to wait; from elsewhere the right
// one goes on to pass.
func TestGuessingIsLimited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		code, token := h.signUp("tanaka")
		h.call("Get_UserInfo2", "tokenid", token, "uuid", "device of tanaka").want(t, "the device is bound", "0")
		for _, test := range []struct {
			page, wrong, refused string
			guess                func(i int) []string
			right                []string
		}{
			{
				"Auth", "-2", "-2",
				func(i int) []string { return []string{"login_id", demoSystemLogin, "password", fmt.Sprint("wrong", i)} },
				[]string{"login_id", demoSystemLogin, "password", demoSystemPassword},
			},
			{
				"Auth", "-2", "-2",
				func(i int) []string { return []string{"login_id", "nobody", "password", fmt.Sprint("wrong", i)} }, nil,
			},
			{
				"Get_UserToken", "-26003", "-26003",
				func(i int) []string {
					return []string{"user_loginid", demoLogin, "user_pasword", fmt.Sprint("wrong", i)}
				},
				[]string{"user_loginid", demoLogin, "user_pasword", demoPassword},
			},
			{
				"Get_UserToken", "-26002", "-26003",
				func(i int) []string {
					return []string{"user_loginid", "nobody", "user_pasword", fmt.Sprint("wrong", i)}
				}, nil,
			},
			{
				"Get_UserInfo2", "-31003", "-31003",
				func(i int) []string { return []string{"tokenid", token, "uuid", fmt.Sprint("wrong", i)} },
				[]string{"tokenid", token, "uuid", "device of tanaka"},
			},
			{
				"Set_Password", "-32003", "-32003",
				func(i int) []string {
					return []string{"tokenid", token, "user_code", code, "user_pasword", fmt.Sprint("wrong", i), "user_new_pasword", "next1"}
				}, nil,
			},
		} {
			for i := range 10 {
				a := h.callFrom("198.51.100.1", prefix, test.page, h.token, test.guess(i)...)
				a.want(t, test.page+", a wrong one", test.wrong)
				if a.header.Get("Retry-After") != "" {
					t.Errorf("%s: guess %d is refused already", test.page, i+1)
				}
			}
			for _, next := range [][]string{test.guess(10), test.right} {
				if next == nil {
					continue
				}
				a := h.callFrom("198.51.100.1", prefix, test.page, h.token, next...)
				a.want(t, test.page+", the eleventh", test.refused)
				if a.header.Get("Retry-After") == "" {
					t.Errorf("%s: the eleventh has no Retry-After: %s", test.page, a.body)
				}
			}
			if test.right != nil {
				h.callFrom("198.51.100.2", prefix, test.page, h.token, test.right...).want(t, test.page+" from elsewhere", "0")
			}
		}
	})
}

// Keys without an account are counted by address: right ones pass all the same.
func TestGuessingTokensIsLimited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s, "token_guesses 5 5m")
		_, token := h.signUp("tanaka")
		for i := range 7 {
			a := h.callFrom("198.51.100.1", prefix, "Get_UserInfo2", h.token, "tokenid", fmt.Sprintf("%064d", i), "uuid", "u")
			if i < 5 {
				a.want(t, "a wrong TokenID", "-31002")
			} else {
				a.want(t, "a wrong TokenID beyond the limit", "-31003")
			}
			if refused := a.header.Get("Retry-After") != ""; refused != (i >= 5) {
				t.Errorf("TokenID %d is refused: %v", i+1, refused)
			}
			b := h.callFrom("198.51.100.1", prefix, "Get_UserPoint", strings.Repeat(fmt.Sprint(i), 40), "user_code", demoCode)
			b.want(t, "a wrong Token", "-8098")
			if refused := b.header.Get("Retry-After") != ""; refused != (i >= 5) {
				t.Errorf("Token %d is refused: %v", i+1, refused)
			}
		}
		beyond := h.callFrom("198.51.100.1", prefix, "Get_SalesInfo", h.token, "tokenid", "x", "user_code", demoCode, "month", "201404")
		beyond.want(t, "a page without a code for wrong passwords", "-33004")
		if beyond.words != "内部エラー: 試行回数が多すぎます" {
			t.Errorf("its words: %s", beyond.words)
		}
		h.callFrom("198.51.100.1", prefix, "Get_UserInfo2", h.token, "tokenid", token, "uuid", "device of tanaka").want(t, "the right one", "0")
	})
}

// An address signs up 30 customers an hour, unless it is given more.
func TestSignUpsAreLimited(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), "sign_ups 3 1h")
	for i := range 3 {
		h.signUp(fmt.Sprint("c", i))
	}
	number := h.store.lastNumber(t)
	a := h.call("Set_LoginInfo", "user_loginid", "c4", "user_pasword", "pass1", "uuid", "u")
	a.want(t, "the fourth", "-27005")
	if a.words != "内部エラー: 試行回数が多すぎます" || a.header.Get("Retry-After") == "" {
		t.Errorf("the fourth: %s", a.body)
	}
	if h.store.lastNumber(t) != number {
		t.Error("it took a number")
	}
	h.callFrom("198.51.100.1", prefix, "Set_LoginInfo", h.token, "user_loginid", "c4", "user_pasword", "pass1", "uuid", "u").want(t, "from elsewhere", "0")
}

// Whoever guesses at one login from many addresses is refused, and its owner at
// their usual one is not.
func TestGuessingALoginFromEverywhere(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), guardtest.Few, "system_"+guardtest.Few)
	_, token := h.signUp("tanaka")
	h.call("Get_UserInfo2", "tokenid", token, "uuid", "device of tanaka").want(t, "the device is bound", "0")
	code, changing := h.signUp("suzuki")
	for page, shown := range map[string]func(right bool) []string{
		"Auth": func(right bool) []string {
			return []string{"login_id", demoSystemLogin, "password", either(right, demoSystemPassword)}
		},
		"Get_UserToken": func(right bool) []string {
			return []string{"user_loginid", demoLogin, "user_pasword", either(right, demoPassword)}
		},
		"Set_Password": func(right bool) []string {
			return []string{"tokenid", changing, "user_code", code, "user_pasword", either(right, "pass1"), "user_new_pasword", "pass1"}
		},
		"Get_UserInfo2": func(right bool) []string {
			return []string{"tokenid", token, "uuid", either(right, "device of tanaka")}
		},
	} {
		guardtest.FromEverywhere(t, guardtest.Door{Name: page, Try: func(right bool, from string) (bool, http.Header) {
			a := h.callFrom(from, prefix, page, h.token, shown(right)...)
			if a.Tokenid != "" { // Set_Password gives another each time
				changing = a.Tokenid
			}
			return a.code == "0", a.header
		}})
	}
}

// either gives a secret, or a wrong one.
func either(right bool, secret string) string {
	if right {
		return secret
	}
	return "no" + secret
}

// Get_UserToken and Set_Password take one password, so their guesses add up.
func TestGuessesOfBothPagesAddUp(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), guardtest.Few)
	code, token := h.signUp("tanaka")
	for range 2 {
		h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "wrong").want(t, "a guess", "-26003")
	}
	set := func(password string) answered {
		return h.call("Set_Password", "tokenid", token, "user_code", code, "user_pasword", password, "user_new_pasword", "next1")
	}
	set("wrong").want(t, "the third guess", "-32003")
	for page, a := range map[string]answered{
		"Set_Password":  set("pass1"),
		"Get_UserToken": h.call("Get_UserToken", "user_loginid", "tanaka", "user_pasword", "pass1"),
	} {
		if a.code == "0" || a.header.Get("Retry-After") == "" {
			t.Errorf("%s, the right one after three guesses: %s", page, a.body)
		}
	}
}
