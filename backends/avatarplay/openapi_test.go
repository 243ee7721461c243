package avatarplay

import (
	"net/http/httptest"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// The OpenAPI file is valid, and describes the table of operations.
func TestOpenAPI(t *testing.T) {
	kittest.ValidOpenAPI(t, openAPI)
	kittest.SameOperations(t, openAPI, new(service).api())
}

// What the file says is for who is signed in leads everybody else to where they
// can sign in, and nothing else does.
func TestTheSiteAsksWhoIsThereAsTheFileSays(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	before := h.everything()
	for _, row := range new(service).visits() {
		a := h.visitor().send(httptest.NewRequest(row.Method, row.Path, nil))
		if led := a.header.Get("Location") == pathSignIn; led != kittest.Secured(t, openAPI, row) {
			t.Errorf("%s %s: %d leads to %q", row.Method, row.Path, a.status, a.header.Get("Location"))
		}
	}
	if after := h.everything(); after != before {
		t.Error("somebody who is not signed in changed something")
	}
}
