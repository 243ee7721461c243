package ydits

import (
	"net/http"
	"regexp"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// Whatever is sent for a user, the answer is one of openapi.yaml's, none comes of
// a failure of ours, and none tells of a user whose password was not given.
func FuzzRequests(f *testing.F) {
	const hidden = "kept-from-strangers"
	kittest.FuzzRequests(f, kittest.Fuzzed{
		Open: func(t testing.TB) http.Handler {
			g := gateway(t, storetest.Open(t, storetest.Embedded),
				"limits {\nper_address 10000 1s\nper_account 10000 1s\nper_source 10000 1s\n}", "sign_ups 10000 1s")
			if a := signUp(t, g, hidden, "hidden@example.com", "nobodys password"); a.ResultCode != 200 {
				t.Fatalf("signing up: %+v", a)
			}
			return g
		},
		Examples: "testdata/documented.txt",
		More: []string{ // another's account, and the pages for people
			"POST /ydits-api/ydits-account/inquiry.php?g=false\nContent-Type: application/json\n\n{\"mail\":\"hidden@example.com\",\"pass\":\"a guess\"}",
			"GET /ydits-api/ydits-account/regist.php",
			"POST /ydits-api/ydits-account/regist.php?g=true\nContent-Type: application/x-www-form-urlencoded\nAccept: text/html\n\nname=n&mail=a%40example.com&pass=p",
			"POST /ydits-api/ydits-account/inquiry.php\nContent-Type: multipart/form-data; boundary=b\n\n" +
				"--b\r\nContent-Disposition: form-data; name=\"mail\"\r\n\r\na@example.com\r\n--b\r\nContent-Disposition: form-data; name=\"pass\"\r\n\r\np\r\n--b--\r\n",
		},
		Random: random,
		Failed: regexp.MustCompile(`サーバーでエラーが発生しました`),
		Hidden: []string{hidden},
	})
}
