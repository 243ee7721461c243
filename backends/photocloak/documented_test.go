package photocloak

import (
	"regexp"
	"testing"

	"sekisho/backends/kit/kittest"
	_ "sekisho/caddymodules/oauth2"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// random is what differs from run to run in the documented examples. The
// acceptance tests have the same list.
var random = kittest.Random{
	"access":  regexp.MustCompile(`"access_token":"([A-Za-z0-9_-]{55,})"`),
	"refresh": regexp.MustCompile(`"refresh_token":"([0-9a-f]{32})"`),
	"opened":  regexp.MustCompile(`"CloakToken":"([A-Za-z0-9_-]{55,})"`),
	"time":    regexp.MustCompile(`"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00)"`),
	"number":  regexp.MustCompile(`"Name":"夏の旅",("PrefixCode":"[a-z]+","PrefixName":".","CloakNo":"\d+")`),
	"host":    regexp.MustCompile(`"NoImageUrl":"(http://[^/]*)/`),
}

// Every documented example gets the documented answer, to the byte, on every
// combination of stores: the whole way from the guards to the demo's data.
func TestDocumented(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		if err := loadDemo(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		storetest.Widen(t, s)
		handler := kittest.Described(t, storetest.Gateway(t, s, `oauth2_token {
			paths /api/v2/auth/token /oauth2/token
			members photocloak
		}
		oauth2_bearer {
			members photocloak
		}
		photocloak`), openAPI)
		kittest.Converse(t, "testdata/documented.txt", kittest.To(handler), random)
	})
}
