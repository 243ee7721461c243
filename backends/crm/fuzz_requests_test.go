package crm

import (
	"net/http"
	"regexp"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// Whatever is sent to the pages of a chain, the answer is one of openapi.yaml's,
// none comes of a failure of ours, and none tells of another chain's customer.
func FuzzRequests(f *testing.F) {
	const hidden = "kept-from-strangers"
	kittest.FuzzRequests(f, kittest.Fuzzed{
		Open: func(t testing.TB) http.Handler {
			h := newHouse(t, storetest.Open(t, storetest.Embedded),
				"limits {\nper_address 10000 1s\nper_account 10000 1s\nper_source 10000 1s\n}",
				"system_limits {\nper_address 10000 1s\nper_account 10000 1s\nper_source 10000 1s\n}",
				"token_guesses 10000 1s", "sign_ups 10000 1s")
			session := h.auth(otherPrefix, "other", "other123")
			made := h.callFrom("", otherPrefix, "Set_LoginInfo", session, "user_loginid", "hidden", "user_pasword", "hidden1", "uuid", hidden)
			made.want(t, "signing up", "0")
			h.callFrom("", otherPrefix, "Set_UserInfo2", session, "tokenid", made.TokenID, "user_code", made.Code,
				"Segment", "1", "Name", hidden, "Tel1", "03-9999-0000").want(t, "naming", "0")
			return h.handler
		},
		Examples: "testdata/documented.txt",
		More:     []string{"GET /cv.net_adi-mo/isql/api/Get_UserPoint.aspx?user_tel=0399990000\nCookie: ASP.NET_SessionId={session}"},
		Random:   random,
		Failed:   regexp.MustCompile(internalWords + `[0-9a-hjkmnp-tv-z]{10}`),
		Hidden:   []string{hidden},
	})
}
