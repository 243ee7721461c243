package avatarplay

import (
	"maps"
	"net/http"
	"regexp"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// visits are what a person's browser asks for. They come back as often as requests
// are fuzzed: who is there already signs in.
var visits = []string{
	"GET /fit/",
	"GET /fit/lp?ticket={ticket}",
	"GET /fit/signup",
	formOf("/fit/signup", "login=visitor&nickname=%E3%82%86%E3%81%8D&password=password-of-visitor"),
	"GET /fit/signin",
	formOf("/fit/signin?ticket={ticket}", "login=visitor&password=password-of-visitor&ticket={ticket}"),
	"GET /fit/dress?part=hair&page=1&done=tried\nCookie: fit_session={cookie}",
	formOf("/fit/try", "item=6214732461966244&part=hair&page=1"),
	formOf("/fit/taste", "taste=1&part=taste"),
	formOf("/fit/undo", ""),
	formOf("/fit/save", ""),
	"GET /fit/consent?ticket={ticket}\nCookie: fit_session={cookie}",
	formOf("/fit/consent", "ticket={ticket}&answer=allow"),
	"GET /fit/links?done=cut\nCookie: fit_session={cookie}",
	formOf("/fit/links/cut", "app=1234567890123456"),
	"GET /avatar/images/{picture}.gif\nIf-None-Match: \"{picture}.gif\"\nRange: bytes=1-2",
}

// formOf is a form as a browser posts it.
func formOf(path, fields string) string {
	return "POST " + path + "\nContent-Type: " + formBody + "\nCookie: fit_session={cookie}\nSec-Fetch-Site: same-origin\n\n" + fields + "&csrf={csrf}"
}

// Whatever an app or a person's browser sends, the answer is one of openapi.yaml's,
// none comes of a failure of ours, and none tells of another app.
func FuzzRequests(f *testing.F) {
	known := maps.Clone(random)
	known["cookie"] = regexp.MustCompile(`fit_session=([0-9a-f]+)`)
	known["csrf"] = csrfField
	kittest.FuzzRequests(f, kittest.Fuzzed{
		Open: func(t testing.TB) http.Handler {
			return newHouse(t, storetest.Open(t, storetest.Embedded),
				"limits {\nper_address 10000 1s\nper_account 10000 1s\nper_source 10000 1s\n}",
				"token_guesses 10000 1s", "fittings 10000 1s", "connects 10000 1s").handler
		},
		Examples: "testdata/documented.txt",
		More:     visits,
		Random:   known,
		Failed:   regexp.MustCompile(`"backendError"|ただいまご利用になれません`),
		Hidden:   []string{"other.example", otherKey},
	})
}
