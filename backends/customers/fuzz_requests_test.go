package customers

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// Whatever is sent for a customer, the answer is one of openapi.yaml's, and none
// comes of a failure of ours.
func FuzzRequests(f *testing.F) {
	const many = "limits {\nper_address 10000 1s\nper_account 10000 1s\nper_source 10000 1s\n}"
	kittest.FuzzRequests(f, kittest.Fuzzed{
		Open: func(t testing.TB) http.Handler {
			shop := openDemo(t, storetest.Open(t, storetest.Embedded))
			return described(t, shop.store.Stores, strings.Replace(usual, "sites customers", "sites customers\n"+many, 1))
		},
		Examples: "testdata/documented.txt",
		Failed:   regexp.MustCompile(`"data":"internal error"`),
	})
}
