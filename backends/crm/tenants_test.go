package crm

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What one chain has opens nothing of another, though both have a customer of
// the same code, the same login id and the same shop.
func TestTenantsAreApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s, "code_digits 4")
		other := h.store.of(otherTenant)
		theirs := h.auth(otherPrefix, "other", "other123")

		code, token := h.signUp("tanaka")
		a := h.callFrom("", otherPrefix, "Set_LoginInfo", theirs, "user_loginid", "tanaka", "user_pasword", "theirs1", "uuid", "theirs")
		a.want(t, "the other chain signs up the same login", "0")
		if a.Code != "0001" || a.TokenID == token {
			t.Errorf("the other chain's first customer: %s", a.body)
		}
		before := everything(t, other)
		mine := everything(t, h.store)

		// A session opens its own chain's pages only, wherever it is shown.
		for _, page := range pages {
			if page.open {
				continue
			}
			a := h.callFrom("", otherPrefix, page.name, h.token)
			if a.code != strconv.Itoa(page.session) {
				t.Errorf("%s with another chain's session: %s", page.name, a.body)
			}
		}
		h.callFrom("", otherPrefix, "Auth", "", "login_id", demoSystemLogin, "password", demoSystemPassword).want(t, "another chain's login", "-2")

		// A TokenID opens nothing of another chain, with that chain's own session.
		for _, test := range []struct{ page, want string }{
			{"Get_UserInfo2", "-31002"},
			{"Set_UserInfo2", "-28002"},
			{"Set_Password", "-32002"},
			{"Set_DelFlg", "-34002"},
			{"Get_SalesInfo", "-33002"},
		} {
			h.callFrom("", otherPrefix, test.page, theirs, "tokenid", token, "uuid", "device of tanaka", "user_code", code, "Segment", "1",
				"user_pasword", "pass1", "user_new_pasword", "pass2", "month", "209912").want(t, test.page, test.want)
		}

		// A code finds nobody there, and a shop of one chain is none of the other.
		h.callFrom("", otherPrefix, "Get_UserPoint", theirs, "user_code", demoCode).want(t, "another chain's customer", "-8002")
		h.callFrom("", otherPrefix, "Set_UserPoint", theirs, saleOf(a.Code)...).want(t, "another chain's shop", "-9003")
		h.callFrom("", otherPrefix, "Set_UserPoint", theirs, saleOf(code)...).want(t, "another chain's customer", "-9002")

		if after := everything(t, other); after != before {
			t.Errorf("the other chain has\n%s\nand had\n%s", after, before)
		}
		if after := everything(t, h.store); after != mine {
			t.Errorf("the demo's chain has\n%s\nand had\n%s", after, mine)
		}
	})
}

// A TokenID opens its own customer only, not another of the same chain, who is
// there and has a login too.
func TestCustomersOfAChainAreApart(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	code, token := h.signUp("tanaka")
	before := everything(t, h.store)
	for _, owner := range []struct{ token, code string }{{token, demoCode}, {h.tokenID(), code}} {
		for _, test := range []struct{ page, want string }{
			{"Set_UserInfo2", "-28003"},
			{"Set_Password", "-32002"},
			{"Set_DelFlg", "-34003"},
			{"Get_SalesInfo", "-33002"},
		} {
			h.call(test.page, "tokenid", owner.token, "user_code", owner.code, "Segment", "1", "Name", "another",
				"user_pasword", "pass1", "user_new_pasword", "pass2", "month", "201404").want(t, test.page, test.want)
		}
	}
	if after := everything(t, h.store); after != before {
		t.Errorf("the chain has\n%s\nand had\n%s", after, before)
	}
}

// saleOf are the parameters of a sale at the demo's shop.
func saleOf(code string) []string {
	return []string{
		"user_code", code, "sales_date", "20140501", "sales_division", "10", "sales_shop", "0001", "register_no", "01",
		"receipt_no", "000123", "get_point", "58", "use_point", "0",
	}
}

// The backend's own paths are nobody's: what comes for them from outside goes on
// to the next handler, with whatever it shows.
func TestOwnPathsFallThrough(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	for _, target := range []string{
		"/crm/auth?login_id=demo&password=demo1234", "/CRM/Get_UserPoint?user_code=" + demoCode, "/crm/get_userpoint/?user_code=" + demoCode,
		"/crm/", "/cv.net_nobody/isql/api/Auth.aspx", prefix + "Get_Nothing.aspx", prefix + "Auth.asp", prefix + "Auth.aspx/more", prefix,
	} {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.AddCookie(&http.Cookie{Name: "ASP.NET_SessionId", Value: h.token})
		if a := h.send(r); a.status != http.StatusNotFound || a.body != "Not Found" {
			t.Errorf("%s: %d %s", target, a.status, a.body)
		}
	}
}
