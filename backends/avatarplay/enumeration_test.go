package avatarplay

import (
	"net/http"
	"strings"
	"testing"

	"sekisho/backends/kit/kittest/cheaphash"
	"sekisho/caddymodules/stores/storetest"
)

// Neither time nor the page tells who has a login: one password is hashed for
// each attempt, and the page is the same to the byte but for the login that was
// entered.
func TestPeopleAreNotToldFromNobody(t *testing.T) {
	cheaphash.Off(t)
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	for _, login := range []string{"yuki", "gone", "imported"} {
		h.visitor().signUp(login)
	}
	h.change("UPDATE avatarplay_people SET disabled_at = 1 WHERE login = 'gone'")
	h.change("UPDATE avatarplay_people SET pass_hash = '{plain}password-of-imported' WHERE login = 'imported'")
	var said string
	for _, shown := range []struct{ what, login, password string }{
		{"nobody", "nobody-has-this", "wrong-password"},
		{"a wrong password", "yuki", "wrong-password"},
		{"a disabled person", "gone", "wrong-password"},
		{"a disabled person's password", "gone", "password-of-gone"},
		{"an imported person", "imported", "wrong-password"},
		{"what nobody can have", strings.Repeat("x", longestLogin+1), "wrong-password"},
	} {
		var a answered
		n := cheaphash.Hashed(func() { a = h.visitor().submit(pathSignIn, "login", shown.login, "password", shown.password) })
		if n != 1 {
			t.Errorf("%s: %d passwords were hashed", shown.what, n)
		}
		page := strings.ReplaceAll(a.body, shown.login, "LOGIN")
		if said == "" {
			said = page
		}
		if a.status != http.StatusForbidden || page != said || !strings.Contains(page, "LOGIN") {
			t.Errorf("%s: %d\n%s\nnobody:\n%s", shown.what, a.status, page, said)
		}
	}
}
