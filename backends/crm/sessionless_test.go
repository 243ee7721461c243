package crm

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// require_auth off opens single pages, to everybody or to some addresses.
func TestPagesWithoutSession(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded),
		"require_auth off get_userinfo2 Get_SalesInfo",
		"require_auth off Get_UserPoint from 192.168.0.0/16 203.0.113.9 2001:db8::/32")
	for _, test := range []struct{ from, page, want string }{
		{"198.51.100.1", "Get_UserInfo2", "-31001"},
		{"198.51.100.1", "Get_SalesInfo", "-33001"},
		{"198.51.100.1", "Get_UserToken", "-26098"},
		{"192.168.7.8", "Get_UserPoint", "-8001"},
		{"203.0.113.9", "Get_UserPoint", "-8001"},
		{"203.0.113.8", "Get_UserPoint", "-8098"},
		{"[2001:db8:1::9]", "Get_UserPoint", "-8001"},
		{"[2001:db9::9]", "Get_UserPoint", "-8098"},
		{"[::ffff:192.168.7.8]", "Get_UserPoint", "-8001"},
		{"192.168.7.8", "Set_UserPoint", "-9098"},
	} {
		h.callFrom(test.from, prefix, test.page, "").want(t, test.page+" from "+test.from, test.want)
		h.callFrom(test.from, prefix, test.page, strings.Repeat("0", 40)).want(t, test.page+" from "+test.from+" with a dead session", test.want)
	}
	h.callFrom("203.0.113.8", prefix, "Get_UserPoint", h.token).want(t, "with a session from anywhere", "-8001")

	forwarded := httptest.NewRequest(http.MethodGet, prefix+"Get_UserPoint.aspx", nil)
	forwarded.RemoteAddr = "203.0.113.8:5000"
	forwarded.Header.Set("X-Forwarded-For", "192.168.7.8")
	h.send(forwarded).want(t, "an address that anybody can claim", "-8098")
}

// What require_auth refuses, in JSON too.
func TestSessionlessIsChecked(t *testing.T) {
	for _, test := range []struct {
		lines []Sessionless
		want  string
	}{
		{[]Sessionless{{Pages: []string{"GET_SALESINFO"}}}, ""},
		{[]Sessionless{{Pages: []string{"Set_LoginInfo"}, From: []string{"10.0.0.0/8"}}}, ""},
		{[]Sessionless{{}}, "require_auth: off takes the names of pages"},
		{[]Sessionless{{Pages: []string{"Auth"}}}, "require_auth: Auth never needs a session"},
		{[]Sessionless{{Pages: []string{"Get_Nothing"}}}, `require_auth: there is no page "Get_Nothing"`},
		{[]Sessionless{{Pages: []string{"Get_UserPoint"}}}, "require_auth: Get_UserPoint can be opened only with `from` and addresses"},
		{[]Sessionless{{Pages: []string{"Set_UserPoint"}}}, "require_auth: Set_UserPoint can be opened only with `from` and addresses"},
		{[]Sessionless{{Pages: []string{"set_logininfo"}}}, "require_auth: Set_LoginInfo can be opened only with `from` and addresses"},
		{[]Sessionless{{Pages: []string{"Get_SalesInfo"}}, {Pages: []string{"get_salesinfo"}}}, "require_auth: Get_SalesInfo is named twice"},
		{[]Sessionless{{Pages: []string{"Get_SalesInfo"}, From: []string{"10.0.0.0/33"}}}, `require_auth: "10.0.0.0/33" is neither an address nor a CIDR`},
		{[]Sessionless{{Pages: []string{"Get_SalesInfo"}, From: []string{"::ffff:10.0.0.0/104"}}}, `require_auth: "::ffff:10.0.0.0/104" is neither an address nor a CIDR`},
	} {
		err := (&Handler{RequireAuth: test.lines}).Validate()
		if got := errorText(err); got != test.want {
			t.Errorf("%+v: %q, want %q", test.lines, got, test.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A caller whose address cannot be told has none of the addresses.
func TestNobodysAddressIsNowhere(t *testing.T) {
	all, err := exceptionsOf([]Sessionless{{Pages: []string{"Get_UserPoint"}, From: []string{"0.0.0.0/0", "::/0"}}})
	if err != nil {
		t.Fatal(err)
	}
	s := &sessionless{from: all}
	if s.allows(pageNamed("Get_UserPoint"), netip.Addr{}) {
		t.Error("it is let in")
	}
}

// Calls without a session are counted, let in or not.
func TestCallsWithoutSessionAreCounted(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	h := newHouse(t, s)
	served := storetest.Gateway(t, s, "metrics /metrics\n"+fmt.Sprintf(directives, "require_auth off Get_SalesInfo"))
	h.handler = kittest.Described(t, served, described)
	for range 2 {
		h.callFrom("", prefix, "Get_SalesInfo", "")
		h.callFrom("", prefix, "Get_UserToken", "")
		h.callFrom("", prefix, "Get_SalesInfo", h.token)
	}
	metrics := h.send(httptest.NewRequest(http.MethodGet, "/metrics", nil)).body
	for _, want := range []string{
		`sekisho_crm_calls_without_session_total{operation="get_salesinfo",outcome="allowed"} 2`,
		`sekisho_crm_calls_without_session_total{operation="get_usertoken",outcome="refused"} 2`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("the metrics lack %s:\n%s", want, metrics)
		}
	}
}
