package ydits

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"

	_ "sekisho/caddymodules/yditsstep"
)

// directives is the inside of the site block of the tests, with room for
// options of ydits.
const directives = `
	ydits_step /ydits-api/ydits-account/auth.php {
		1 issue
		2 register
		3 authenticate
	}
	ydits {
		%s
	}
	respond "Not Found" 404
`

// gateway serves the API over s with the given options; its every answer is held
// against openapi.yaml.
func gateway(t testing.TB, s *stores.Stores, options ...string) http.Handler {
	t.Helper()
	return kittest.Described(t, storetest.Gateway(t, s, fmt.Sprintf(directives, strings.Join(options, "\n"))), openAPI)
}

var (
	uuidForm = regexp.MustCompile(`"uuid":"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"`)
	keyForm  = regexp.MustCompile(`"key":"([A-Za-z0-9_-]{43})"`)
)

// random is what no two users have alike.
var random = kittest.Random{"uuid": uuidForm, "key": keyForm}

// The documented examples, and each ruling of the contract page, as one
// conversation. Every combination of stores gives the same bytes.
func TestDocumented(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		storetest.Widen(t, s)
		kittest.Converse(t, "testdata/documented.txt", kittest.To(gateway(t, s)), random)
	})
}
